"""The waveform as a person sees it: there from the first moment, of any level as high as the pane, its level told."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, driving, run
from tests.support.sounds import write
from tui_browser.ui.widgets.details import Details


def clicks(folder: Path, *, gain_db: float) -> list[bytes]:
    """Three sounds of two bursts with silence between them, the first as loud as possible, the second half so high."""
    rng = np.random.default_rng(2)
    paths = []
    for number in range(3):
        sound = np.zeros(30_000, np.float32)
        sound[:3000], sound[15_000:18_000] = rng.choice([-1, 1], 3000), rng.choice([-0.5, 0.5], 3000)
        path = write(folder / f"click {number}.wav", sound * np.float32(10 ** (gain_db / 20)), subtype="FLOAT")
        paths.append(os.fsencode(path))
    return paths


def drawn(drive: Drive) -> list[str]:
    """The lines of the pane that the waveform is on."""
    lines = ["".join(segment.text for segment in line) for line in drive.app.main.query_one(Details)._lines]
    return [line for line in lines if any(0x2800 <= ord(char) <= 0x28FF for char in line)]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_the_first_waveform_is_the_one_that_one_comes_back_to(tmp_path: Path, size: tuple[int, int]) -> None:
    bench = Bench(snapshot(3, paths=clicks(tmp_path, gain_db=0.0)))

    async def scenario() -> None:
        async with driving(bench, size=size, ready=False) as drive:
            await drive.until(lambda: bool(drawn(drive)), what="a waveform")
            first, selected = drawn(drive), drive.selected
            assert any(set(line[len(line) // 4 : len(line) // 3]) <= set("⠀⠒⠤⠶⠉⣀") for line in first), "the silence"
            await drive.press("n", "N")
            assert drive.selected == selected
            assert drawn(drive) == first

    run(scenario)


def test_a_quiet_sound_fills_the_pane_and_its_level_is_told(tmp_path: Path) -> None:
    pictures = {}
    for gain_db in (0.0, -45.0):
        bench = Bench(snapshot(3, paths=clicks(tmp_path / str(gain_db), gain_db=gain_db)))

        async def scenario(bench: Bench = bench, gain_db: float = gain_db) -> None:
            async with driving(bench, size=(100, 30)) as drive:
                await drive.until(lambda: bool(drawn(drive)), what="a waveform")
                lines = drawn(drive)
                assert lines[0].endswith("peak -45 dB" if gain_db else "peak 0.0 dB")
                assert lines[0][0] not in "⠀⠤⠶ " and lines[-1][0] not in "⠀⠤⠶ ", "the loud burst reaches both edges"
                pictures[gain_db] = [line[:15] for line in lines]
                await drive.press("enter")
                await drive.sees("peak -45 dB" if gain_db else "peak 0.0 dB")

        run(scenario)
    assert pictures[0.0] == pictures[-45.0]


def test_another_size_of_the_window_draws_it_as_finely_as_there_is_room(tmp_path: Path) -> None:
    held = snapshot(3, paths=clicks(tmp_path, gain_db=-3.0))
    pictures = []

    async def scenario() -> None:
        for begin in ((50, 20), (80, 24), (160, 45)):  # the smallest has no room for it at all
            async with driving(Bench(held), size=begin) as drive:
                await drive.until(
                    partial(lambda drive: drive.controllers.details.row is not None, drive), what="all that is known"
                )
                await drive.pilot.resize_terminal(160, 45)
                await drive.pilot.pause(0.1)
                pictures.append(drawn(drive))

    run(scenario)
    assert pictures[0] == pictures[1] == pictures[2]

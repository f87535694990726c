"""The column of tiny waveforms: drawn from what is read in a thread, for the rows in view alone."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, drive_on
from tests.support.sounds import RATE, write
from tests.ui.test_list_columns import lines
from tui_browser.config.settings import Settings
from tui_browser.records import FEATURES
from tui_browser.ui.controllers.tiny_waves import _heights
from tui_browser.ui.state.tiny_waves import CELLS, PARTS, TinyWaves, heights_of

SETTINGS = Settings(motion=False, list_columns=("name", "wave"))


def ramp(*, rising: bool, seconds: float = 0.5) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A tone that falls or rises by 48 dB."""
    time = np.arange(round(seconds * RATE)) / RATE
    level = 10 ** (-48 * (1 - time / seconds if rising else time / seconds) / 20)
    return (0.8 * level * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def test_heights_follow_the_level_and_silence_is_blank(tmp_path: Path) -> None:
    fall = _heights(os.fsencode(write(tmp_path / "fall.wav", ramp(rising=False))), 0.5)
    rise = _heights(os.fsencode(write(tmp_path / "rise.wav", ramp(rising=True))), 0.5)
    assert fall is not None and rise is not None
    assert list(fall) == sorted(fall, reverse=True) and fall[0] == 4 and fall[-1] == 1
    assert max(abs(a - b) for a, b in zip(rise, reversed(fall), strict=True)) <= 1 and rise[0] < rise[-1] == 4
    assert heights_of(np.zeros((PARTS, 2), dtype=np.float32)) == bytes(PARTS)


def test_a_long_file_is_looked_at_in_moments_as_it_would_be_in_whole(tmp_path: Path) -> None:
    path = os.fsencode(write(tmp_path / "long.wav", ramp(rising=False, seconds=60.0)))
    moments, whole = _heights(path, 60.0), _heights(path, 1.0)
    assert moments is not None and whole is not None
    assert max(abs(a - b) for a, b in zip(moments, whole, strict=True)) <= 1


@pytest.mark.parametrize("content", [b"no sound", None])
def test_a_file_that_cannot_be_read_has_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.wav"
    if content is not None:
        path.write_bytes(content)
    assert _heights(os.fsencode(path), 1.0) is None


def test_each_sound_has_its_cells_and_old_ones_are_forgotten() -> None:
    waves = TinyWaves()
    waves.take({(1, 0.5, -3.0): bytes([4] * 4 + [2] * 4 + [0] * 8)})
    assert waves.text((1, 0.5, -3.0), ascii=False) == "⣿⣿⣤⣤⠀⠀⠀⠀" and len("⣿⣿⣤⣤⠀⠀⠀⠀") == CELLS
    assert waves.text((1, 0.5, -3.0), ascii=True) == "##::    "
    assert waves.text((1, 0.7, -3.0), ascii=False) == "", "another sound under the same id is read anew"
    waves.take({(number, 0.0, 0.0): None for number in range(2, 4_002)})
    assert waves.missing([(1, 0.5, -3.0), (5, 0.0, 0.0)]) == [(1, 0.5, -3.0)]


def test_rows_in_view_show_their_waveforms_when_they_are_read(tmp_path: Path) -> None:
    count = 400
    paths = [os.fsencode(tmp_path / f"{number:04}.wav") for number in range(count)]
    for number, path in enumerate(paths):
        if number % 2 == 0:
            write(os.fsdecode(path), ramp(rising=number % 4 == 0))
    held = snapshot(count, paths=paths)
    features = held.features.copy()
    features[:, FEATURES.index("duration_s")] = 0.5

    async def test(drive: Drive) -> None:
        order = drive.controllers.state.map_model.order
        assert order is not None

        def in_view() -> list[tuple[int, str]]:
            top = drive.controllers.cursor.listing.top
            return list(zip(order[top:].tolist(), (line.rstrip(" ●") for line in lines(drive)[2:]), strict=False))

        def all_drawn() -> bool:
            return all(any(full in line for full in "⣿⣷⣾") == (row % 2 == 0) for row, line in in_view())

        await drive.until(all_drawn, what="waveforms of the rows in view")
        first = len(drive.app.main.controllers.tiny_waves._waves._heights)
        assert first <= 40, "rows out of view are not read"
        await drive.press("tab", "end")
        await drive.until(all_drawn, what="waveforms at the end of the list")
        assert len(drive.app.main.controllers.tiny_waves._waves._heights) <= first + 80

    drive_on(Bench(replace(held, features=features), settings=SETTINGS), test, size=(120, 30))

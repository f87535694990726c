"""A person cuts a recording in the app: sees its slices, adjusts, hears and writes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import soundfile

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.loops import recording
from tests.support.pilot import Drive, drive_on
from tests.support.sounds import RATE, one_shot, write
from tui_browser.records import Root
from tui_browser.ui.dialogs.slices import SlicesScreen

HITS = [0.2, 1.2, 2.2, 3.2]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    hits = [(at, one_shot("rim", number)) for number, at in enumerate(HITS)]
    path = write(tmp_path / "take.wav", recording(hits, seconds=4.4))
    root = Root(os.fsencode(tmp_path), True, 1)
    return Bench(library=FakeLibrary(snapshot(1, paths=[os.fsencode(path)]), roots=[root]))


async def opened(drive: Drive) -> None:
    await drive.press("down", "%")
    await drive.sees("4 slices")
    await drive.until(lambda: "⣿" in drive.text or "⡇" in drive.text, what="the waveform")


def test_d9_slices_are_seen_adjusted_and_undone(bench: Bench) -> None:
    async def go(drive: Drive) -> None:
        await opened(drive)
        assert "cut by hits" in drive.text
        await drive.press("tab")
        await drive.sees("slice 1 of 4: 0.199 s to")
        for number in range(1, 5):
            assert f"╵{number}" in drive.text
        await drive.press("d")
        await drive.sees("3 slices")
        await drive.press("a")
        await drive.sees("4 slices")
        await drive.press("l", "a")
        await drive.sees("5 slices")
        await drive.press("[")
        await drive.press("u", "u", "u")
        await drive.sees("4 slices")
        await drive.press("ctrl+r")
        await drive.sees("slices")
        await drive.press("u", "u")
        assert "nothing to undo" in drive.text
        await drive.press("escape")
        assert not isinstance(drive.app.screen, SlicesScreen)
        await drive.press("%")  # as they were left
        await drive.sees("4 slices")

    drive_on(bench, go, size=(100, 30))


def test_a_slice_is_heard_from_its_start_to_its_end(bench: Bench) -> None:
    async def go(drive: Drive) -> None:
        await opened(drive)
        await drive.press("tab", "tab", "space")
        assert bench.player.starts[-1] == pytest.approx(1.2, abs=0.01)
        end = bench.player.ends[-1]
        assert end is not None and 1.21 < end < 2.2
        await drive.press("space")
        assert bench.player.stopped
        await drive.press("escape")

    drive_on(bench, go, size=(100, 30))


def test_slices_are_written_and_never_over_other_files(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"

    async def go(drive: Drive) -> None:
        await opened(drive)
        await drive.press("tab", "d", "enter")
        await drive.sees("Write 3 slices into")
        await drive.press("ctrl+u")
        await drive.type(str(out))
        await drive.press("enter")
        await drive.sees("3 slices written into")
        assert sorted(os.listdir(out)) == ["take-001.wav", "take-002.wav", "take-003.wav", "take.slices.json"]
        info = soundfile.info(out / "take-001.wav")
        assert (info.samplerate, info.channels, info.subtype) == (RATE, 1, "PCM_16")
        await drive.press("enter", "enter")
        await drive.sees("exists already")
        await drive.press("escape")

    drive_on(bench, go, size=(100, 30))


def test_other_ways_to_cut_and_a_small_screen(bench: Bench) -> None:
    async def go(drive: Drive) -> None:
        await opened(drive)
        await drive.press("c")
        await drive.type("nothing")
        await drive.press("enter")
        await drive.sees("0 slices")
        await drive.press("enter")
        await drive.sees("there are no slices to write")
        await drive.press("u")
        await drive.sees("4 slices")
        await drive.press("+", "+", "+", "l", "-", "0", "H", "L", "N")
        assert isinstance(drive.app.screen, SlicesScreen)
        await drive.press("q")

    drive_on(bench, go, size=(60, 18))


def test_a_recording_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(b"not a sound")
    root = Root(os.fsencode(tmp_path), True, 1)
    bench = Bench(library=FakeLibrary(snapshot(1, paths=[os.fsencode(path)]), roots=[root]))

    async def go(drive: Drive) -> None:
        await drive.press("down", "%")
        await drive.sees("not audio")
        await drive.press("a", "space", "enter", "escape")
        assert not isinstance(drive.app.screen, SlicesScreen)

    drive_on(bench, go, size=(100, 30))

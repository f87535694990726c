"""A person opens a waveform: plays slices by digit, sets a region, loops it, searches by it, copies and writes it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.fakes import Bench
from tests.support.pilot import Drive, drive_on
from tests.support.sounds import RATE
from tests.ui.test_wave_ticks import ONSETS, long_bench
from tui_browser.playback.messages import Started
from tui_browser.service.messages import Guest, Locate
from tui_browser.ui.dialogs.wave import WaveScreen
from tui_browser.ui.terminal import clipboard
from tui_browser.ui.terminal.clipboard import Copied
from tui_browser.ui.widgets.wave_picture import WavePicture

SIZE = (100, 30)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return long_bench(tmp_path)


async def opened(drive: Drive) -> None:
    await drive.press("down", "ctrl+w")
    await drive.sees("4.400 s, 4 slices")
    await drive.until(lambda: "⣿" in drive.text or "⡇" in drive.text, what="the waveform")


def picture(drive: Drive) -> WavePicture:
    return drive.app.screen.query_one(WavePicture)


async def drag(drive: Drive, first_s: float, last_s: float) -> None:
    """Hold the button down from one time to another."""
    width = picture(drive).size.width
    first, last = (int(at_s / 4.4 * width) for at_s in (first_s, last_s))
    await drive.pilot.mouse_down(WavePicture, offset=(first, 1))
    for column in (first + 3, last):
        await drive.pilot.hover(WavePicture, offset=(column, 2))
    await drive.pilot.mouse_up(WavePicture, offset=(last, 2))
    await drive.settle()


def looped(bench: Bench) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The file that is repeated now."""
    return np.asarray(soundfile.read(os.fsdecode(bench.player.played[-1]))[0])


def test_slices_are_numbered_and_played_by_digit(bench: Bench) -> None:
    async def go(drive: Drive) -> None:
        await opened(drive)
        for number in range(1, 5):
            assert f"╵{number}" in drive.text
        await drive.press("3")
        assert bench.player.starts[-1] == pytest.approx(ONSETS[2], abs=1e-4)
        assert bench.player.ends[-1] == pytest.approx(ONSETS[2] + 1, abs=1e-4)
        assert not bench.player.ways[-1][0]
        await drive.sees("slice 3 of 4: 2.200 s to 3.200 s")
        await drive.press(")")
        assert bench.player.starts[-1] == pytest.approx(ONSETS[3], abs=1e-4)
        await drive.press("tab")
        await drive.sees("this is the last slice")
        await drive.press("9")
        await drive.sees("there are 4 slices")
        await drive.press("escape")
        assert not isinstance(drive.app.screen, WaveScreen)

    drive_on(bench, go, size=SIZE)


def test_two_digits_are_one_number(tmp_path: Path) -> None:
    bench = long_bench(tmp_path)
    (sample, parts) = next(iter(bench.library.hits.items()))
    bench.library.hits[sample] = [type(parts[0])(0.3 * place, 0.3) for place in range(14)]

    async def go(drive: Drive) -> None:
        await drive.press("down", "ctrl+w")
        await drive.sees("14 slices")
        await drive.pilot.press("1", "2")
        assert bench.player.starts[-2:] == pytest.approx([0.0, 11 * 0.3], abs=1e-4)
        await drive.pilot.pause(0.9)
        await drive.pilot.press("1", "0")
        assert bench.player.starts[-2:] == pytest.approx([0.0, 9 * 0.3], abs=1e-4)

    drive_on(bench, go, size=SIZE)


def test_a_region_by_keys_is_repeated_and_follows_its_new_ends(bench: Bench) -> None:
    async def go(drive: Drive) -> None:
        await opened(drive)
        await drive.press("i")
        await drive.sees("region 0.000 s to 4.400 s")
        await drive.press("2", "i", "4", "o")
        await drive.sees("region 1.200 s to 3.200 s, 2.000 s long")
        await drive.press("space")  # the slice sounds: it stops
        assert bench.player.stopped
        await drive.press("space")
        await drive.until(lambda: bench.player.ways[-1][0], what="the loop")
        whole = soundfile.read(os.fsdecode(drive.path))[0]
        first, last = round(1.2 * RATE), round(3.2 * RATE)
        assert np.array_equal(looped(bench), whole[first:last]), "sample by sample"
        bench.player.tell(drive.app, Started(bench.player.tokens[-1]))
        count = len(bench.player.played)
        await drive.press("3", "escape", "ctrl+w", "space")  # a slice, then the region again, as it was left
        await drive.until(lambda: len(bench.player.played) > count + 1 and bench.player.ways[-1][0])
        await drive.sees("region 1.200 s to 3.200 s")
        await drive.press("d")
        assert "region" not in drive.text.split("loop")[0]

    drive_on(bench, go, size=SIZE)


def test_a_region_by_mouse_changes_while_it_sounds(bench: Bench) -> None:
    async def go(drive: Drive) -> None:
        await opened(drive)
        await drag(drive, 1.0, 2.0)
        await drive.sees("region 0.9")
        region = drive.controllers.regions.kept[drive.path]
        assert (region.start_s, region.end_s) == pytest.approx((1.0, 2.0), abs=0.06)
        await drive.press("space")
        await drive.until(lambda: bench.player.ways[-1:] == [(True, 1.0)], what="the loop")
        before = bench.player.played[-1]
        await drag(drive, 3.9, 3.0)  # backwards
        await drive.until(lambda: bench.player.played[-1] != before, what="the new region")
        assert len(looped(bench)) == pytest.approx(0.9 * RATE, abs=0.1 * RATE)
        await drive.apart()
        width = picture(drive).size.width
        await drive.pilot.click(WavePicture, offset=(int(1.6 / 4.4 * width), 2), times=2)
        await drive.sees("region 1.200 s to 2.200 s")

    drive_on(bench, go, size=SIZE)


def test_a_region_is_searched_by(bench: Bench) -> None:
    async def go(drive: Drive) -> None:
        await opened(drive)
        await drive.press("n")
        await drive.sees("no region: i and o set its ends")
        await drive.press("2", "s", "n")
        await drive.until(lambda: not isinstance(drive.app.screen, WaveScreen), what="the map")
        await drive.until(lambda: any(isinstance(each, Locate) for each in bench.service.asked), what="the search")
        (asked,) = (each for each in bench.service.asked if isinstance(each, Locate))
        assert asked.path.endswith(b"take 1.200-2.200 s.wav") and os.path.exists(asked.path)
        vectors = bench.library.held.vectors
        assert vectors is not None
        guest = Guest(asked.path, vectors[0], (0.5, 0.5), "snare", 0.9, {"snare": 0.9}, 1.0, -9.0)
        bench.service.tell(drive.app, guest)
        await drive.sees("take 1.200-2.200 s.wav")

    drive_on(bench, go, size=SIZE)


def test_a_region_is_copied_with_its_times_and_written(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str | bytes] = []

    def copy(text: str | bytes, **_: object) -> Copied:
        texts.append(text)
        return Copied("clipboard", True, ())

    monkeypatch.setattr(clipboard, "copy", copy)
    out = tmp_path / "out"

    async def go(drive: Drive) -> None:
        await opened(drive)
        await drive.press("2", "s", "y")
        await drive.sees("copied (clipboard)")
        assert texts == [drive.path + b"\t1.200\t2.200"]
        await drive.press("Y")
        await drive.type("sounds like")
        await drive.press("enter")
        await drive.until(lambda: len(texts) == 2)
        quoted = os.fsdecode(drive.path)
        assert texts[-1] == f"tui-browser near {quoted} --from 1.200 --to 2.200".encode()
        for _ in range(2):
            await drive.press("e")
            await drive.sees("Write 1.200 s to 2.200 s")
            await drive.press("ctrl+u")
            await drive.type(str(out))
            await drive.press("enter")
            await drive.sees("WAV written")
        assert sorted(os.listdir(out)) == ["take-1.200s-2.wav", "take-1.200s.wav"], "nothing is written over"
        assert soundfile.info(out / "take-1.200s.wav").frames == RATE

    drive_on(bench, go, size=SIZE)


def test_a_small_screen_and_a_file_that_is_gone(bench: Bench) -> None:
    async def go(drive: Drive) -> None:
        await opened(drive)
        await drive.press("+", "+", "l", "H", "L", "-", "0", "i", ".")
        assert isinstance(drive.app.screen, WaveScreen)
        await drive.press("q")
        path = drive.path
        os.unlink(path)
        await drive.press("ctrl+w")
        await drive.sees("no longer exists")
        await drive.press("space", "i", "n", "y", "e", "1", "tab", "escape")
        assert not isinstance(drive.app.screen, WaveScreen)

    drive_on(bench, go, size=(60, 18))

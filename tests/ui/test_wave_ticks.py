"""The slices of a long file as numbered ticks below its waveform."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.loops import recording
from tests.support.pilot import Drive, drive_on
from tests.support.sounds import one_shot, write
from tui_browser.records import FEATURES, Root, SampleId, Slice
from tui_browser.ui.widgets.tick_line import tick_line

ONSETS = (0.2, 1.2, 2.2, 3.2)


def long_bench(tmp_path: Path) -> Bench:
    """A library of one recording, 4.4 s long, with four slices."""
    hits = [(at, one_shot("rim", number)) for number, at in enumerate(ONSETS)]
    path = write(tmp_path / "take.wav", recording(hits, seconds=4.4))
    held = snapshot(1, paths=[os.fsencode(path)])
    held.features[0, FEATURES.index("duration_s")] = 4.4
    library = FakeLibrary(held, roots=[Root(os.fsencode(tmp_path), True, 1)])
    library.hits = {SampleId(int(held.ids[0])): [Slice(at, 1.0) for at in ONSETS]}
    return Bench(library=library)


def test_ticks_are_numbered_where_there_is_room() -> None:
    assert tick_line([0, 5, 7, 18], 20) == "╵1   ╵2╵3         ╵4"
    assert tick_line([0, 5, 7, 18], 20, ascii=True) == "|1   |2|3         |4"
    assert tick_line([0, 1, 2, 6], 8) == "╵╵╵3  ╵4"
    assert tick_line([-3, 4, 19], 20) == "    ╵2             ╵"
    assert tick_line([], 4) == "    " and tick_line([0], 0) == ""


def test_the_details_of_a_long_file_show_its_slices(tmp_path: Path) -> None:
    async def go(drive: Drive) -> None:
        await drive.press("down")
        await drive.sees("╵4")
        line = next(line for line in drive.text.splitlines() if "╵4" in line)
        places = [line.index(f"╵{number}") for number in range(1, 5)]
        steps = {after - before for before, after in pairwise(places)}
        assert max(steps) - min(steps) <= 1, "hits a second apart stand equally far apart"

    drive_on(long_bench(tmp_path), go, size=(100, 30))

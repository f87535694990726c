"""A region of a recording is searched by in the app as `near FILE --from S --to S` searches by it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.fakes import Bench
from tests.support.libraries import index
from tests.support.pilot import Drive, drive_on, present
from tests.support.sounds import RATE, one_shot, tree, write
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library
from tui_browser.service.index_service import _heard
from tui_browser.service.messages import Guest, Locate
from tui_browser.ui.dialogs.wave import WaveScreen


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str, stdin: bytes = b"") -> CliResult:
        return invoke(*words, monkeypatch=monkeypatch, capture=capfdbinary, stdin=stdin)

    return call


def test_a_region_has_the_same_neighbours_in_the_app_and_on_the_command_line(
    tmp_path: Path, workers: IndexWorkers, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tree(tmp_path / "samples", each=2)
    hits = [np.pad(one_shot(kind, 7), (0, RATE)) for kind in ("kick", "snare", "clap", "tom", "snare")]
    recording = str(write(tmp_path / "samples/take.wav", np.concatenate(hits).astype(np.float32)))
    file = str(tmp_path / "l.db")
    index(file, tmp_path / "samples", workers=workers, layout="pca")
    with Library.open(file) as library:
        held = library.snapshot()
        sample = present(library.id_of(os.fsencode(recording)))
        slices = library.slices(sample)
    assert held.slices is not None and len(held.slices), "the recording has slices, which are neighbours, too"
    shown: list[str] = []
    distances: list[float] = []
    times: list[str] = []

    async def go(drive: Drive) -> None:
        drive.controllers.cursor.go(sample)
        await drive.press("ctrl+w")
        await drive.until(lambda: isinstance(drive.app.screen, WaveScreen), what="the waveform")
        await drive.sees(f"{len(slices)} slices")
        await drive.press("2", "s", "n")
        await drive.until(lambda: any(isinstance(each, Locate) for each in drive.bench.service.asked))
        (asked,) = (each for each in drive.bench.service.asked if isinstance(each, Locate))
        heard = _heard(asked.path, workers)
        vector = heard.encoding.embedding[0]
        guest = Guest(
            asked.path, vector, (0.5, 0.5), "snare", 0.9, {}, heard.duration_s, heard.loudness_db, heard.features
        )
        drive.bench.service.tell(drive.app, guest)
        await drive.until(lambda: drive.controllers.state.cursor.neighbours is not None, what="neighbours")
        near = present(drive.controllers.state.cursor.neighbours)
        rows = [present(drive.controllers.state.map_model.row_of(each)) for each in near.ids]
        shown.extend(os.fsdecode(held.names[row]) for row in rows)
        distances.extend(near.distances)
        region = drive.controllers.regions.kept[os.fsencode(recording)]
        times.extend((repr(region.start_s), repr(region.end_s)))

    bench = Bench(held)
    bench.library.hits[sample] = slices
    drive_on(bench, go, size=(100, 30))
    words = ("near", recording, "--from", times[0], "--to", times[1], "--self", "-k", "50", "--json", "--library", file)
    rows = run(*words).rows()
    assert len(rows) > 20 and shown == [row["path"] for row in rows]
    assert distances == pytest.approx([row["distance"] for row in rows], abs=1e-5)
    assert shown[0] == recording, "its own slice is what sounds most like a region"

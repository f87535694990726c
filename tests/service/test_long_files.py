"""The service reads the rest of long files in the background, and new files before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.indexing.test_second_pass import LONG, Bench, loop
from tests.service.test_use_model import serving
from tests.support.pty import until
from tests.support.sounds import one_shot, write
from tui_browser.indexing.second_pass import SecondPass
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.records import Progress
from tui_browser.service.messages import ReadSoon


def test_the_service_finishes_long_files_after_the_map_is_there(tmp_path: Path, workers: IndexWorkers) -> None:
    bench = Bench(tmp_path, workers)
    bench.index(second_pass=False)
    write(bench.folder / "new.wav", loop(12))
    with serving(bench.path) as served:
        until(lambda: "new.wav" in bench.rows() and not bench.unfinished(), "all long files are read")
        until(lambda: served.events and served.events[-1] == Progress("idle", 0, 0), "the service rests")
    progress = [event for event in served.events if isinstance(event, Progress)]
    phases = list(dict.fromkeys(event.phase for event in progress))
    assert phases.index("encode") < phases.index("long")
    last = [event for event in progress if event.phase == "long"][-1]
    assert (last.done, last.total) == (len(LONG) + 1, len(LONG) + 1)


def test_a_new_file_need_not_wait_for_the_rest_of_long_ones(
    tmp_path: Path, workers: IndexWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, workers)
    bench.index(second_pass=False)
    held: list[tuple[int, ...]] = []
    monkeypatch.setattr(SecondPass, "_feed", lambda self: None)  # as if the first of them took hours
    monkeypatch.setattr(SecondPass, "prefer", lambda self, samples: held.append(tuple(samples)))
    with serving(bench.path) as served:
        until(
            lambda: any(isinstance(event, Progress) and event.phase == "long" for event in served.events),
            "long files are being read",
        )
        write(bench.folder / "kick new.wav", one_shot("kick", 77))
        until(lambda: "kick new.wav" in bench.rows(), "the new file is there")
        served.inbox.send(ReadSoon((bench.id_of("tone.aiff"),)))
        until(lambda: held and held[-1] == (bench.id_of("tone.aiff"),), "what is near comes first")
    assert set(bench.unfinished()) == LONG

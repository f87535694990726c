"""The search for copies beside the app: its result is in the library, and a failure is a sentence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries import index, running_workers
from tests.support.sounds import one_shot, write
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.service.copy_jobs import CopyJobs
from tui_browser.service.index_jobs import WriterLock
from tui_browser.service.messages import Event, Notice
from tui_browser.store.store import Store


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    with running_workers(tmp_path_factory.mktemp("model")) as running:
        yield running


def notices(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


def run_to_end(jobs: CopyJobs) -> bool:
    """Poll as the service does; whether the library changed."""
    changed = False
    while connections := jobs.connections():
        assert wait(connections, timeout=60), "the process said nothing for a minute"
        changed |= jobs.poll()
    return changed


def test_a_search_stores_stacks_that_every_reader_sees(tmp_path: Path, workers: IndexWorkers) -> None:
    kick = one_shot("kick", 1)
    kick *= np.float32(0.5 / np.abs(kick).max())
    write(tmp_path / "s" / "a.wav", kick)
    write(tmp_path / "s" / "b.wav", kick * np.float32(0.5))
    write(tmp_path / "s" / "c.wav", one_shot("snare", 1))
    index(tmp_path / "l.db", tmp_path / "s", workers=workers, layout="none")
    events: list[Event] = []
    with Store.open(str(tmp_path / "l.db"), mode="write") as store:
        jobs = CopyJobs(store, writing=WriterLock(store).writing, emit=events.append)
        assert not jobs.poll() and not events
        before = store.load(vectors=False)
        jobs.begin()
        jobs.begin()  # one at a time
        assert run_to_end(jobs)
        assert notices(events)[0] == "looking for copies" and notices(events)[-1] == "1 copy in 1 group"
        ids, stacks = store.copies.stacks()
        names = [store.load(vectors=False).names[int(sample) - 1].rsplit(b"/")[-1] for sample in ids]
        assert names == [b"a.wav", b"b.wav"] and len(set(stacks.tolist())) == 1
        after = store.load(vectors=False, previous=before)
        assert after.revision > before.revision, "the app loads the stacks"
        (tmp_path / "s" / "b.wav").unlink()
        shutil.copy(tmp_path / "s" / "c.wav", tmp_path / "s" / "b.wav")
    index(tmp_path / "l.db", tmp_path / "s", workers=workers, layout="none")
    with Store.open(str(tmp_path / "l.db")) as store:
        ids, _ = store.copies.stacks()
        names = [store.load(vectors=False).names[int(sample) - 1].rsplit(b"/")[-1] for sample in ids]
        assert names == [b"a.wav", b"b.wav", b"c.wav"] or names == [b"b.wav", b"c.wav"]


def test_a_damaged_library_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    with Store.open(str(path), mode="write") as store, store.writing():
        store.add_root(b"/s")
    events: list[Event] = []
    with Store.open(str(path), mode="write") as store:
        path.write_bytes(b"no library" * 1_000)
        jobs = CopyJobs(store, writing=WriterLock(store).writing, emit=events.append)
        jobs.begin()
        assert not run_to_end(jobs)
        assert len(notices(events)) == 2 and isinstance(events[-1], Notice) and events[-1].severity == "error"

"""One writer at a time: locks, names of one file, killed and failed changes, readers meanwhile."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from pathlib import Path
from typing import cast

import pytest

from tests.support.clips import ROOT, clip_entry
from tests.support.store_processes import child, end, filled, line
from tui_browser.errors import LibraryBusy, LibraryError
from tui_browser.records import Clip
from tui_browser.store.records import ClipEntry
from tui_browser.store.store import Store


def test_the_second_writer_is_told_who_writes(path: str) -> None:
    filled(path)
    process = child(
        """
        import sys, time
        from tui_browser.store.store import Store
        with Store.open(sys.argv[1], mode="write") as store, store.writing():
            print("held", flush=True)
            time.sleep(60)
        """,
        path,
    )
    try:
        assert line(process) == "held"
        with (
            Store.open(path, mode="write") as store,
            pytest.raises(LibraryBusy, match=f"process {process.pid} is writing"),
            store.writing(wait_s=0.1),
        ):
            pass
        with Store.open(path) as reader:
            assert len(reader.load()) == 20
    finally:
        end(process)
    with Store.open(path, mode="write") as store, store.writing(wait_s=5):  # the lock died with its process
        store.add_root(b"/more")


def test_a_second_writer_in_the_same_process_is_told_too(path: str, store: Store) -> None:
    with (
        Store.open(path, mode="write") as other,
        pytest.raises(LibraryBusy, match=f"process {os.getpid()} is writing"),
        other.writing(wait_s=0.05),
    ):
        pass


@pytest.mark.parametrize("kind", ["file", "folder", "relative", "dots"])
def test_one_file_under_two_names_is_one_lock(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    filled(path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "l.db").symlink_to("../library.db")
    (tmp_path / "again").symlink_to(".")
    monkeypatch.chdir(tmp_path / "b")
    other = {
        "file": str(tmp_path / "b" / "l.db"),
        "folder": str(tmp_path / "again" / "library.db"),
        "relative": "../library.db",
        "dots": str(tmp_path / "again" / ".." / tmp_path.name / "library.db"),
    }[kind]
    with Store.open(path, mode="write") as first, Store.open(other, mode="write") as second:
        with first.writing(), pytest.raises(LibraryBusy), second.writing(wait_s=0.1):
            pass
        with second.writing():
            second.put_clips([clip_entry(b"new.wav", sound=99)], space="a", layout="pca")
        assert first.counts().samples == 21
    assert sorted(os.listdir(tmp_path / "b")) == ["l.db"]  # no journal and no lock beside the other name


def test_a_symlink_that_leads_nowhere_yet_makes_the_library_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("deep/library.db")
    filled(str(tmp_path / "link.db"))
    assert (tmp_path / "link.db").is_symlink()
    with Store.open(str(tmp_path / "deep" / "library.db")) as store:
        assert store.counts().samples == 20


def test_a_hard_link_is_read_and_never_written_to(path: str, tmp_path: Path) -> None:
    """Each name would have a journal of its own, and SQLite would ruin the file that they share."""
    filled(path)
    other = str(tmp_path / "other.db")
    os.link(path, other)
    for name in (path, other):
        with pytest.raises(LibraryError, match="second name"):
            Store.open(name, mode="write")
        with Store.open(name) as store:
            assert store.counts().samples == 20
    os.unlink(other)
    with Store.open(path, mode="write") as store, store.writing():
        assert store.counts().samples == 20


def test_a_killed_writer_loses_at_most_its_batch(path: str) -> None:
    filled(path, 5)
    process = child(
        """
        import sys
        from tests.support.clips import clip_entry
        from tui_browser.store.store import Store
        with Store.open(sys.argv[1], mode="write") as store, store.writing():
            for batch in range(100_000):
                names = [b"%d-%d.wav" % (batch, i) for i in range(64)]
                store.put_clips([clip_entry(name, sound=i) for i, name in enumerate(names)], space="a", layout="pca")
                if batch % 5 == 0:
                    store.pack(force=True)
                print(batch, flush=True)
        """,
        path,
    )
    done = 0
    while done < 6:
        done = int(line(process))
    os.kill(process.pid, signal.SIGKILL)
    rest = process.communicate()[0].split()
    done = int(rest[-1]) if rest else done
    with Store.open(path, mode="write") as store, store.writing(wait_s=5):
        count = len(store.load())
        assert count in (5 + 64 * (done + 1), 5 + 64 * (done + 2))
        assert len(list(store.rows())) == count
        store.put_clips([clip_entry(b"after.wav")], space="a", layout="pca")
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_a_failed_change_is_undone_as_a_whole(path: str) -> None:
    filled(path)
    with Store.open(path, mode="write") as store, store.writing():
        before = store.load()
        with pytest.raises(AttributeError):
            store.put_clips([clip_entry(b"good.wav"), ClipEntry(cast(Clip, None), ROOT)], space="a", layout="pca")
        assert store.load(previous=before) is before


def test_readers_see_whole_batches_while_a_writer_works(path: str) -> None:
    filled(path, 0)
    seen: list[int] = []
    slowest = 0.0
    stop = threading.Event()

    def read() -> None:
        nonlocal slowest
        with Store.open(path) as reader:
            snapshot = None
            while not stop.is_set():
                began = time.perf_counter()
                snapshot = reader.load(previous=snapshot)
                slowest = max(slowest, time.perf_counter() - began)
                seen.append(len(snapshot))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        with Store.open(path, mode="write") as store, store.writing():
            for batch in range(30):
                store.put_clips([clip_entry(b"%d-%d.wav" % (batch, i)) for i in range(20)], space="a", layout="pca")
                store.pack(force=True)
    finally:
        stop.set()
        thread.join()
    assert all(count % 20 == 0 for count in seen) and seen == sorted(seen)
    assert slowest < 4.0  # it never waited for the writer's lock

"""What can go wrong with a library file: it is told in one sentence, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clips import ROOT, as_version_4, clip, clip_entry, stat
from tests.support.store_processes import child, filled
from tui_browser.errors import LibraryError, RejectCode
from tui_browser.records import FileStat, Reject, SampleId, UnseenPath
from tui_browser.store import schema
from tui_browser.store.store import Mode, Store

_MODES: tuple[Mode, ...] = ("read", "write")


def test_a_missing_library_is_an_empty_one_and_stays_missing(path: str) -> None:
    with Store.open(path) as store:
        snapshot = store.load()
        assert len(snapshot) == 0 and store.revision() == 0 and store.roots() == [] and store.row(SampleId(1)) is None
        assert store.counts().samples == 0
        assert os.listdir(os.path.dirname(path)) == []
        filled(path)
        assert len(store.load(previous=snapshot)) == 20


def test_reading_does_not_write(path: str) -> None:
    filled(path)
    with Store.open(path) as store, pytest.raises(LibraryError, match="for reading only"), store.writing():
        pass


def test_a_change_outside_of_writing_is_refused(path: str) -> None:
    with Store.open(path, mode="write") as store, pytest.raises(LibraryError, match="not opened for writing"):
        store.add_root(ROOT)


def test_a_library_from_a_newer_version_is_left_alone(path: str) -> None:
    filled(path)
    conn = sqlite3.connect(path)
    conn.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    conn.close()
    before = Path(path).read_bytes()
    for mode in _MODES:
        with pytest.raises(LibraryError, match="from a newer version"):
            Store.open(path, mode=mode)
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("damage", ["header", "truncated", "text"])
def test_a_damaged_library_is_named_and_left_alone(path: str, damage: str) -> None:
    filled(path, 300)
    content = Path(path).read_bytes()
    broken = {
        "header": b"\0" * 100 + content[100:],
        "truncated": content[: len(content) // 2],
        "text": b"dear diary, this is no library",
    }[damage]
    Path(path).write_bytes(broken)
    for mode in _MODES:
        with pytest.raises(LibraryError, match="the library is damaged"):
            Store.open(path, mode=mode).load()
    assert Path(path).read_bytes() == broken


def test_pages_of_rubbish_are_damage_and_no_crash(path: str) -> None:
    filled(path, 1_500)
    content = bytearray(Path(path).read_bytes())
    for page in range(30, len(content) // schema.PAGE_SIZE, 3):
        content[page * schema.PAGE_SIZE : page * schema.PAGE_SIZE + 4_000] = b"\xa5" * 4_000
    Path(path).write_bytes(content)
    with Store.open(path) as store, pytest.raises(LibraryError, match="the library is damaged"):
        store.load()
        list(store.rows())


def test_a_database_of_another_program_is_left_alone(path: str) -> None:
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE bookmarks (url)")
    conn.close()
    before = Path(path).read_bytes()
    for mode in _MODES:
        with pytest.raises(LibraryError, match="not a sample library"):
            Store.open(path, mode=mode)
    assert Path(path).read_bytes() == before


def test_a_folder_is_no_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryError):
        Store.open(str(tmp_path), mode="write")
    with pytest.raises(LibraryError):
        Store.open(str(tmp_path))


def test_a_full_disk_is_one_sentence_and_the_library_stays(path: str) -> None:
    filled(path)
    with Store.open(path, mode="write") as store, store.writing():
        conn = store._connection()
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages + 2}")
        before = store.load()
        with pytest.raises(LibraryError, match="the disk is full") as caught:
            store.put_clips([clip_entry(b"x%d.wav" % i) for i in range(2_000)], space="a", layout="pca")
        assert "\n" not in str(caught.value) and "nothing in the library is lost" in str(caught.value)
        assert store.load(previous=before) is before
        conn.execute("PRAGMA max_page_count = 1000000")
        assert store.put_clips([clip_entry(b"after.wav")], space="a", layout="pca") == 1


def test_a_file_that_may_not_grow_is_told_too(path: str) -> None:
    filled(path)
    process = child(
        """
        import resource, sys
        from tests.support.clips import clip_entry
        from tui_browser.errors import LibraryError
        from tui_browser.store.store import Store
        with Store.open(sys.argv[1], mode="write") as store, store.writing():
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
            try:
                store.put_clips([clip_entry(b"x%d.wav" % i) for i in range(2_000)], space="a", layout="pca")
            except LibraryError as error:
                print(error)
            print(len(store.load()))
        """,
        path,
    )
    out, err = process.communicate(timeout=60)
    assert out.splitlines()[0].startswith("the library could not be read or written") or "full" in out, err
    assert out.splitlines()[1:] == ["20"], err
    with Store.open(path) as store:
        assert len(store.load()) == 20


@pytest.fixture
def public(path: str) -> Iterator[str]:
    """A library in a folder that every user may enter."""
    folder = tempfile.mkdtemp(prefix="public-")
    os.chmod(folder, 0o755)
    filled(f"{folder}/library.db")
    os.chmod(f"{folder}/library.db", 0o644)
    yield f"{folder}/library.db"
    os.chmod(folder, 0o755)
    shutil.rmtree(folder)


_AS_A_STRANGER = """
    import os, sys
    from tui_browser.errors import LibraryError
    from tui_browser.store.store import Store
    import tui_browser.store.writer_lock, filelock, encodings.idna
    if os.getuid() == 0:
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
    with Store.open(sys.argv[1]) as store:
        print(len(store.load())); print(store.notice)
    try:
        Store.open(sys.argv[1], mode="write")
    except LibraryError as error:
        print(error)
"""


@pytest.mark.parametrize("pending", [False, True], ids=["at rest", "changes still in the log"])
def test_a_read_only_folder_shows_the_library_and_says_so(public: str, pending: bool) -> None:
    folder = os.path.dirname(public)
    if pending:  # as a crash leaves it: the last changes only in the write-ahead log
        writer = Store.open(public, mode="write")
        with writer.writing():
            writer.put_clips([clip_entry(b"late.wav")], space="a", layout="pca")
        shutil.copytree(folder, f"{folder}-crashed")
        writer.close()
        shutil.rmtree(folder)
        shutil.move(f"{folder}-crashed", folder)
        os.remove(f"{public}-shm")
        assert os.path.getsize(f"{public}-wal") > 0
    for name in os.listdir(folder):
        os.chmod(f"{folder}/{name}", 0o444)
    os.chmod(folder, 0o555)
    before = sorted(os.listdir(folder))
    out, err = child(_AS_A_STRANGER, public).communicate(timeout=60)
    lines = out.splitlines()
    assert lines[:1] == ["21" if pending else "20"], err
    assert "read-only" in lines[1] and "cannot be written" in lines[2]
    assert sorted(os.listdir(folder)) == before


def test_a_read_only_file_shows_the_library_and_says_so(public: str) -> None:
    os.chmod(public, 0o444)
    os.chmod(os.path.dirname(public), 0o777)
    out, err = child(_AS_A_STRANGER, public).communicate(timeout=60)
    assert out.splitlines()[0] == "20" and "read-only" in out and "cannot be written" in out, err


def test_a_reader_follows_when_another_library_is_put_there(path: str) -> None:
    filled(path, 3)
    with Store.open(path) as reader:
        assert len(reader.load()) == 3
        filled(f"{path}.new", 7)
        os.replace(f"{path}.new", path)
        assert len(reader.load()) == 7


@pytest.mark.parametrize("mode", ["read", "write"])
def test_an_older_library_is_brought_up_to_date_and_keeps_all(
    path: str, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    steps = (*schema.MIGRATIONS, lambda conn: conn.execute("ALTER TABLE samples ADD COLUMN mood REAL"))
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    monkeypatch.setattr(schema, "VERSION", len(steps))
    with Store.open(path, mode=mode) as store:
        assert len(store.load()) == 20
    conn = sqlite3.connect(path)
    assert conn.execute("PRAGMA user_version").fetchone() == (len(steps),)
    assert conn.execute("SELECT count(*) FROM samples WHERE mood IS NULL").fetchone() == (20,)
    conn.close()


def test_a_library_without_proofs_is_brought_up_and_its_rejects_are_tried_again(path: str) -> None:
    filled(path)
    bad = Reject(stat(b"bad.wav"), "truncated")
    with Store.open(path, mode="write") as store, store.writing():
        store.put_rejects([bad])
        before = store.known()
    conn = sqlite3.connect(path, isolation_level=None)
    as_version_4(conn)
    conn.close()
    with Store.open(path) as store:
        assert {name: row._replace(ctime_ns=0) for name, row in before.items()} == store.known()
        (reject,) = store.rejects()
        assert (reject.stat.path, reject.reason, reject.code) == (bad.stat.path, "truncated", RejectCode.CONTENT)
        assert store.rejects_known()[bad.stat.path].size == -1  # which no file has
        assert store.unseen() == []


def test_a_row_that_cannot_be_kept_fails_alone(path: str) -> None:
    filled(path, 0)
    huge = replace(clip_entry(b"huge.wav"), clip=replace(clip(b"huge.wav"), frames=1 << 70))
    nowhere = replace(clip_entry(b"nowhere.wav"), clip=replace(clip(b"nowhere.wav"), onset_s=float("nan")))
    with Store.open(path, mode="write") as store, store.writing():
        stored = store.put_clips([clip_entry(b"a.wav"), huge, clip_entry(b"b.wav"), nowhere], space="a", layout="pca")
        assert stored == 2
        assert sorted(store.known()) == [ROOT + b"/a.wav", ROOT + b"/b.wav"]
        assert [reject.stat.path for reject in store.rejects()] == [ROOT + b"/huge.wav", ROOT + b"/nowhere.wav"]


def test_numbers_from_a_drive_are_kept_within_bounds(path: str) -> None:
    filled(path, 0)
    odd = FileStat(ROOT + b"/odd.wav", 1 << 80, -(1 << 90), (1 << 70) + 5, 1 << 64, 1 << 65)
    with Store.open(path, mode="write") as store, store.writing():
        store.put_rejects([Reject(odd, "odd")])
        (kept,) = store.rejects()
    limit = (1 << 63) - 1
    assert kept.stat == FileStat(odd.path, limit, -limit, 5, 0, limit)


def test_what_could_not_be_looked_at_is_noted_whole_or_below_folders(store: Store) -> None:
    notes = [UnseenPath(ROOT + b"/a", "no"), UnseenPath(ROOT + b"/b/c", "no"), UnseenPath(ROOT + b"/bc", "no")]
    store.put_unseen(notes, within=None)
    assert store.unseen() == notes
    store.put_unseen([UnseenPath(ROOT + b"/b", "gone")], within=[ROOT + b"/b"])
    assert store.unseen() == [notes[0], UnseenPath(ROOT + b"/b", "gone"), notes[2]]
    store.forget_root(ROOT)
    assert store.unseen() == []


def test_a_step_that_fails_leaves_the_older_library(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)

    def broken(conn: sqlite3.Connection) -> None:
        conn.execute("DELETE FROM samples")
        raise sqlite3.OperationalError("no such thing")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        patch.setattr(schema, "VERSION", len(schema.MIGRATIONS))
        with pytest.raises(LibraryError):
            Store.open(path, mode="write")
    with Store.open(path) as store:
        assert len(store.load()) == 20

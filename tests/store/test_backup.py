"""A library of an older version is copied before it is brought up to date."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.clips import as_version_4
from tests.support.store_processes import filled
from tui_browser.errors import LibraryError
from tui_browser.store import schema
from tui_browser.store.store import Mode, Store


@pytest.fixture
def older(path: str) -> str:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        as_version_4(conn)
        conn.execute("INSERT INTO tags VALUES (3, 'dark')")
    return path


def copies(path: str) -> list[str]:
    names = os.listdir(os.path.dirname(path))
    return sorted(name for name in names if name.startswith(f"{os.path.basename(path)}."))


@pytest.mark.parametrize("mode", ["read", "write"])
def test_an_older_library_is_copied_whole_before_it_is_brought_up_to_date(older: str, mode: Mode) -> None:
    with Store.open(older, mode=mode) as store:
        assert len(store.load()) == 20
    assert [name for name in copies(older) if not name.endswith(".lock")] == ["library.db.version-4"]
    with closing(sqlite3.connect(f"{older}.version-4")) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (4,)
        assert conn.execute("SELECT count(*) FROM samples").fetchone() == (20,)
        assert conn.execute("SELECT * FROM tags").fetchall() == [(3, "dark")]
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert os.stat(f"{older}.version-4").st_mode & 0o777 == 0o600
    with Store.open(older) as store:  # up to date now: no further copy
        assert len(store.load()) == 20
    assert len([name for name in copies(older) if "version" in name]) == 1


def test_an_earlier_copy_is_never_replaced(older: str) -> None:
    Path(f"{older}.version-4").write_bytes(b"precious")
    Store.open(older, mode="write").close()
    assert Path(f"{older}.version-4").read_bytes() == b"precious"
    with Store.open(f"{older}.version-4-2") as store:
        assert len(store.load()) == 20


def test_a_step_that_fails_leaves_the_older_library_and_no_copy(older: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(conn: sqlite3.Connection) -> None:
        conn.execute("DELETE FROM samples")
        raise sqlite3.OperationalError("no such thing")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS[:4], broken, *schema.MIGRATIONS[5:]))
        with pytest.raises(LibraryError):
            Store.open(older, mode="write")
    assert not [name for name in copies(older) if "version" in name or "part" in name]
    with Store.open(older) as store:
        assert len(store.load()) == 20


def test_where_no_copy_can_be_made_nothing_is_changed(older: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    before = Path(older).read_bytes()
    monkeypatch.setattr("tui_browser.store.opening.create_file", full)
    with pytest.raises(LibraryError, match=r"cannot be copied before .*No space left on device; it was not changed"):
        Store.open(older, mode="write")
    with closing(sqlite3.connect(older)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (4,)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert len(Path(older).read_bytes()) == len(before)

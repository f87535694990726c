"""Connections to a library file: for writing, for reading, and for reading where nothing may be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from urllib.parse import quote

from tui_browser.errors import LibraryError
from tui_browser.store import schema
from tui_browser.store.failures import damaged, primary_code, told

BUSY_S = 5.0
"""How long a statement waits for another process's transaction."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection and what a person should know of it."""

    conn: sqlite3.Connection
    notice: str = ""
    frozen: bool = False
    """The connection does not see later changes of the file."""
    folder: str = ""
    """A temporary folder to delete after closing."""

    def close(self) -> None:
        self.conn.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def home_of(path: str) -> str:
    """The one path of a library file, whichever symlinks lead to it: lock and journal lie beside that."""
    return os.path.realpath(os.path.expanduser(path))


def for_writing(path: str) -> Opened:
    """A connection that may write; the file and its folder are made where they are missing.

    Raises LibraryError for a file that is damaged, foreign, from a newer version, not writable, or there under a
    second name: the journal of each would lie beside another name, and two writers would never know of each other.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise LibraryError("the library's folder cannot be made", path=folder, hint=str(error.strerror)) from error
    exists = os.path.exists(path)
    if exists and os.path.isdir(path):
        raise LibraryError("the library is a folder and should be a file", path=path)
    if not os.access(path if exists else folder, os.W_OK) or not os.access(folder, os.W_OK):
        raise LibraryError("the library cannot be written", path=path, hint="no permission; it can still be read")
    if exists and os.stat(path).st_nlink > 1:
        raise LibraryError(
            "the library file has a second name (a hard link) and can only be read",
            path=path,
            hint="make one of the two a symlink, or a copy",
        )
    _refuse_foreign(path)
    with told(path):
        conn = _connect(path, "mode=rwc")
        try:
            schema.version_of(conn, path)
            conn.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last batches, never the file
            conn.execute("PRAGMA foreign_keys = ON")
            conn.execute("PRAGMA journal_size_limit = 67108864")
            schema.migrate(conn, path)
        except BaseException:  # whatever ends the opening, ctrl-c too, nobody else would close it
            conn.close()
            raise
    return Opened(conn)


def for_reading(path: str) -> Opened | None:
    """A connection that only reads, or None while there is no library at `path`.

    Where the folder lets no helper files be made, the file is read as it lies, or from a copy when its last
    changes still wait in a `-wal` file.
    """
    try:
        if os.stat(path).st_size == 0:
            return None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LibraryError("the library cannot be opened", path=path, hint=str(error.strerror)) from error
    if not os.access(path, os.R_OK):
        raise LibraryError("the library cannot be read", path=path, hint="no permission")
    _refuse_foreign(path)
    for attempt in (_shared, _as_it_lies, _copied):
        with told(path):
            opened = attempt(path)
            if opened is None:
                continue
            try:
                version = schema.version_of(opened.conn, path)
                opened.conn.execute("PRAGMA query_only = ON")
            except BaseException:  # whatever ends it, ctrl-c too, nobody else would close the file
                opened.close()
                raise
        if version == schema.VERSION:
            return opened
        opened.close()
        if version == 0:
            return None
        for_writing(path).close()  # an older version: bring it up to date, then read
        return for_reading(path)
    raise LibraryError("the library cannot be opened", path=path, hint="no permission")


def _shared(path: str) -> Opened | None:
    conn = _connect(path, "mode=rw")
    if not _readable(conn):
        return None
    writable = os.access(path, os.W_OK)
    return Opened(conn, notice="" if writable else "the library is read-only: changes are not kept")


def _as_it_lies(path: str) -> Opened | None:
    wal = f"{path}-wal"
    if os.path.exists(wal) and os.path.getsize(wal) > 0:
        return None
    conn = _connect(path, "mode=ro&immutable=1")
    notice = "the library's folder is read-only: changes are not kept"
    return Opened(conn, notice=notice, frozen=True) if _readable(conn) else None


def _copied(path: str) -> Opened | None:
    folder = tempfile.mkdtemp(prefix="tui-browser-")
    try:
        copy = os.path.join(folder, "library.db")
        shutil.copyfile(path, copy)
        shutil.copyfile(f"{path}-wal", f"{copy}-wal")
        conn = _connect(copy, "mode=rw")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise LibraryError("the library cannot be opened", path=path, hint=str(error.strerror)) from error
    except BaseException:  # whatever ends the copying, ctrl-c too, the copy has no other owner
        shutil.rmtree(folder, ignore_errors=True)
        raise
    notice = "the library's folder is read-only: a copy is shown and changes are not kept"
    return Opened(conn, notice=notice, frozen=True, folder=folder)


def _connect(path: str, options: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(os.fsencode(os.path.abspath(path)))}?{options}",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,  # a Store guards its connection with a lock
        cached_statements=256,
    )


def _readable(conn: sqlite3.Connection) -> bool:
    """Whether the first page can be read; closes the connection where helper files cannot be made."""
    try:
        conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        conn.close()
        if primary_code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            return False
        raise
    except sqlite3.Error:
        conn.close()
        raise
    return True


def _refuse_foreign(path: str) -> None:
    """Raise for a file whose first bytes are not SQLite's: it is left untouched."""
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        return
    except OSError as error:
        raise LibraryError("the library cannot be read", path=path, hint=str(error.strerror)) from error
    if head and head != b"SQLite format 3\0":
        raise damaged(path)

"""Open a library file for writing, for reading, or for reading in a folder without write permission."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import quote

from tui_browser.config.places import data_dir, demo_library
from tui_browser.errors import LibraryError
from tui_browser.safe_files import PRIVATE_FILE, PRIVATE_FOLDER, create_file, narrow
from tui_browser.store import guards, schema
from tui_browser.store.errors import damaged, library_errors, primary_code

_NO_FILES = (
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR
)  # fmt: skip
"""SQLite's codes where it cannot create `-wal` and `-shm` beside the library: no permission, or no room."""
BUSY_S = 5.0
"""Longest wait of a statement for another process's transaction."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A connection, with what the user should know about it."""

    conn: sqlite3.Connection
    notice: str = ""
    frozen: bool = False
    """Whether later changes of the file are invisible to this connection."""
    folder: str = ""
    """Temporary folder to delete after closing."""
    path: str = ""
    """The file that is really open."""
    steps: guards.StepLimit = field(init=False)
    """Ends what never ends; to be restarted for each transaction."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", guards.StepLimit(self.conn, self.path))

    def close(self) -> None:
        self.conn.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def home_of(path: str) -> str:
    """The real path of a library file; lock and journal are beside it, whichever symlink is used."""
    return os.path.realpath(os.path.expanduser(path))


def for_writing(path: str) -> OpenedFile:
    """Open for writing; creates the file and its folder where missing.

    Raises LibraryError when the file is damaged, of another program, from a newer version, not writable, or has a
    second name (a hard link): each name would have its own journal, and two writers would not notice each other.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(folder, mode=PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise LibraryError("the library's folder cannot be created", path=folder, hint=str(error.strerror)) from error
    exists = os.path.exists(path)
    if exists and os.path.isdir(path):
        raise LibraryError("the library must be a file, not a folder", path=path)
    if exists and not os.path.isfile(path):
        raise LibraryError("the library must be a file, not a pipe or a device", path=path)
    if not os.access(path if exists else folder, os.W_OK) or not os.access(folder, os.W_OK):
        raise LibraryError("the library cannot be written", path=path, hint="no permission; it can still be read")
    if exists and os.stat(path).st_nlink > 1:
        raise LibraryError(
            "the library file has a second name (a hard link) and can only be read",
            path=path,
            hint="make one of them a symlink or a copy",
        )
    if not exists:
        _create(path)
    _refuse_foreign(path)
    with library_errors(path):
        conn = _connect(path, "mode=rw")
        try:
            version = schema.version_of(conn, path)
            guards.check_schema(conn, path, version)
            conn.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last batches, never the file
            conn.execute("PRAGMA foreign_keys = ON")
            conn.execute("PRAGMA journal_size_limit = 67108864")
            with _backup(conn, path, version) if 0 < version < schema.VERSION else contextlib.nullcontext():
                schema.migrate(conn, path)
        except BaseException:  # also on ctrl-c: nothing else closes the connection
            conn.close()
            raise
    return OpenedFile(conn, path=path)


@contextlib.contextmanager
def _backup(conn: sqlite3.Connection, path: str, version: int) -> Iterator[None]:
    """Copy an older library to `PATH.version-N` before the block brings it up to date.

    Where the block raises and changed nothing, no copy stays.
    """
    name = _back_up(conn, path, version)
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error, LibraryError, OSError):
            if schema.version_of(conn, path) == version:
                os.remove(name)
        raise


def _back_up(conn: sqlite3.Connection, path: str, version: int) -> str:
    """Copy the library; the name of the copy, which is whole or not there.

    A copy that is there is not replaced: further ones are numbered.
    """
    part = f"{path}.backup-{os.getpid()}.part"
    try:
        os.close(create_file(part, mode=PRIVATE_FILE))
        with closing(sqlite3.connect(part)) as copy:
            conn.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        name, number = f"{path}.version-{version}", 1
        while True:
            try:
                os.link(part, name)  # unlike a rename, it never replaces a file
                return name
            except FileExistsError:
                number += 1
                name = f"{path}.version-{version}-{number}"
            except OSError:  # no hard links on this drive
                os.rename(part, name)
                return name
    except OSError as error:
        raise LibraryError(
            "the library is of an older version and cannot be copied before it is brought up to date",
            path=path,
            hint=f"{error.strerror}; it was not changed",
        ) from error
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.remove(part + ending)


def _create(path: str) -> None:
    """Create an empty file for this user alone; `-wal` and `-shm` get its rights from SQLite."""
    try:
        os.close(create_file(path, mode=PRIVATE_FILE))
    except FileExistsError as error:
        if os.path.islink(path):
            raise LibraryError("the library must be a file, not a broken link", path=path) from error
    except OSError as error:
        raise LibraryError("the library cannot be created", path=path, hint=str(error.strerror)) from error


def make_private(path: str) -> None:
    """Take the rights of others from the library at `path` and its folder, where this program made the folder."""
    folder = os.path.dirname(path)
    if folder in map(os.path.realpath, (data_dir(), os.path.dirname(demo_library()))):
        narrow(folder, PRIVATE_FOLDER)
        for ending in ("", "-wal", "-shm", ".lock"):
            narrow(path + ending, PRIVATE_FILE)


def for_reading(path: str) -> OpenedFile | None:
    """Open for reading; None while there is no library at `path`.

    In a read-only folder and on a full drive, where SQLite cannot create its `-wal` and `-shm` files, the file is
    opened as immutable, or copied first when its last changes are still in a `-wal` file.
    """
    try:
        status = os.stat(path)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise LibraryError("the library must be a file, not a pipe or a device", path=path)
        if status.st_size == 0:
            return None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LibraryError("the library cannot be opened", path=path, hint=str(error.strerror)) from error
    if not os.access(path, os.R_OK):
        raise LibraryError("the library cannot be read", path=path, hint="no permission")
    _refuse_foreign(path)
    for attempt in (_open_shared, _open_immutable, _open_copy):
        with library_errors(path):
            opened = attempt(path)
            if opened is None:
                continue
            try:
                version = schema.version_of(opened.conn, path)
                guards.check_schema(opened.conn, path, version)
                opened.conn.execute("PRAGMA query_only = ON")
            except BaseException:  # also on ctrl-c: nothing else closes the file
                opened.close()
                raise
        if version == schema.VERSION:
            return opened
        opened.close()
        if version == 0:
            return None
        for_writing(path).close()  # an older version: migrate it, then read
        return for_reading(path)
    raise LibraryError("the library cannot be opened", path=path, hint="no permission")


def _open_shared(path: str) -> OpenedFile | None:
    conn = _connect(path, "mode=rw")
    if not _readable(conn):
        return None
    writable = os.access(path, os.W_OK)
    return OpenedFile(conn, notice="" if writable else "the library is read-only: changes are not saved", path=path)


def _open_immutable(path: str) -> OpenedFile | None:
    wal = f"{path}-wal"
    if os.path.exists(wal) and os.path.getsize(wal) > 0:
        return None
    conn = _connect(path, "mode=ro&immutable=1")
    notice = "the library's folder is read-only or its drive is full: changes are not saved"
    return OpenedFile(conn, notice=notice, frozen=True, path=path) if _readable(conn) else None


def _open_copy(path: str) -> OpenedFile | None:
    folder = tempfile.mkdtemp(prefix="tui-browser-")
    try:
        copy = os.path.join(folder, "library.db")
        shutil.copyfile(path, copy)
        shutil.copyfile(f"{path}-wal", f"{copy}-wal")
        conn = _connect(copy, "mode=rw")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise LibraryError("the library cannot be opened", path=path, hint=str(error.strerror)) from error
    except BaseException:  # also on ctrl-c: nothing else deletes the copy
        shutil.rmtree(folder, ignore_errors=True)
        raise
    notice = "the library's folder is read-only or its drive is full: this is a copy, changes are not saved"
    return OpenedFile(conn, notice=notice, frozen=True, folder=folder, path=copy)


def _connect(path: str, options: str) -> sqlite3.Connection:
    conn = sqlite3.connect(
        f"file:{quote(os.fsencode(os.path.abspath(path)))}?{options}",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,  # a Store guards its connection with a lock
        cached_statements=256,
    )
    guards.protect(conn, path)
    return conn


def _readable(conn: sqlite3.Connection) -> bool:
    """Whether the first page can be read; if SQLite cannot create its files, the connection is closed."""
    try:
        conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        conn.close()
        if primary_code(error) in _NO_FILES:
            return False
        raise
    except (sqlite3.Error, UnicodeDecodeError):  # SQLite's sentence may quote a definition that is not UTF-8
        conn.close()
        raise
    return True


def _refuse_foreign(path: str) -> None:
    """Raise LibraryError for a file without SQLite's header, before SQLite touches it."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        return
    except OSError as error:
        raise LibraryError("the library cannot be read", path=path, hint=str(error.strerror)) from error
    if head and head != b"SQLite format 3\0":
        raise damaged(path)

"""What went wrong in SQLite, as one sentence for a person."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from tui_browser.errors import LibraryBusy, LibraryError

_KEPT = "nothing that was in the library is lost"


class ValueRefused(LibraryError):
    """A value that a library cannot hold; nothing of its transaction was written."""


@contextlib.contextmanager
def library_errors(path: str) -> Iterator[None]:
    """Turn an error of SQLite inside the block into a LibraryError about the library at `path`."""
    try:
        yield
    except sqlite3.Error as error:
        raise _sentence(error, path) from error
    except OverflowError as error:
        raise ValueRefused("a number is too large for the library", path=path) from error


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 where the error has none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _sentence(error: sqlite3.Error, path: str) -> LibraryError:
    match primary_code(error):
        case sqlite3.SQLITE_FULL:
            return LibraryError("the disk is full", path=path, hint=f"make room and try again; {_KEPT}")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LibraryBusy("the library is in use by another process", path=path, hint="try again in a moment")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return LibraryError("the library cannot be written", path=path, hint="it can still be read")
        case sqlite3.SQLITE_CANTOPEN:
            return LibraryError("the library cannot be opened", path=path, hint="is it a file that you may read?")
        case sqlite3.SQLITE_IOERR:
            return LibraryError(
                "the library could not be read or written", path=path, hint=f"is the disk full or gone? {_KEPT}"
            )
        case sqlite3.SQLITE_CONSTRAINT | sqlite3.SQLITE_MISMATCH | sqlite3.SQLITE_TOOBIG:
            return ValueRefused("a value cannot be kept in the library", path=path, hint=str(error))
        case _:
            return LibraryError("the library failed", path=path, hint=str(error))


def damaged(path: str) -> LibraryError:
    """The error for a file that SQLite cannot make sense of."""
    return LibraryError(
        "the library is damaged",
        path=path,
        hint="put a copy of it back, or move the file away and index again; it was left as it is",
    )

"""SQLite errors as LibraryError with a sentence for the user."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from tui_browser.errors import LibraryBusy, LibraryError

_KEPT = "nothing in the library is lost"


_STRANGE = (ValueError, TypeError, LookupError, ArithmeticError, AssertionError, AttributeError, RecursionError)
"""What Python raises on a value of the wrong kind."""


class ValueRefused(LibraryError):
    """A value that SQLite cannot store; its transaction was rolled back."""


def is_of_the_disk(error: BaseException) -> bool:
    """Whether the disk or another process is at fault, as when it is full, and not what was to be stored."""
    return isinstance(error, LibraryError) and isinstance(error.__cause__, sqlite3.Error | OSError)


@contextlib.contextmanager
def library_errors(path: str) -> Iterator[None]:
    """Turn SQLite errors inside the block into a LibraryError about the library at `path`."""
    try:
        yield
    except sqlite3.Error as error:
        raise _library_error(error, path) from error
    except UnicodeDecodeError as error:  # SQLite's sentence quotes a damaged definition
        raise damaged(path) from error
    except OverflowError as error:
        raise ValueRefused("a number is too large for the library", path=path) from error


@contextlib.contextmanager
def strange_values(path: str) -> Iterator[None]:
    """Turn what a value of the wrong kind causes while the library at `path` is read into a LibraryError."""
    try:
        yield
    except _STRANGE as error:
        raise LibraryError(
            "the library holds a value that does not belong into it",
            path=path,
            hint=f"tui-browser repair leaves it out; {type(error).__name__}: {str(error)[:100]}",
        ) from error


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for an error without one."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _library_error(error: sqlite3.Error, path: str) -> LibraryError:
    match primary_code(error):
        case sqlite3.SQLITE_FULL:
            return LibraryError("the disk is full", path=path, hint=f"free some space and try again; {_KEPT}")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LibraryBusy("the library is in use by another process", path=path, hint="try again in a moment")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return LibraryError("the library cannot be written", path=path, hint="it can still be read")
        case sqlite3.SQLITE_CANTOPEN:
            return LibraryError("the library cannot be opened", path=path, hint="do you have permission to read it?")
        case sqlite3.SQLITE_IOERR:
            return LibraryError(
                "the library could not be read or written",
                path=path,
                hint=f"is the disk full or disconnected? {_KEPT}",
            )
        case sqlite3.SQLITE_INTERRUPT:
            return LibraryError(
                "the library takes more steps to read than a file of its size can need",
                path=path,
                hint="it is damaged, or made to never end; restore a copy, or index again into a new file",
            )
        case sqlite3.SQLITE_TOOBIG:
            return ValueRefused("a value of the library is too large", path=path, hint=str(error))
        case sqlite3.SQLITE_CONSTRAINT | sqlite3.SQLITE_MISMATCH:
            return ValueRefused("a value cannot be stored in the library", path=path, hint=str(error))
        case _:
            return LibraryError("the library failed", path=path, hint=str(error))


def damaged(path: str) -> LibraryError:
    """The error for a file that SQLite cannot read as a database."""
    return LibraryError(
        "the library is damaged",
        path=path,
        hint="tui-browser repair saves what can be read; it was not changed",
    )

"""Edits that wait for the writer, as files beside the library: none is lost, whoever ends before it is made.

One process writes to a library at a time. An edit of any other process goes into the folder `LIBRARY.edits`, a file
each, in the order of time. The process that writes makes them within a second, and so does the next one that begins to.
Each is made once: that it was made is noted in the same transaction, before its file is deleted.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import stat
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from tui_browser.errors import BrowserError, LibraryError, printable
from tui_browser.safe_files import PRIVATE_FILE, make_own_folder, read_bounded, replace_file
from tui_browser.store import annotation_changes, annotation_runs, roots
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.annotation_fields import as_fields, from_fields

MOST_BYTES = 64 << 20
_ENDING, _REFUSED = ".json", ".refused"
_MADE = "edit_made:"
"""Start of the note that an edit was made; its id follows."""
_BACK = "edit_back:"
"""Start of the note with what takes an edit back; origin and number follow."""
_KEPT_BACKS = 250
_numbers = count()
_NOT_UNDERSTOOD = (
    BrowserError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError,
    sqlite3.IntegrityError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueuedEdit:
    """One edit: a change of annotations, a change to take back, or a root to add or to forget."""

    change: AnnotationChange | None = None
    run: str = ""
    """Name under which the command line can undo it."""
    origin: str = ""
    """Names the process that may take the change back; it begins with the time at which that started."""
    number: int = 0
    """The number of the change for its origin; 0 for one that is never taken back."""
    add_root: bytes | None = None
    forget_root: bytes | None = None


class EditQueue:
    """The edits that wait at one library; `add` and `waiting` may be called by any process."""

    def __init__(self, library: str) -> None:
        self._library = library
        self._folder = f"{library}.edits"

    def add(self, edit: QueuedEdit) -> str:
        """Keep an edit, durably; the path of its file, which is there until it is made. Raises LibraryError."""
        content = json.dumps({"id": uuid.uuid4().hex, **_fields(edit)}, allow_nan=False).encode()
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(_numbers):06d}{_ENDING}"
        path = os.path.join(self._folder, name)
        try:
            make_own_folder(self._folder)
            replace_file(path, content, mode=PRIVATE_FILE)
        except OSError as error:
            raise LibraryError(
                f"the change could not be kept ({error.strerror or error})",
                path=self._folder,
                hint="another process is writing to the library: try again when it is done",
            ) from error
        return path

    def waiting(self) -> list[str]:
        """Paths of the files of edits, the oldest first; those in a folder of another user do not count."""
        try:
            status = os.lstat(self._folder)
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                return []
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(_ENDING))
        except OSError:
            return []
        return [os.path.join(self._folder, name) for name in names]

    def make(self, conn: sqlite3.Connection, *, revision: int) -> list[tuple[str, str]]:
        """Make all that wait, in the caller's transaction; path and refusal (mostly empty), for `clear` after it."""
        outcomes: list[tuple[str, str]] = []
        made = {str(key) for (key,) in conn.execute("SELECT key FROM notes WHERE key GLOB ?", (f"{_MADE}*",))}
        still_there: set[str] = set()
        for path in self.waiting():
            try:
                fields = json.loads(read_bounded(path, MOST_BYTES))
                note = f"{_MADE}{fields['id']}"
                still_there.add(note)
                if note not in made:
                    with _savepoint(conn):
                        _make(conn, _edit(fields), revision=revision)
                    conn.execute("INSERT INTO notes VALUES (?, '')", (note,))
                outcomes.append((path, ""))
            except FileNotFoundError:
                continue
            except _NOT_UNDERSTOOD as error:
                reason = error.what if isinstance(error, BrowserError) else "it is not understood"
                outcomes.append((path, f"an edit that waited was not made: {reason}"))
        conn.executemany("DELETE FROM notes WHERE key = ?", [(key,) for key in made - still_there])
        return outcomes

    def clear(self, outcomes: Sequence[tuple[str, str]]) -> list[str]:
        """Delete the files of edits that were made; what was refused is put aside, and its reasons are returned."""
        for path, refusal in outcomes:
            with contextlib.suppress(OSError):
                if refusal:
                    os.replace(path, path + _REFUSED)
                else:
                    os.unlink(path)
        with contextlib.suppress(OSError):  # it stays while anything is in it
            os.rmdir(self._folder)
        return [f"{refusal} ({printable(path + _REFUSED)})" for path, refusal in outcomes if refusal]


def keep_back(conn: sqlite3.Connection, back: AnnotationChange, *, origin: str, number: int) -> None:
    """Note what takes a change back, for `take_back`; those of the oldest beyond `_KEPT_BACKS` are forgotten."""
    conn.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (_back_key(origin, number), json.dumps(as_fields(back))))
    conn.execute(
        "DELETE FROM notes WHERE key IN (SELECT key FROM notes WHERE key GLOB ? ORDER BY key DESC LIMIT -1 OFFSET ?)",
        (f"{_BACK}*", _KEPT_BACKS),
    )


def take_back(conn: sqlite3.Connection, *, origin: str, number: int, revision: int) -> None:
    """Take a change back that was queued and made; nothing where it is not known."""
    key = _back_key(origin, number)
    row = conn.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
    if row is not None:
        annotation_changes.apply(conn, from_fields(json.loads(row[0])), revision=revision)
        conn.execute("DELETE FROM notes WHERE key = ?", (key,))


def _back_key(origin: str, number: int) -> str:
    return f"{_BACK}{origin}:{number:012d}"


def _make(conn: sqlite3.Connection, edit: QueuedEdit, *, revision: int) -> None:
    if edit.add_root is not None:
        roots.add(conn, edit.add_root)
    elif edit.forget_root is not None:
        roots.forget(conn, edit.forget_root, revision=revision)
    elif edit.change is None:
        take_back(conn, origin=edit.origin, number=edit.number, revision=revision)
    else:
        back = annotation_changes.apply(conn, edit.change, revision=revision)
        if edit.run and back:
            annotation_runs.note(conn, edit.run, back)
        if edit.number:
            keep_back(conn, back, origin=edit.origin, number=edit.number)


@contextlib.contextmanager
def _savepoint(conn: sqlite3.Connection) -> Iterator[None]:
    conn.execute("SAVEPOINT edit")
    try:
        yield
    except BaseException:
        conn.execute("ROLLBACK TO edit")
        raise
    finally:
        conn.execute("RELEASE edit")


def _fields(edit: QueuedEdit) -> dict[str, Any]:
    return {
        "change": None if edit.change is None else as_fields(edit.change),
        "run": edit.run,
        "origin": edit.origin,
        "number": edit.number,
        "add_root": None if edit.add_root is None else os.fsdecode(edit.add_root),
        "forget_root": None if edit.forget_root is None else os.fsdecode(edit.forget_root),
    }


def _edit(fields: Mapping[str, Any]) -> QueuedEdit:
    return QueuedEdit(
        None if fields["change"] is None else from_fields(fields["change"]),
        str(fields["run"]),
        str(fields["origin"]),
        int(fields["number"]),
        _path(fields["add_root"]),
        _path(fields["forget_root"]),
    )


def _path(text: str | None) -> bytes | None:
    if text is None:
        return None
    path = os.fsencode(text)
    if not os.path.isabs(path) or b"\0" in path:
        raise ValueError("not the path of a folder")
    return path

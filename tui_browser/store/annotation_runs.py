"""Runs of the command line that changed annotations: what takes each back is noted in the library, the latest first."""

from __future__ import annotations

import json
import sqlite3

from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.annotation_fields import as_fields, from_fields

KEPT_RUNS = 20
_NOTE = "annotation_run:"
"""Start of the note with a run; its number follows."""


def note(conn: sqlite3.Connection, run: str, back: AnnotationChange) -> None:
    """Note a run by what takes it back, and forget the oldest beyond `KEPT_RUNS`."""
    number = _newest(conn) + 1
    written = json.dumps({"run": run, **as_fields(back)})
    conn.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (f"{_NOTE}{number}", written))
    conn.execute("DELETE FROM notes WHERE key = ?", (f"{_NOTE}{number - KEPT_RUNS}",))


def take(conn: sqlite3.Connection) -> tuple[str, AnnotationChange] | None:
    """The name of the newest run and what takes it back; its note is deleted. None if no run is left."""
    key = f"{_NOTE}{_newest(conn)}"
    row = conn.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    conn.execute("DELETE FROM notes WHERE key = ?", (key,))
    noted = json.loads(row[0])
    return str(noted["run"]), from_fields(noted)


def _newest(conn: sqlite3.Connection) -> int:
    keys = conn.execute("SELECT key FROM notes WHERE key GLOB ?", (f"{_NOTE}*",)).fetchall()
    numbers = (str(row[0]).removeprefix(_NOTE) for row in keys)
    return max((int(number) for number in numbers if number.isdecimal()), default=0)

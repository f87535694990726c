"""What the stored class of a sample means: the names that its model has for its classes."""

from __future__ import annotations

import json
import sqlite3

from tui_browser.records import CLASSES


def class_names(conn: sqlite3.Connection) -> tuple[str, ...]:
    """The classes of the model that heard the library, in the order of their numbers; none for one without classes."""
    row = conn.execute("SELECT value FROM notes WHERE key = 'classes'").fetchone()
    if row is None:
        return CLASSES
    return tuple(json.loads(row[0]))

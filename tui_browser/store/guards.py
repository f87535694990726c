"""Guards on a library file that may come from a stranger: it is data, and nothing in it runs.

SQLite's own limits come first: no trusted schema, no value beyond `MOST_BYTES`, no statement that never ends. Then the
tables must be those that this program makes: no views, no triggers, no columns that are computed.
"""

from __future__ import annotations

import os
import sqlite3

from tui_browser.errors import LibraryError
from tui_browser.store import schema

MOST_BYTES = 128 << 20
"""Longest value; the program itself writes at most 32 MiB into one."""
_STEPS = 100_000
"""Steps of SQLite's virtual machine between two looks at the limit."""
_FREE_STEPS = 5_000_000
"""Steps that any library may take for one transaction, whatever its size: a tenth of a second."""
_STEPS_PER_BYTE = 64
"""Further steps for each byte of the file; a scan of a million samples takes less than one."""


class StepLimit:
    """Ends a transaction that takes more steps than a file of its size can need.

    A file of a few kilobytes can hold a table that has more rows than the universe has atoms, as pages may refer to
    one page again and again. Steps are counted, not seconds: a slow drive is no reason to give up.
    """

    def __init__(self, conn: sqlite3.Connection, path: str) -> None:
        self._path = path
        self._left = 0
        self.restart()
        conn.set_progress_handler(self._step, _STEPS)

    def restart(self) -> None:
        """Begin to count again, for the next transaction."""
        try:
            size = os.stat(self._path).st_size + _size(f"{self._path}-wal")
        except OSError:
            size = 0
        self._left = _FREE_STEPS + _STEPS_PER_BYTE * size

    def _step(self) -> int:
        self._left -= _STEPS
        return self._left < 0


def protect(conn: sqlite3.Connection, path: str) -> None:
    """Limit what the file behind a new connection can do, before anything is read."""
    StepLimit(conn, path)
    conn.execute("PRAGMA trusted_schema = OFF")
    conn.execute("PRAGMA cell_size_check = ON")
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
    conn.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)


def check_schema(conn: sqlite3.Connection, path: str, version: int) -> None:
    """Raise LibraryError unless tables and indices are those of this schema version, and nothing else is there."""
    found = _entries(conn)
    pattern = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for step in schema.MIGRATIONS[:version]:
            step(pattern)
        expected = _entries(pattern)
    finally:
        pattern.close()
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            kind = found[name][0] if name in found else "table"
            state = "differs from" if name in found and name in expected else "is not part of"
            what = f"the {kind} {name[:80]!r} {state} a library" if name in found else f"the table {name!r} is missing"
            raise LibraryError(
                f"this file cannot be trusted: {what}",
                path=path,
                hint="another program changed or made it; choose another file with --library",
            )


def _entries(conn: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Kind and definition of everything in the schema by name, without SQLite's own tables of statistics."""
    rows = conn.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    return {
        str(name): (str(kind), "".join(str(sql).replace('"', "").lower().split()))
        for kind, name, sql in rows
        if not (kind == "table" and str(name).startswith("sqlite_stat"))
    }


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0

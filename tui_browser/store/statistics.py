"""The library in numbers."""

from __future__ import annotations

import contextlib
import os
import sqlite3

from tui_browser.records import State
from tui_browser.store.changes import read_state
from tui_browser.store.layouts import layout_name
from tui_browser.store.values import Counts
from tui_browser.store.vectors import space_name

_SAMPLES = """
SELECT count(*), coalesce(sum(state = ?), 0), coalesce(sum(state = ? AND space IS NULL), 0),
    coalesce(sum(flags & 4 != 0), 0), coalesce(sum(flags & 1), 0),
    coalesce(sum(flags & 2 != 0), 0) FROM samples
"""


def counts(conn: sqlite3.Connection, path: str) -> Counts:
    """How many samples of each kind there are, and what the file weighs."""
    state = read_state(conn)
    states = (int(State.SILENT), int(State.READY))
    samples, silent, unheard, missing, favourites, heard = conn.execute(_SAMPLES, states).fetchone()
    return Counts(
        samples=samples,
        placed=_count(conn, "places WHERE layout = ?", state.layout),
        silent=silent,
        unheard=unheard,
        missing=missing,
        favourites=favourites,
        heard=heard,
        tagged=conn.execute("SELECT count(DISTINCT sample) FROM tags").fetchone()[0],
        rejects=_count(conn, "rejects"),
        roots=_count(conn, "roots"),
        encoded=_count(conn, "encodings WHERE space = ?", state.space),
        space=space_name(conn, state.space),
        layout=layout_name(conn, state.layout),
        bytes_on_disk=_size(path),
    )


def _count(conn: sqlite3.Connection, what: str, *parameters: int | None) -> int:
    number: int = conn.execute(f"SELECT count(*) FROM {what}", parameters).fetchone()[0]
    return number


def _size(path: str) -> int:
    total = 0
    for name in (path, f"{path}-wal", f"{path}-shm"):
        with contextlib.suppress(OSError):
            total += os.path.getsize(name)
    return total

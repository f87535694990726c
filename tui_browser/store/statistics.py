"""Counts for `status`: samples, flags, rejects, roots, and bytes on disk."""

from __future__ import annotations

import contextlib
import os
import sqlite3

from tui_browser.records import SampleState
from tui_browser.store.encodings import space_name
from tui_browser.store.layouts import layout_name
from tui_browser.store.records import Counts
from tui_browser.store.samples import unfinished_count
from tui_browser.store.transactions import read_state

_SAMPLES = """
SELECT count(*), coalesce(sum(state = ?), 0), coalesce(sum(state = ? AND space IS NULL), 0),
    coalesce(sum(flags & 4 != 0), 0), coalesce(sum(flags & 1), 0),
    coalesce(sum(flags & 2 != 0), 0) FROM samples
"""


def counts(conn: sqlite3.Connection, path: str) -> Counts:
    """Counts of samples, rejects and roots, and the size of the file at `path`."""
    state = read_state(conn)
    states = (int(SampleState.SILENT), int(SampleState.READY))
    samples, silent, unheard, missing, favourites, heard = conn.execute(_SAMPLES, states).fetchone()
    return Counts(
        samples=samples,
        placed=count(conn, "places WHERE layout = ?", state.layout),
        silent=silent,
        unheard=unheard,
        unfinished=unfinished_count(conn),
        missing=missing,
        favourites=favourites,
        heard=heard,
        tagged=conn.execute("SELECT count(DISTINCT sample) FROM tags").fetchone()[0],
        rejects=count(conn, "rejects"),
        roots=count(conn, "roots"),
        encoded=count(conn, "encodings WHERE space = ?", state.space),
        space=space_name(conn, state.space),
        layout=layout_name(conn, state.layout),
        bytes_on_disk=_size(path),
    )


def count(conn: sqlite3.Connection, rows: str, *parameters: int | None) -> int:
    """The number of rows in a table, or in the part of it that a WHERE clause selects."""
    number: int = conn.execute(f"SELECT count(*) FROM {rows}", parameters).fetchone()[0]
    return number


def _size(path: str) -> int:
    total = 0
    for name in (path, f"{path}-wal", f"{path}-shm"):
        with contextlib.suppress(OSError):
            total += os.path.getsize(name)
    return total

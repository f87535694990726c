"""When the packed columns are written anew: once enough rows have changed for a start to feel it."""

from __future__ import annotations

import sqlite3

import numpy as np

from tui_browser.store import column_cache
from tui_browser.store.loading import load
from tui_browser.store.transactions import read_state

SMALL = 1_000
"""So many changed rows are read beside the packs in a few milliseconds."""


def stale(conn: sqlite3.Connection, *, force: bool) -> tuple[bool, bool]:
    """Whether the catalog's columns, and whether the vectors, are worth packing."""
    state = read_state(conn)
    base, vectors = column_cache.info(conn, "ids"), column_cache.info(conn, "vectors")
    since = base.revision if base else 0
    changed = _count(conn, "samples WHERE revision > ?", since) + _count(conn, "removed WHERE revision > ?", since)
    fits = vectors is not None and vectors.belongs == state.space
    encoded = _count(conn, "samples WHERE encoded > ?", vectors.revision if vectors and fits else 0)
    limit = 0 if force else max(SMALL, (base.length // 8 if base else 0) // 20)
    return changed > limit, state.space is not None and encoded > limit


def pack(conn: sqlite3.Connection, *, catalog: bool, vectors: bool) -> None:
    """Write the catalog's columns and the vectors as they are now; call it inside a transaction."""
    state = read_state(conn)
    old = column_cache.info(conn, "ids")
    snapshot = load(conn, with_vectors=vectors, previous=None)
    revision = state.revision
    if catalog:
        for name in ("ids", "classes", "class_p", "flags", "features"):
            column_cache.write_array(conn, name, getattr(snapshot, name), revision=revision)
        column_cache.write_array(conn, "xy", snapshot.xy, revision=revision, belongs=state.layout)
        column_cache.write_array(conn, "offsets", snapshot.names.offsets, revision=revision)
        column_cache.write_bytes(conn, "names", snapshot.names.blob, revision=revision)
        # a snapshot that is older than the packs before these is read anew instead of by its delta
        kept_from = old.revision if old else 0
        conn.execute("DELETE FROM removed WHERE revision <= ?", (kept_from,))
        conn.execute("UPDATE state SET removed_from = ?", (kept_from,))
    if vectors and snapshot.vectors is not None:
        column_cache.write_array(conn, "vector_ids", snapshot.ids, revision=revision)
        column_cache.write_array(conn, "vectors", np.asarray(snapshot.vectors), revision=revision, belongs=state.space)


def _count(conn: sqlite3.Connection, what: str, revision: int) -> int:
    count: int = conn.execute(f"SELECT count(*) FROM {what}", (revision,)).fetchone()[0]
    return count

"""Whole columns into a library at once: how a library of a million made-up samples is written in a minute."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FEATURES, FloatArray, Names
from tui_browser.store import layouts, vectors
from tui_browser.store.changes import read_state

_BATCH = 50_000
_FEATURES = ", ".join(FEATURES)
_SAMPLES = f"""
INSERT INTO samples (id, path, class, class_p, {_FEATURES}, size, frames, content_hash, root, space, revision, encoded,
    mtime_ns, device, inode, sample_rate, channels, onset_s, state, note)
VALUES ({", ".join("?" * 17)}, 0, 0, 0, 44100, 1, 0.0, 0, '')
"""
assert len(FEATURES) == 6


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of N made-up samples, all of them classed, encoded and placed."""

    names: Names
    """Absolute paths, none of them in the library yet."""
    classes: NDArray[np.uint8]
    """(N,) index into CLASSES."""
    class_p: FloatArray
    """(N,)."""
    features: FloatArray
    """(N, F) columns of FEATURES."""
    vectors: FloatArray
    """(N, D) unit length."""
    xy: FloatArray
    """(N, 2) in [0, 1]."""


def batches(table: Table) -> Iterator[slice]:
    """The rows in pieces of one transaction each."""
    for start in range(0, len(table.names), _BATCH):
        yield slice(start, min(start + _BATCH, len(table.names)))


def insert(
    conn: sqlite3.Connection, table: Table, here: slice, *, root: bytes, space: str, layout: str, revision: int
) -> None:
    """Add these rows below a root; sizes and hashes are made up from the id, `z` is the vector."""
    roots = dict(conn.execute("SELECT path, id FROM roots"))
    space_id = vectors.space_id(conn, space)
    layout_id = layouts.layout_id(conn, layout, space=space, revision=revision)
    first = 1 + (conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'samples'").fetchone() or (0,))[0]
    ids = range(first, first + here.stop - here.start)
    columns = zip(
        ids, table.classes[here].tolist(), table.class_p[here].tolist(), table.features[here].tolist(), strict=True
    )
    names = (table.names[row] for row in range(here.start, here.stop))
    facts = (roots[root], space_id, revision, revision)
    conn.executemany(
        _SAMPLES,
        (
            (id_, name, class_, p, *features, 44 + 2 * id_, id_, f"{id_:032x}", *facts)
            for (id_, class_, p, features), name in zip(columns, names, strict=True)
        ),
    )
    cells = np.ascontiguousarray(table.vectors[here], dtype="<f4")
    conn.executemany(
        "INSERT INTO encodings VALUES (?, ?, ?, ?, NULL)",
        ((space_id, id_, cell := vector.tobytes(), cell) for id_, vector in zip(ids, cells, strict=True)),
    )
    conn.executemany(
        "INSERT INTO places VALUES (?, ?, ?, ?)",
        ((layout_id, id_, x, y) for id_, (x, y) in zip(ids, table.xy[here].tolist(), strict=True)),
    )
    if read_state(conn).space is None:
        vectors.show_space(conn, space)

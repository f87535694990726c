"""A new library written in one go from arrays: what a million samples are made of when no file is read.

The usual way in (`Store.put_clips`) compares every sample with what is there; a file that holds nothing yet needs
no comparing, and its indices are cheapest to build at the end.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import LibraryError
from tui_browser.records import FloatArray, SampleState
from tui_browser.store import cache_policy, layouts, opening, roots, vectors
from tui_browser.store.errors import library_errors
from tui_browser.store.transactions import change, plain

_CACHE_KB = 262_144

_SAMPLE = """
INSERT INTO samples (id, root, path, size, mtime_ns, device, inode, content_hash, sample_rate, channels, frames,
    onset_s, duration_s, brightness_hz, noisiness, pitch_hz, attack_s, loudness_db, bpm, key, state, note,
    class, class_p, flags, space, revision, encoded)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Some samples, column by column, all of the same length n."""

    paths: Sequence[bytes]
    """Absolute, below the root, none of them twice in all batches."""
    files: NDArray[np.int64]
    """(n, 4) size, mtime_ns, device, inode."""
    hashes: Sequence[str]
    sounds: NDArray[np.int64]
    """(n, 3) sample rate, channels, frames."""
    features: FloatArray
    """(n, 8) columns of `records.FEATURES`."""
    embedding: FloatArray
    """(n, D), unit length."""
    z: FloatArray
    """(n, Z)."""
    probabilities: FloatArray
    """(n, 11)."""
    xy: FloatArray
    """(n, 2) in [0, 1]."""
    flags: NDArray[np.uint8]
    """(n,) bits of `records.FAVOURITE` and `records.HEARD`."""
    tags: Mapping[int, Sequence[str]]
    """Row of this batch -> its tags."""


def write_library(
    path: str, batches: Iterable[SampleBatch], *, root: bytes, space: str, layout: str, notes: Mapping[str, str]
) -> int:
    """Write a new library file; how many samples it holds.

    One transaction a batch, so that memory is bounded by the batch; the columns are packed at the end, and only then
    the file gets its name. `notes` are small facts (see `Store.meta`). Raises LibraryError when the file exists.
    """
    if os.path.exists(path):
        raise LibraryError("a library is there already", path=path, hint="choose another file")
    part = f"{path}.part"
    for ending in ("", "-wal", "-shm"):
        if os.path.exists(part + ending):
            os.unlink(part + ending)
    opened = opening.for_writing(part)
    try:
        with library_errors(part):
            count = _fill(opened.conn, batches, root=root, space=space, layout=layout, notes=notes)
    finally:
        opened.close()
    os.replace(part, path)
    return count


def _fill(
    conn: sqlite3.Connection,
    batches: Iterable[SampleBatch],
    *,
    root: bytes,
    space: str,
    layout: str,
    notes: Mapping[str, str],
) -> int:
    indices = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'samples' AND sql IS NOT NULL"
    ).fetchall()
    conn.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    conn.execute("PRAGMA foreign_keys = OFF")
    conn.execute("PRAGMA synchronous = OFF")  # a power cut costs the .part file, nothing else
    with change(conn) as revision:
        for name, _ in indices:
            conn.execute(f"DROP INDEX {name}")
        roots.add(conn, root)
        root_id: int = conn.execute("SELECT id FROM roots WHERE path = ?", (root,)).fetchone()[0]
        space_id = vectors.space_id(conn, space)
        layout_id = layouts.layout_id(conn, layout, space=space, revision=revision)
        vectors.show_space(conn, space, revision=revision)
        conn.executemany("INSERT INTO notes VALUES (?, ?)", [(key, plain(value)) for key, value in notes.items()])
    count = 0
    for batch in batches:
        with change(conn) as revision:
            _insert(conn, batch, count + 1, root=root_id, space=space_id, layout=layout_id, revision=revision)
        count += len(batch.paths)
    with change(conn):
        for _, sql in indices:
            conn.execute(sql)
        cache_policy.pack(conn, catalog=True, vectors=True)
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return count


def _insert(
    conn: sqlite3.Connection, batch: SampleBatch, first: int, *, root: int, space: int, layout: int, revision: int
) -> None:
    ids = range(first, first + len(batch.paths))
    best = batch.probabilities.argmax(axis=1)
    p = batch.probabilities[np.arange(len(best)), best].astype(np.float64)
    columns = (
        ids, repeat(root), batch.paths, *batch.files.T.tolist(), batch.hashes, *batch.sounds.T.tolist(),
        *batch.features.T.astype(np.float64).tolist(), repeat(int(SampleState.READY)), best.tolist(), p.tolist(),
        batch.flags.tolist(), repeat(space), repeat(revision), repeat(revision),
    )  # fmt: skip
    conn.executemany(_SAMPLE, zip(*columns, strict=False))
    cells = (
        map(np.ndarray.tobytes, column.astype("<f4")) for column in (batch.embedding, batch.z, batch.probabilities)
    )
    conn.executemany("INSERT INTO encodings VALUES (?, ?, ?, ?, ?)", zip(repeat(space), ids, *cells))
    conn.executemany("INSERT INTO places VALUES (?, ?, ?, ?)", zip(repeat(layout), ids, *batch.xy.T.tolist()))
    tags = [(first + row, tag) for row, of_row in batch.tags.items() for tag in of_row]
    conn.executemany("INSERT INTO tags VALUES (?, ?)", tags)

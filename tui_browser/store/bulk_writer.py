"""Write a new library from arrays, without audio files: benchmarks need libraries of a million samples.

`Store.put_clips` looks every sample up first. A new file needs no lookups, and its indices are built last.
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
from tui_browser.store import column_cache, encodings, layouts, opening, roots
from tui_browser.store.errors import library_errors
from tui_browser.store.loading import load
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
    """Columns of n samples."""

    paths: Sequence[bytes]
    """Absolute, below the root, unique over all batches."""
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
    """Tags by row of this batch."""


def write_library(
    path: str, batches: Iterable[SampleBatch], *, root: bytes, space: str, layout: str, notes: Mapping[str, str]
) -> int:
    """Write a new library file; the number of samples in it.

    Each batch is one transaction, which bounds memory. The file gets its name last, after the columns are packed.
    `notes` are stored as by `Store.set_meta`. Raises LibraryError when the file exists.
    """
    if os.path.exists(path):
        raise LibraryError("a library exists already", path=path, hint="choose another file")
    part = f"{path}.part"
    for ending in ("", "-wal", "-shm"):
        if os.path.lexists(part + ending):
            os.unlink(part + ending)
    opened = opening.for_writing(part)
    try:
        with library_errors(part):
            count = _fill(opened, batches, root=root, space=space, layout=layout, notes=notes)
    finally:
        opened.close()
    os.replace(part, path)
    return count


def _fill(
    opened: opening.OpenedFile,
    batches: Iterable[SampleBatch],
    *,
    root: bytes,
    space: str,
    layout: str,
    notes: Mapping[str, str],
) -> int:
    conn = opened.conn
    indices = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'samples' AND sql IS NOT NULL"
    ).fetchall()
    conn.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    conn.execute("PRAGMA foreign_keys = OFF")
    conn.execute("PRAGMA synchronous = OFF")  # a power cut can only damage the .part file
    with change(conn) as revision:
        for name, _ in indices:
            conn.execute(f"DROP INDEX {name}")
        roots.add(conn, root)
        root_id: int = conn.execute("SELECT id FROM roots WHERE path = ?", (root,)).fetchone()[0]
        space_id = encodings.space_id(conn, space)
        layout_id = layouts.layout_id(conn, layout, space=space, revision=revision)
        encodings.show_space(conn, space, revision=revision)
        conn.executemany("INSERT INTO notes VALUES (?, ?)", [(key, plain(value)) for key, value in notes.items()])
    count = 0
    for batch in batches:
        opened.steps.restart()
        with change(conn) as revision:
            _insert(conn, batch, count + 1, root=root_id, space=space_id, layout=layout_id, revision=revision)
        count += len(batch.paths)
    opened.steps.restart()
    with change(conn):
        for _, sql in indices:
            conn.execute(sql)
        encodings.note_width(conn, space_id)
        column_cache.pack(conn, load(conn, with_vectors=True, previous=None), catalog=True, vectors=True)
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

"""The table `slices`: onsets, lengths and embeddings of the slices of long files, by sample and space.

All slices of a sample share one row, because they are written, read and deleted together.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.picture_part import with_width
from tui_browser.records import FileSlices, FloatArray, SampleId, Slice, SliceTable
from tui_browser.store.columns import contains
from tui_browser.store.encodings import width
from tui_browser.store.values import check_numbers

MEMORY_LIMIT_BYTES = 28 << 20
"""Larger slice tables are not kept in memory but read in parts when needed."""
_LAST = (1 << 63) - 1
_BY_SAMPLE = "FROM slices WHERE space = :space AND sample BETWEEN :first AND :last ORDER BY sample"
_CHANGED = (
    "FROM samples INDEXED BY samples_by_encoded JOIN slices ON slices.sample = samples.id "
    "WHERE encoded > :since AND slices.space = :space ORDER BY slices.sample"
)


def put(conn: sqlite3.Connection, slices: Iterable[tuple[int, FileSlices | None]], *, space: int) -> None:
    """Replace the slices of samples; None, or slices without vectors, delete them."""
    for sample, file_slices in slices:
        if file_slices is None or file_slices.vectors is None or not len(file_slices):
            conn.execute("DELETE FROM slices WHERE sample = ? AND space = ?", (sample, space))
            continue
        cells = (np.asarray(times, dtype="<f8").tobytes() for times in (file_slices.onset_s, file_slices.length_s))
        vectors = np.asarray(file_slices.vectors, dtype="<f4").tobytes()
        conn.execute(
            "INSERT OR REPLACE INTO slices (sample, space, onset_s, length_s, embedding) VALUES (?, ?, ?, ?, ?)",
            (sample, space, *cells, vectors),
        )


def of(conn: sqlite3.Connection, sample: SampleId) -> list[Slice]:
    """The slices of one sample, in order; of the library's space where several spaces have them."""
    row = conn.execute(
        "SELECT onset_s, length_s FROM slices WHERE sample = ? "
        "ORDER BY space IS (SELECT space FROM state) DESC LIMIT 1",
        (sample,),
    ).fetchone()
    if row is None:
        return []
    onsets, lengths = (np.frombuffer(cell, dtype="<f8").tolist() for cell in row)
    check_numbers((*onsets, *lengths))
    return [Slice(onset, length) for onset, length in zip(onsets, lengths, strict=True)]


def vector(conn: sqlite3.Connection, sample: SampleId, number: int, *, space: int | None) -> FloatArray | None:
    """(D,) embedding of slice `number` (from 0) in a space; None when there is no such slice."""
    row = conn.execute(
        "SELECT length(onset_s) / 8, embedding FROM slices WHERE sample = ? AND space = ?", (sample, space)
    ).fetchone()
    if row is None or not 0 <= number < row[0]:
        return None
    embedding: FloatArray = np.frombuffer(row[1], dtype="<f4").reshape(row[0], -1)[number]
    return with_width(embedding, width(conn, space) or len(embedding))


def read(conn: sqlite3.Connection, space: int | None, *, first: int = 0, last: int = _LAST) -> SliceTable:
    """All slices of a space, or those of the samples from `first` to `last`; empty for None."""
    which = {"space": space, "first": first, "last": last}
    return _read(conn, _byte_counts(conn, _BY_SAMPLE, which), _BY_SAMPLE, which)


def since(conn: sqlite3.Connection, space: int | None, revision: int) -> SliceTable:
    """The slices of files that were encoded after a revision; 0 is all of them."""
    if not revision:
        return read(conn, space)
    which = {"space": space, "since": revision}
    return _read(conn, _byte_counts(conn, _CHANGED, which), _CHANGED, which)


def count(conn: sqlite3.Connection, space: int | None) -> int:
    """The number of slices in a space."""
    row = conn.execute("SELECT coalesce(sum(length(onset_s)), 0) / 8 FROM slices WHERE space = ?", (space,)).fetchone()
    number: int = row[0]
    return number


def read_within_limit(conn: sqlite3.Connection, space: int | None) -> SliceTable | None:
    """All slices of a space; None when they exceed the memory limit."""
    which = {"space": space, "first": 0, "last": _LAST}
    counts = _byte_counts(conn, _BY_SAMPLE, which)
    return _read(conn, counts, _BY_SAMPLE, which) if counts[:, 1:].sum() <= MEMORY_LIMIT_BYTES else None


def parts(conn: sqlite3.Connection, space: int | None) -> list[tuple[int, int]]:
    """First and last sample of each part of the table; no part is much larger than the memory limit."""
    counts = _byte_counts(conn, _BY_SAMPLE, {"space": space, "first": 0, "last": _LAST})
    number = counts[:, 1:].sum(axis=1).cumsum() // MEMORY_LIMIT_BYTES
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(counts)]
    return [(int(counts[a, 0]), int(counts[b - 1, 0])) for a, b in itertools.pairwise(cuts) if b > a]


def update(
    conn: sqlite3.Connection, old: SliceTable, space: int | None, *, since: int, removed: NDArray[np.int64]
) -> SliceTable | None:
    """`old`, a table at revision `since`, brought up to date; `old` itself when nothing changed.

    `removed` are the samples removed since. None when the table exceeds the memory limit.
    """
    rows = conn.execute("SELECT id FROM samples INDEXED BY samples_by_encoded WHERE encoded > ?", (since,)).fetchall()
    encoded = np.array([row[0] for row in rows], dtype=np.int64)
    which = {"space": space, "since": since}
    counts = _byte_counts(conn, _CHANGED, which)
    kept = ~contains(np.concatenate((removed, encoded)), old.files)
    if not len(counts) and kept.all():
        return old
    unchanged = old if kept.all() else select_files(old, kept)
    old_bytes = sum(array.nbytes for array in (unchanged.onset_s, unchanged.length_s, unchanged.vectors))
    if old_bytes + counts[:, 1:].sum() > MEMORY_LIMIT_BYTES:
        return None
    return _merged(unchanged, _read(conn, counts, _CHANGED, which))


def select_files(table: SliceTable, files: NDArray[np.bool_]) -> SliceTable:
    """The slices of the files where the mask `files` (F,) is set."""
    lengths = np.diff(table.starts)
    rows = np.repeat(files, lengths)
    return SliceTable(
        table.files[files], _starts(lengths[files]), table.onset_s[rows], table.length_s[rows], table.vectors[rows]
    )


def _merged(old: SliceTable, new: SliceTable) -> SliceTable:
    """Both tables in one; no file may be in both."""
    if not len(old) or not len(new):
        return old if len(old) else new
    samples = np.concatenate((old.samples, new.samples))
    files, lengths = np.unique(samples, return_counts=True)
    onset_s = np.concatenate((old.onset_s, new.onset_s))
    length_s = np.concatenate((old.length_s, new.length_s))
    vectors = np.concatenate((old.vectors, new.vectors))
    if new.files[0] < old.files[-1]:  # otherwise the rows are in order already
        order = np.argsort(samples, kind="stable")
        onset_s, length_s, vectors = onset_s[order], length_s[order], vectors[order]
    return SliceTable(files, _starts(lengths), onset_s, length_s, vectors)


def _byte_counts(conn: sqlite3.Connection, source: str, which: dict[str, int | None]) -> NDArray[np.int64]:
    """(F, 3) sample id, bytes of times and bytes of vectors of each file; reads no blobs."""
    query = f"SELECT slices.sample, length(slices.onset_s) + length(length_s), length(embedding) {source}"
    return np.array(conn.execute(query, which).fetchall(), dtype=np.int64).reshape(-1, 3)


def _read(conn: sqlite3.Connection, counts: NDArray[np.int64], source: str, which: dict[str, int | None]) -> SliceTable:
    """The slices of these files, read into arrays allocated at full size: memory never holds them twice."""
    if not len(counts):
        no_times, no_vectors = np.empty(0), np.empty((0, 0), dtype=np.float32)
        return SliceTable(np.empty(0, dtype=np.int64), np.zeros(1, dtype=np.intp), no_times, no_times, no_vectors)
    lengths = counts[:, 1] // 16
    if (lengths <= 0).any():
        raise ValueError("a file with slices of no length")
    starts = _starts(lengths)
    onset_s, length_s = np.empty(starts[-1]), np.empty(starts[-1])
    numbers = counts[:, 2] // 4 // lengths
    shown = width(conn, which["space"]) or int(numbers.min())
    vectors = np.empty((starts[-1], shown), dtype=np.float32)
    rows = conn.execute(f"SELECT slices.onset_s, length_s, embedding {source}", which)
    for row, start, end in zip(rows, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        onset_s[start:end] = np.frombuffer(row[0], dtype="<f8")
        length_s[start:end] = np.frombuffer(row[1], dtype="<f8")
        vectors[start:end] = with_width(np.frombuffer(row[2], dtype="<f4").reshape(end - start, -1), shown)
    return SliceTable(counts[:, 0].copy(), starts, onset_s, length_s, vectors)


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.intp]:
    starts = np.zeros(len(lengths) + 1, dtype=np.intp)
    np.cumsum(lengths, out=starts[1:])
    return starts

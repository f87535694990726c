"""The hits of long files: where they lie, and what a model said of each, keyed by sample and space.

All hits of one sample are one row: they are always written, read and dropped together.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FileSlices, FloatArray, SampleId, Slice, SliceTable
from tui_browser.store.columns import contains

HELD_BYTES = 28 << 20
"""Hits that take more than this are not kept in memory, but read by parts when they are asked for."""
_LAST = (1 << 63) - 1
_THERE = "FROM slices WHERE space = :space AND sample BETWEEN :first AND :last ORDER BY sample"
_HEARD = (
    "FROM samples INDEXED BY samples_by_encoded JOIN slices ON slices.sample = samples.id "
    "WHERE encoded > :since AND slices.space = :space ORDER BY slices.sample"
)


def put(conn: sqlite3.Connection, hits: Iterable[tuple[int, FileSlices | None]], *, space: int) -> None:
    """Replace the hits of samples that have just been heard; None, and slices not heard, leave a sample without."""
    for sample, found in hits:
        if found is None or found.vectors is None or not len(found):
            conn.execute("DELETE FROM slices WHERE sample = ? AND space = ?", (sample, space))
            continue
        cells = (np.asarray(times, dtype="<f8").tobytes() for times in (found.onset_s, found.length_s))
        vectors = np.asarray(found.vectors, dtype="<f4").tobytes()
        conn.execute(
            "INSERT OR REPLACE INTO slices (sample, space, onset_s, length_s, embedding) VALUES (?, ?, ?, ?, ?)",
            (sample, space, *cells, vectors),
        )


def of(conn: sqlite3.Connection, sample: SampleId) -> list[Slice]:
    """The hits of one sample, in order; those of the library's space where several models have heard it."""
    row = conn.execute(
        "SELECT onset_s, length_s FROM slices WHERE sample = ? "
        "ORDER BY space IS (SELECT space FROM state) DESC LIMIT 1",
        (sample,),
    ).fetchone()
    if row is None:
        return []
    onsets, lengths = (np.frombuffer(cell, dtype="<f8").tolist() for cell in row)
    return [Slice(onset, length) for onset, length in zip(onsets, lengths, strict=True)]


def vector(conn: sqlite3.Connection, sample: SampleId, place: int, *, space: int | None) -> FloatArray | None:
    """(D,) what the model of a space said of one hit, 0 being the first; None where there is no such hit."""
    row = conn.execute(
        "SELECT length(onset_s) / 8, embedding FROM slices WHERE sample = ? AND space = ?", (sample, space)
    ).fetchone()
    if row is None or not 0 <= place < row[0]:
        return None
    found: FloatArray = np.frombuffer(row[1], dtype="<f4").reshape(row[0], -1)[place]
    return found


def read(conn: sqlite3.Connection, space: int | None, *, first: int = 0, last: int = _LAST) -> SliceTable:
    """All hits of a space, or those of the samples from `first` to `last`; empty for None."""
    which = {"space": space, "first": first, "last": last}
    return _read(conn, _counts(conn, _THERE, which), _THERE, which)


def read_few(conn: sqlite3.Connection, space: int | None) -> SliceTable | None:
    """All hits of a space; None where they are too many to be kept."""
    which = {"space": space, "first": 0, "last": _LAST}
    counts = _counts(conn, _THERE, which)
    return _read(conn, counts, _THERE, which) if counts[:, 1:].sum() <= HELD_BYTES else None


def parts(conn: sqlite3.Connection, space: int | None) -> list[tuple[int, int]]:
    """First and last sample of parts of all hits, none much larger than what is kept in memory."""
    counts = _counts(conn, _THERE, {"space": space, "first": 0, "last": _LAST})
    number = counts[:, 1:].sum(axis=1).cumsum() // HELD_BYTES
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(counts)]
    return [(int(counts[a, 0]), int(counts[b - 1, 0])) for a, b in itertools.pairwise(cuts) if b > a]


def renewed(
    conn: sqlite3.Connection, old: SliceTable, space: int | None, *, since: int, removed: NDArray[np.int64]
) -> SliceTable | None:
    """The hits of a space, of which `old` are those at a revision; `old` itself where none has changed.

    `removed` are the samples that went since. None where they are too many to be kept.
    """
    rows = conn.execute("SELECT id FROM samples INDEXED BY samples_by_encoded WHERE encoded > ?", (since,)).fetchall()
    heard = np.array([row[0] for row in rows], dtype=np.int64)
    which = {"space": space, "since": since}
    counts = _counts(conn, _HEARD, which)
    kept = ~contains(np.concatenate((removed, heard)), old.files)
    if not len(counts) and kept.all():
        return old
    rest = old if kept.all() else only(old, kept)
    if sum(array.nbytes for array in (rest.onset_s, rest.length_s, rest.vectors)) + counts[:, 1:].sum() > HELD_BYTES:
        return None
    return _merged(rest, _read(conn, counts, _HEARD, which))


def only(hits: SliceTable, files: NDArray[np.bool_]) -> SliceTable:
    """Those of some of the files (F,)."""
    lengths = np.diff(hits.starts)
    rows = np.repeat(files, lengths)
    return SliceTable(
        hits.files[files], _starts(lengths[files]), hits.onset_s[rows], hits.length_s[rows], hits.vectors[rows]
    )


def _merged(old: SliceTable, new: SliceTable) -> SliceTable:
    """Both in one; no file is in both."""
    if not len(old) or not len(new):
        return old if len(old) else new
    samples = np.concatenate((old.samples, new.samples))
    files, lengths = np.unique(samples, return_counts=True)
    onset_s = np.concatenate((old.onset_s, new.onset_s))
    length_s = np.concatenate((old.length_s, new.length_s))
    vectors = np.concatenate((old.vectors, new.vectors))
    if new.files[0] < old.files[-1]:  # else new files come last, and nothing moves
        order = np.argsort(samples, kind="stable")
        onset_s, length_s, vectors = onset_s[order], length_s[order], vectors[order]
    return SliceTable(files, _starts(lengths), onset_s, length_s, vectors)


def _counts(conn: sqlite3.Connection, source: str, which: dict[str, int | None]) -> NDArray[np.int64]:
    """(F, 3) of each of these files: its sample, the bytes of its times and those of its vectors; no blob is read."""
    query = f"SELECT slices.sample, length(slices.onset_s) + length(length_s), length(embedding) {source}"
    return np.array(conn.execute(query, which).fetchall(), dtype=np.int64).reshape(-1, 3)


def _read(conn: sqlite3.Connection, counts: NDArray[np.int64], source: str, which: dict[str, int | None]) -> SliceTable:
    """The hits of these files, into arrays that are as large as they will be: all of them never lie there twice."""
    if not len(counts):
        no_times, nothing = np.empty(0), np.empty((0, 0), dtype=np.float32)
        return SliceTable(np.empty(0, dtype=np.int64), np.zeros(1, dtype=np.intp), no_times, no_times, nothing)
    lengths = counts[:, 1] // 16
    starts = _starts(lengths)
    onset_s, length_s = np.empty(starts[-1]), np.empty(starts[-1])
    vectors = np.empty((starts[-1], counts[0, 2] // 4 // lengths[0]), dtype=np.float32)
    rows = conn.execute(f"SELECT slices.onset_s, length_s, embedding {source}", which)
    for row, start, end in zip(rows, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        onset_s[start:end] = np.frombuffer(row[0], dtype="<f8")
        length_s[start:end] = np.frombuffer(row[1], dtype="<f8")
        vectors[start:end] = np.frombuffer(row[2], dtype="<f4").reshape(end - start, -1)
    return SliceTable(counts[:, 0].copy(), starts, onset_s, length_s, vectors)


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.intp]:
    starts = np.zeros(len(lengths) + 1, dtype=np.intp)
    np.cumsum(lengths, out=starts[1:])
    return starts

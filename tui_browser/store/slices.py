"""The hits of long files: where they lie, and what a model said of each, keyed by sample and space.

All hits of one sample are one row: they are always written, read and dropped together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray, SampleId, Slice, Slices


@dataclass(frozen=True, slots=True, eq=False)
class AllSlices:
    """The hits of all long files in one space."""

    samples: NDArray[np.int64]
    """(S,) the sample that each lies in, ascending; those of one sample in the order of their onsets."""
    onset_s: NDArray[np.float64]
    """(S,)"""
    length_s: NDArray[np.float64]
    """(S,)"""
    vectors: FloatArray
    """(S, D) unit length; (0, 0) where there are none."""

    def __len__(self) -> int:
        return len(self.samples)


def put(conn: sqlite3.Connection, hits: Iterable[tuple[int, Slices | None]], *, space: int) -> None:
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


def read(conn: sqlite3.Connection, space: int | None) -> AllSlices:
    """All hits of a space; empty for None."""
    rows = conn.execute(
        "SELECT sample, onset_s, length_s, embedding FROM slices WHERE space = ? ORDER BY sample", (space,)
    ).fetchall()
    counts = [len(row[1]) // 8 for row in rows]
    width = next((len(row[3]) // 4 // count for row, count in zip(rows, counts, strict=True)), 0)
    whole = [b"".join(row[column] for row in rows) for column in (1, 2, 3)]
    return AllSlices(
        samples=np.repeat(np.array([row[0] for row in rows], dtype=np.int64), counts),
        onset_s=np.frombuffer(whole[0], dtype="<f8"),
        length_s=np.frombuffer(whole[1], dtype="<f8"),
        vectors=np.frombuffer(whole[2], dtype="<f4").reshape(-1, width) if rows else np.empty((0, 0), np.float32),
    )

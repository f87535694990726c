"""What models said of the sounds, keyed by sample and space, so that two models can share one library."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import UNCLASSED, FloatArray
from tui_browser.store.records import StoredEncoding


@dataclass(frozen=True, slots=True)
class EncodingTable:
    """All encodings of one space."""

    ids: NDArray[np.int64]
    """(N,) ascending."""
    embedding: FloatArray
    """(N, D)."""
    z: FloatArray
    """(N, Z)."""
    probabilities: FloatArray | None
    """(N, 11), rows of NaN where a sample has none; None when no sample has any."""


def blobs(
    embedding: FloatArray, z: FloatArray | None, probabilities: FloatArray | None
) -> tuple[bytes, bytes, bytes | None]:
    """The three columns of a row of `encodings`: little-endian float32."""
    return (
        np.asarray(embedding, dtype="<f4").tobytes(),
        b"" if z is None else np.asarray(z, dtype="<f4").tobytes(),
        None if probabilities is None else np.asarray(probabilities, dtype="<f4").tobytes(),
    )


def space_id(conn: sqlite3.Connection, space: str) -> int:
    """The number of this space, given at first use."""
    conn.execute("INSERT OR IGNORE INTO spaces (name) VALUES (?)", (space,))
    number: int = conn.execute("SELECT id FROM spaces WHERE name = ?", (space,)).fetchone()[0]
    return number


def space_name(conn: sqlite3.Connection, number: int | None) -> str:
    row = conn.execute("SELECT name FROM spaces WHERE id = ?", (number,)).fetchone()
    return row[0] if row else ""


def latent_size(conn: sqlite3.Connection, space: str) -> int:
    """Latent dimensions of the encodings of a space; 0 where there are none."""
    row = conn.execute(
        "SELECT length(z) / 4 FROM encodings WHERE space = (SELECT id FROM spaces WHERE name = ?) LIMIT 1", (space,)
    ).fetchone()
    return row[0] if row else 0


def show_space(conn: sqlite3.Connection, space: str, *, revision: int) -> None:
    """Let snapshots carry the vectors of this space from now on, and the classes that its model gave.

    A sample that the model has not heard keeps the class that another one gave it.
    """
    number = space_id(conn, space)
    conn.execute("UPDATE state SET space = ?", (number,))
    rows = conn.execute(
        "SELECT id, probabilities FROM samples JOIN encodings ON sample = id "
        "WHERE encodings.space = ?1 AND samples.space IS NOT ?1",
        (number,),
    ).fetchall()
    conn.executemany(
        "UPDATE samples SET class = ?, class_p = ?, space = ?, encoded = ?, revision = ? WHERE id = ?",
        [(*_likeliest(cell), number, revision, revision, sample) for sample, cell in rows],
    )


def _likeliest(cell: bytes | None) -> tuple[int, float]:
    return likeliest(None if cell is None else np.frombuffer(cell, dtype="<f4"))


def likeliest(probabilities: FloatArray | None) -> tuple[int, float]:
    """The class (index into CLASSES) and its probability; `UNCLASSED` and 0 for a model without classes."""
    if probabilities is None:
        return UNCLASSED, 0.0
    best = int(probabilities.argmax())
    return best, float(probabilities[best])


def heard(conn: sqlite3.Connection, space: str) -> set[int]:
    """The samples that the model of this space has heard."""
    query = "SELECT sample FROM encodings WHERE space = (SELECT id FROM spaces WHERE name = ?)"
    return {row[0] for row in conn.execute(query, (space,))}


def read(conn: sqlite3.Connection, space: str) -> EncodingTable:
    """All encodings of a space; empty for one that is unknown."""
    rows = conn.execute(
        "SELECT sample, embedding, z, probabilities FROM encodings "
        "WHERE space = (SELECT id FROM spaces WHERE name = ?) ORDER BY sample",
        (space,),
    ).fetchall()
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    probabilities = [row[3] for row in rows]
    return EncodingTable(
        ids=ids,
        embedding=stacked([row[1] for row in rows]),
        z=stacked([row[2] for row in rows]),
        probabilities=stacked(probabilities) if any(probabilities) else None,
    )


def stacked(cells: list[bytes | None]) -> FloatArray:
    """(N, D) from N cells of D float32; a row of NaN for None, and for a cell of another width than the first."""
    width = next((len(cell) for cell in cells if cell is not None), 0)
    if width == 0:
        return np.empty((len(cells), 0), dtype=np.float32)
    blank = np.full(width // 4, np.nan, dtype="<f4").tobytes()
    whole = b"".join(cell if cell is not None and len(cell) == width else blank for cell in cells)
    return np.frombuffer(whole, dtype="<f4").reshape(len(cells), width // 4)


def reuse(conn: sqlite3.Connection, hashes: Collection[str], space: str) -> dict[str, StoredEncoding]:
    """What the model of this space already said of these sounds: a copy need not be encoded again."""
    query = (
        "SELECT embedding, z, probabilities FROM samples JOIN encodings ON sample = id "
        "WHERE content_hash = ? AND encodings.space = (SELECT id FROM spaces WHERE name = ?) LIMIT 1"
    )
    found = {}
    for content in hashes:
        row = conn.execute(query, (content, space)).fetchone()
        if row:
            arrays = [None if cell is None else np.frombuffer(cell, dtype="<f4") for cell in row]
            embedding, z, probabilities = arrays
            assert embedding is not None and z is not None
            found[content] = StoredEncoding(embedding, z, probabilities)
    return found


def drop_space(conn: sqlite3.Connection, space: str) -> int:
    """Delete the encodings of a space that is not the one shown; how many there were."""
    conn.execute(
        "DELETE FROM slices WHERE space = (SELECT id FROM spaces WHERE name = ?) "
        "AND space IS NOT (SELECT space FROM state)",
        (space,),
    )
    return conn.execute(
        "DELETE FROM encodings WHERE space = (SELECT id FROM spaces WHERE name = ?) "
        "AND space IS NOT (SELECT space FROM state)",
        (space,),
    ).rowcount

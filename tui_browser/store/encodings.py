"""The tables `spaces` and `encodings`: embeddings, latents and class probabilities by sample and space.

Two models can share a library: each has its own space, and one space is shown.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.picture_part import SIZE, with_width
from tui_browser.errors import printable
from tui_browser.records import CLASSES, DRUM_CLASSES, MISSING, FloatArray, index_in_model
from tui_browser.store import class_heads
from tui_browser.store.records import StoredEncoding
from tui_browser.store.values import text_list


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
    """(N, C), rows of NaN for samples without any; None when no sample has them."""


def blobs(embedding: FloatArray, z: FloatArray, probabilities: FloatArray | None) -> tuple[bytes, bytes, bytes | None]:
    """The blob columns of `encodings`: little-endian float32."""
    return (
        np.asarray(embedding, dtype="<f4").tobytes(),
        np.asarray(z, dtype="<f4").tobytes(),
        None if probabilities is None else np.asarray(probabilities, dtype="<f4").tobytes(),
    )


def space_id(conn: sqlite3.Connection, space: str) -> int:
    """Id of this space, created on first use."""
    conn.execute("INSERT OR IGNORE INTO spaces (name) VALUES (?)", (space,))
    number: int = conn.execute("SELECT id FROM spaces WHERE name = ?", (space,)).fetchone()[0]
    return number


def space_name(conn: sqlite3.Connection, number: int | None) -> str:
    row = conn.execute("SELECT name FROM spaces WHERE id = ?", (number,)).fetchone()
    return row[0] if row else ""


def class_names(conn: sqlite3.Connection) -> tuple[str, ...]:
    """Names of the classes of the library's model, in the order of their indices; empty for a model without classes."""
    row = conn.execute("SELECT value FROM notes WHERE key = 'classes'").fetchone()
    return DRUM_CLASSES if row is None else tuple(map(printable, text_list(row[0])))


def shown_class_columns(conn: sqlite3.Connection) -> str:
    """SQL for class and probability of a sample: the user's class where the library's model has it."""
    names = class_names(conn)
    indices = ((i, index_in_model(names, name)) for i, name in enumerate(CLASSES))
    own = {i: index for i, index in indices if index is not None}
    if not own:
        return "class, class_p"
    cases = " ".join(f"WHEN {i} THEN {index}" for i, index in own.items())
    corrected = f"CASE corrected_class {cases} ELSE class END"
    known = ", ".join(map(str, own))
    return f"iif(corrected_class IS NULL, class, {corrected}), iif(corrected_class IN ({known}), 1.0, class_p)"


def latent_size(conn: sqlite3.Connection, space: str) -> int:
    """Latent dimensions of a space; 0 when it has no encodings."""
    row = conn.execute(
        "SELECT length(z) / 4 FROM encodings WHERE space = (SELECT id FROM spaces WHERE name = ?) LIMIT 1", (space,)
    ).fetchone()
    return row[0] if row else 0


def show_space(conn: sqlite3.Connection, space: str, *, revision: int) -> None:
    """Use the vectors and classes of this space in snapshots from now on.

    A sample without an encoding in this space keeps its class from another.
    """
    number = space_id(conn, space)
    conn.execute("UPDATE state SET space = ?", (number,))
    rows = conn.execute(
        "SELECT id, embedding, probabilities FROM samples JOIN encodings ON sample = id "
        "WHERE encodings.space = ?1 AND samples.space IS NOT ?1",
        (number,),
    ).fetchall()
    best = class_heads.likeliest([row[1:] for row in rows], class_heads.read(conn, space))
    conn.executemany(
        "UPDATE samples SET class = ?, class_p = ?, space = ?, encoded = ?, revision = ? WHERE id = ?",
        [(*columns, number, revision, revision, row[0]) for row, columns in zip(rows, best, strict=True)],
    )
    note_width(conn, number)


def encoded_samples(conn: sqlite3.Connection, space: str) -> set[int]:
    """Ids of the samples with an encoding in this space."""
    query = "SELECT sample FROM encodings WHERE space = (SELECT id FROM spaces WHERE name = ?)"
    return {row[0] for row in conn.execute(query, (space,))}


def read(conn: sqlite3.Connection, space: str) -> EncodingTable:
    """All encodings of a space; empty for an unknown space."""
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


def width(conn: sqlite3.Connection, space: int | None) -> int:
    """Numbers in the vectors of a space, as snapshots show them; 0 where that is not noted: as they are stored."""
    row = conn.execute("SELECT value FROM notes WHERE key = 'width@' || ?", (space,)).fetchone()
    return int(row[0]) if row is not None and row[0].isdecimal() else 0


def note_width(conn: sqlite3.Connection, space: int) -> None:
    """Note the numbers in the vectors of a space that was filled just now."""
    narrowest = conn.execute("SELECT min(length(embedding)) / 4 FROM encodings WHERE space = ?", (space,)).fetchone()
    if narrowest[0] is not None and not width(conn, space):
        conn.execute("INSERT OR REPLACE INTO notes VALUES ('width@' || ?, ?)", (space, str(narrowest[0])))


def narrow_samples(conn: sqlite3.Connection, space: str, wanted: int) -> set[int]:
    """Ids of the samples whose vectors have fewer numbers than the model now gives; empty once the space has these."""
    number = space_id_of(conn, space)
    if number is None or width(conn, number) == wanted:
        return set()
    query = "SELECT sample FROM encodings WHERE space = ? AND length(embedding) < ?"
    return {row[0] for row in conn.execute(query, (number, 4 * wanted))}


def widen(conn: sqlite3.Connection, space: str, wanted: int, *, revision: int) -> bool:
    """Show vectors of `wanted` numbers from now on, once no present sample lacks one; whether that begins now."""
    number = space_id_of(conn, space)
    query = (
        "SELECT 1 FROM encodings JOIN samples ON sample = id "
        "WHERE encodings.space = ? AND length(embedding) < ? AND flags & ? = 0 LIMIT 1"
    )
    if number is None or width(conn, number) == wanted:
        return False
    if conn.execute(query, (number, 4 * wanted, MISSING)).fetchone():
        return False
    conn.execute("INSERT OR REPLACE INTO notes VALUES ('width@' || ?, ?)", (number, str(wanted)))
    conn.execute("UPDATE samples SET encoded = ? WHERE space = ?", (revision, number))
    return True


def space_id_of(conn: sqlite3.Connection, space: str) -> int | None:
    row = conn.execute("SELECT id FROM spaces WHERE name = ?", (space,)).fetchone()
    return None if row is None else int(row[0])


def since(conn: sqlite3.Connection, space: int | None, revision: int) -> tuple[NDArray[np.int64], FloatArray]:
    """Ids (N,), ascending, and vectors (N, D) of what was encoded after a revision; 0 is everything."""
    table = "samples INDEXED BY samples_by_encoded" if revision else "samples"
    rows = conn.execute(
        f"SELECT id, embedding FROM {table} JOIN encodings ON encodings.space = ? AND sample = id "
        + ("WHERE encoded > ? ORDER BY id" if revision else "WHERE ? = 0 ORDER BY id"),
        (space, revision),
    ).fetchall()
    shown = width(conn, space)
    return np.array([row[0] for row in rows], dtype=np.int64), stacked([row[1] for row in rows], width=shown)


def some(conn: sqlite3.Connection, space: int | None, ids: Iterable[int]) -> dict[int, FloatArray]:
    """The vectors (D,) of some samples, by id."""
    query = "SELECT embedding FROM encodings WHERE space = ? AND sample = ?"
    rows = ((sample, conn.execute(query, (space, sample)).fetchone()) for sample in ids)
    shown = width(conn, space)
    vectors = {sample: np.frombuffer(row[0], dtype="<f4") for sample, row in rows if row is not None}
    return {sample: with_width(vector, shown or len(vector)) for sample, vector in vectors.items()}


def stacked(cells: list[bytes | None], *, width: int = 0) -> FloatArray:
    """(N, D) from N cells of float32; rows of NaN for None and for cells of another width.

    Vectors with and without a picture part are brought to `width`; to the narrowest of the cells where that is 0.
    """
    sizes = {len(cell) for cell in cells if cell is not None}
    if any(size % 4 for size in sizes):
        raise ValueError("a vector that is no array of numbers")
    if not sizes or max(sizes) == 0:
        return np.empty((len(cells), 0), dtype=np.float32)
    numbers = width or _narrowest(cells, sizes)
    size = 4 * numbers
    blank = np.full(numbers, np.nan, dtype="<f4").tobytes()
    if sizes == {size}:
        whole = b"".join(blank if cell is None else cell for cell in cells)
    else:
        whole = b"".join(blank if cell is None else _fitted(cell, size) for cell in cells)
    return np.frombuffer(whole, dtype="<f4").reshape(len(cells), numbers)


def _narrowest(cells: list[bytes | None], sizes: set[int]) -> int:
    first = next(len(cell) for cell in cells if cell is not None)
    return (first - 4 * SIZE if first - 4 * SIZE in sizes else first) // 4


def _fitted(cell: bytes, size: int) -> bytes:
    if len(cell) == size:
        return cell
    return with_width(np.frombuffer(cell, dtype="<f4"), size // 4).astype("<f4").tobytes()


def reuse(conn: sqlite3.Connection, hashes: Collection[str], space: str) -> dict[str, StoredEncoding]:
    """Stored encodings in this space by content hash."""
    query = (
        "SELECT embedding, z, probabilities FROM samples JOIN encodings ON sample = id "
        "WHERE content_hash = ? AND encodings.space = (SELECT id FROM spaces WHERE name = ?) LIMIT 1"
    )
    stored = {}
    for content in hashes:
        row = conn.execute(query, (content, space)).fetchone()
        if row:
            arrays = [None if cell is None else np.frombuffer(cell, dtype="<f4") for cell in row]
            embedding, z, probabilities = arrays
            assert embedding is not None and z is not None
            stored[content] = StoredEncoding(embedding, z, probabilities)
    return stored


def drop_space(conn: sqlite3.Connection, space: str) -> int:
    """Delete the encodings of a space unless it is shown; the number deleted."""
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

"""Column cache: the arrays of a snapshot stored as blobs, so that a start need not read a million rows.

Each packed column carries the revision at which it was written; rows that changed later are read from the tables.
Packed together are the columns that share the order of `ids`; `vectors` have `vector_ids` of their own, and `xy` is
written again whenever another layout is shown.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import Snapshot
from tui_browser.store.transactions import read_state

PART_BYTES = 32 << 20
"""Longest blob that a column is cut into."""
FEW_CHANGES = 1_000
"""Reading this many changed rows beside the packed columns takes a few milliseconds."""


@dataclass(frozen=True, slots=True)
class PackedColumn:
    """Description of a packed column, known without reading its data."""

    revision: int
    belongs: int | None
    """Id of the layout or space that the values belong to."""
    length: int
    """In bytes."""
    width: int
    """Values per row; 0 for a one-dimensional column or plain bytes."""


def info(conn: sqlite3.Connection, name: str) -> PackedColumn | None:
    row = conn.execute("SELECT revision, belongs, length, width FROM packs WHERE name = ?", (name,)).fetchone()
    return PackedColumn(*row) if row else None


def write_array(
    conn: sqlite3.Connection, name: str, array: NDArray[Any], *, revision: int, belongs: int | None = None
) -> None:
    """Replace a packed column with an array, (N,) or (N, width), stored little-endian."""
    flat = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    width = flat.shape[1] if flat.ndim == 2 else 0
    write_bytes(conn, name, flat.reshape(-1).view(np.uint8).data, revision=revision, belongs=belongs, width=width)


def write_bytes(
    conn: sqlite3.Connection,
    name: str,
    data: memoryview | bytes,
    *,
    revision: int,
    belongs: int | None = None,
    width: int = 0,
) -> None:
    """Replace a packed column with these bytes."""
    view = memoryview(data)
    drop(conn, name)
    conn.execute("INSERT INTO packs VALUES (?, ?, ?, ?, ?)", (name, revision, belongs, len(view), width))
    for part, start in enumerate(range(0, len(view), PART_BYTES)):
        piece = view[start : start + PART_BYTES]
        conn.execute("INSERT INTO pack_parts (pack, part, data) VALUES (?, ?, ?)", (name, part, piece))


def drop(conn: sqlite3.Connection, name: str) -> None:
    conn.execute("DELETE FROM pack_parts WHERE pack = ?", (name,))
    conn.execute("DELETE FROM packs WHERE name = ?", (name,))


def read_array(conn: sqlite3.Connection, name: str, dtype: np.dtype[Any]) -> NDArray[Any] | None:
    """A packed column as a read-only array; None when it is not packed."""
    pack = info(conn, name)
    if pack is None:
        return None
    parts = _parts(conn, name, pack.length)
    if len(parts) == 1:
        whole = np.frombuffer(_read(conn, parts[0]), dtype=np.uint8)
    else:
        whole = np.empty(pack.length, dtype=np.uint8)
        filled = 0
        for part in parts:
            piece = np.frombuffer(_read(conn, part), dtype=np.uint8)
            whole[filled : filled + len(piece)] = piece
            filled += len(piece)
        whole.setflags(write=False)
    column = whole.view(dtype)
    return column.reshape(-1, pack.width) if pack.width else column


def read_bytes(conn: sqlite3.Connection, name: str) -> bytes:
    """A packed column of bytes; empty when it is not packed."""
    pack = info(conn, name)
    parts = _parts(conn, name, pack.length if pack is not None else 0)
    return _read(conn, parts[0]) if len(parts) == 1 else b"".join(_read(conn, part) for part in parts)


def _parts(conn: sqlite3.Connection, name: str, length: int) -> list[int]:
    """Ids of the blobs of a column of `length` bytes; raises ValueError before memory is taken for other blobs."""
    rows = conn.execute("SELECT id, length(data) FROM pack_parts WHERE pack = ? ORDER BY part", (name,)).fetchall()
    if sum(size for _, size in rows) != length or any(size > PART_BYTES for _, size in rows):
        raise ValueError(f"the column {name} has another length than it says")
    return [part for part, _ in rows]


def _read(conn: sqlite3.Connection, part: int) -> bytes:
    with conn.blobopen("pack_parts", "data", part, readonly=True) as blob:
        return blob.read()


def needs_packing(conn: sqlite3.Connection, *, force: bool) -> tuple[bool, bool]:
    """Whether so many rows changed that the catalog's columns, and the vectors, should be packed again."""
    state = read_state(conn)
    ids, vectors = info(conn, "ids"), info(conn, "vectors")
    since = ids.revision if ids else 0
    changed = _count(conn, "samples WHERE revision > ?", since) + _count(conn, "removed WHERE revision > ?", since)
    same_space = vectors is not None and vectors.belongs == state.space
    encoded = _count(conn, "samples WHERE encoded > ?", vectors.revision if vectors and same_space else 0)
    limit = 0 if force else max(FEW_CHANGES, (ids.length // 8 if ids else 0) // 20)
    return changed > limit, state.space is not None and encoded > limit


def pack(conn: sqlite3.Connection, snapshot: Snapshot, *, catalog: bool, vectors: bool) -> None:
    """Write the catalog's columns, the vectors, or both, from a snapshot loaded in the caller's transaction."""
    state = read_state(conn)
    revision = state.revision
    if catalog:
        previous = info(conn, "ids")
        for name in ("ids", "classes", "class_p", "flags", "features"):
            write_array(conn, name, getattr(snapshot, name), revision=revision)
        write_array(conn, "xy", snapshot.xy, revision=revision, belongs=state.layout)
        write_array(conn, "offsets", snapshot.names.offsets, revision=revision)
        write_bytes(conn, "names", snapshot.names.blob, revision=revision)
        # Removals older than the previous pack are dropped; a snapshot from before it is then loaded in full.
        kept_from = previous.revision if previous else 0
        conn.execute("DELETE FROM removed WHERE revision <= ?", (kept_from,))
        conn.execute("UPDATE state SET removed_from = ?", (kept_from,))
    if vectors and snapshot.vectors is not None:
        write_array(conn, "vector_ids", snapshot.ids, revision=revision)
        write_array(conn, "vectors", np.asarray(snapshot.vectors), revision=revision, belongs=state.space)


def _count(conn: sqlite3.Connection, rows: str, revision: int) -> int:
    count: int = conn.execute(f"SELECT count(*) FROM {rows}", (revision,)).fetchone()[0]
    return count

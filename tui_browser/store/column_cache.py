"""Packed columns: whole arrays as blobs, read in one go where a million rows would cost seconds.

A pack says up to which revision it holds; what changed since is read from the rows. The columns of the catalog
(`ids` and what is aligned with it) are packed together, `vectors` with ids of their own, `xy` anew whenever another
layout is shown.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PART_BYTES = 32 << 20
"""Longest blob that a column is cut into."""


@dataclass(frozen=True, slots=True)
class PackedColumn:
    """What is known of a packed column without reading it."""

    revision: int
    belongs: int | None
    """The layout or space whose numbers these are."""
    length: int
    """In bytes."""
    width: int
    """Numbers a row; 0 for a column of single numbers or of bytes."""


def info(conn: sqlite3.Connection, name: str) -> PackedColumn | None:
    row = conn.execute("SELECT revision, belongs, length, width FROM packs WHERE name = ?", (name,)).fetchone()
    return PackedColumn(*row) if row else None


def write_array(
    conn: sqlite3.Connection, name: str, array: NDArray[Any], *, revision: int, belongs: int | None = None
) -> None:
    """Replace a packed column by this array, (N,) or (N, width), little-endian."""
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
    """Replace a packed column by these bytes."""
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
    """A packed column as a read-only array, or None where there is none."""
    pack = info(conn, name)
    if pack is None:
        return None
    parts = _parts(conn, name)
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
    """A packed column of bytes; empty where there is none."""
    parts = _parts(conn, name)
    return _read(conn, parts[0]) if len(parts) == 1 else b"".join(_read(conn, part) for part in parts)


def _parts(conn: sqlite3.Connection, name: str) -> list[int]:
    return [row[0] for row in conn.execute("SELECT id FROM pack_parts WHERE pack = ? ORDER BY part", (name,))]


def _read(conn: sqlite3.Connection, part: int) -> bytes:
    with conn.blobopen("pack_parts", "data", part, readonly=True) as blob:
        return blob.read()

"""Read what can be read of a damaged library's tables.

A damaged page ends a scan. Then the table is read from its other end, and what lies between is asked for key by key:
each question takes its own way down the tree of pages, so that only the rows on damaged pages are lost.
"""

from __future__ import annotations

import ast
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tui_browser.store import schema

DERIVED = frozenset({"packs", "pack_parts"})
"""Tables that are made again from others."""
_MOST_PROBES = 4_000_000
_HEX_STARTS = tuple(f"{number:03x}" for number in range(4096))
_TYPES: Mapping[str, tuple[type, ...]] = {"INTEGER": (int,), "REAL": (float, int), "TEXT": (str,), "BLOB": (bytes,)}

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as this program makes it."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    needed: tuple[bool, ...]
    """Whether a column may not be empty."""
    key: tuple[str, ...]
    defaults: tuple[Any, ...]
    """Of columns that a row may lack, because it is older than they are; else None."""
    added: int = 0
    """How many columns a row may lack."""

    @property
    def key_places(self) -> tuple[int, ...]:
        return tuple(self.columns.index(name) for name in self.key)


@dataclass(slots=True)
class SalvagedTable:
    """The rows that could be read."""

    shape: TableShape
    rows: dict[Row, Row] = field(default_factory=dict)
    """By key."""
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Salvage:
    """What could be read of a damaged file."""

    version: int
    tables: dict[str, SalvagedTable]
    paths: dict[int, bytes]
    """By sample, from where they stand a second time: the index of paths and the packed columns."""
    flags: dict[int, int]
    """By sample, from the packed columns."""
    last_id: int
    """The highest id that a sample ever had; 0 if that is not known."""


def table_shapes(version: int) -> list[TableShape]:
    """All tables of a library of this schema version."""
    first_width: dict[str, int] = {}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        for step in schema.MIGRATIONS[:version]:
            step(conn)
            for name in _table_names(conn):
                first_width.setdefault(name, len(_columns(conn, name)))
        return [_shape(conn, name, first_width[name]) for name in _table_names(conn)]


def _table_names(conn: sqlite3.Connection) -> list[str]:
    rows = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall()
    return [name for (name,) in rows if not name.startswith("sqlite_")]


def _columns(conn: sqlite3.Connection, name: str) -> list[Any]:
    return conn.execute(f"PRAGMA table_info({name})").fetchall()


def _shape(conn: sqlite3.Connection, name: str, first_width: int) -> TableShape:
    columns = _columns(conn, name)
    key = [row[1] for row in sorted(columns, key=lambda row: row[5]) if row[5]]
    return TableShape(
        name,
        columns=tuple(row[1] for row in columns),
        types=tuple(str(row[2]).upper() for row in columns),
        needed=tuple(bool(row[3] or row[5]) for row in columns),
        key=tuple(key),
        defaults=tuple(None if row[4] is None else ast.literal_eval(row[4]) for row in columns),
        added=len(columns) - first_width,
    )


def read_table(conn: sqlite3.Connection, shape: TableShape, *, ids: Iterable[int] = ()) -> SalvagedTable:
    """The rows of a table that can be read; `ids` are samples that rows of a damaged table may belong to."""
    table = SalvagedTable(shape)
    query = f"SELECT {', '.join(map(_quoted, shape.columns))} FROM {shape.name} NOT INDEXED"
    order = ", ".join(map(_quoted, shape.key))
    if _add(table, _until_damage(conn, f"{query} ORDER BY {order}")):
        return table
    table.complete = False
    upward = {key[0] for key in table.rows}
    backwards = ", ".join(f"{_quoted(name)} DESC" for name in shape.key)
    _add(table, _until_damage(conn, f"{query} ORDER BY {backwards}"))
    first = shape.types[shape.key_places[0]]
    if first == "INTEGER":
        downward = {key[0] for key in table.rows} - upward
        for number in _between(upward, downward, ids):
            _add(table, _until_damage(conn, f"{query} WHERE {_quoted(shape.key[0])} = ?", number))
    elif first == "TEXT":
        for start in _HEX_STARTS:
            _add(
                table,
                _until_damage(conn, f"{query} WHERE {_quoted(shape.key[0])} >= ? ORDER BY {order} LIMIT 4096", start),
            )
    return table


def _between(upward: set[int], downward: set[int], ids: Iterable[int]) -> Iterator[int]:
    """The keys that the scans from both ends did not reach."""
    low = max(upward, default=0)
    high = min(downward, default=max((*upward, *ids), default=0) + 10_000)
    wanted = {number for number in ids if low <= number <= high}
    yield from sorted(wanted) if wanted else range(low, min(high, low + _MOST_PROBES) + 1)


def _add(table: SalvagedTable, rows: Iterator[Row | None]) -> bool:
    """Add the readable rows; whether all were read."""
    places = table.shape.key_places
    for row in rows:
        if row is None:
            return False
        kept = cleaned(table.shape, row)
        if kept is not None:
            table.rows.setdefault(tuple(kept[place] for place in places), kept)
        else:
            table.complete = False
    return True


def _until_damage(conn: sqlite3.Connection, query: str, *parameters: Any) -> Iterator[Row | None]:
    """The rows of a query, and None where it meets damage."""
    try:
        cursor = conn.execute(query, parameters)
        while (row := cursor.fetchone()) is not None:
            yield row
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        yield None


def cleaned(shape: TableShape, row: Sequence[Any]) -> Row | None:
    """The row without values that its columns cannot hold; None where it cannot do without them."""
    cells = []
    for cell, kind, needed in zip(row, shape.types, shape.needed, strict=True):
        if cell is None or (type(cell) in _TYPES.get(kind, (object,)) and (kind != "REAL" or math.isfinite(cell))):
            cells.append(cell)
        elif needed:
            return None
        else:
            cells.append(None)
    return (
        None if any(cell is None and needed for cell, needed in zip(cells, shape.needed, strict=True)) else tuple(cells)
    )


def _quoted(name: str) -> str:
    return f'"{name}"'

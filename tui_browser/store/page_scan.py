"""Rows of a library whose first page is damaged: every leaf of every table's tree says by itself what it holds.

Source: https://www.sqlite.org/fileformat2.html. A leaf does not name its table. It is told by the number and the kinds
of its cells; a table without row numbers stores the columns of its key first. Pages that SQLite has put aside as free
are left out while their list can be read. Libraries of this version only: older ones have other columns.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tui_browser.store import schema
from tui_browser.store.salvage import DERIVED, Row, SalvagedTable, TableShape, cleaned, table_shapes

_TABLE_LEAF, _KEY_LEAF, _KEY_BRANCH = 13, 10, 2
"""Kinds of pages that hold rows."""
_MOST_CELL_BYTES = 64 << 20
_LEFT_OUT = DERIVED | {"removed", "state", "unseen"}
_CELL_OF: Mapping[str, type] = {"INTEGER": int, "REAL": float, "TEXT": str, "BLOB": bytes}


@dataclass(slots=True)
class ScannedPages:
    """What stands on the pages of a library of this version."""

    tables: dict[str, SalvagedTable] = field(default_factory=dict)
    paths: dict[int, bytes] = field(default_factory=dict)
    """By sample, from the index of paths: they are more than those of the rows."""
    last_id: int = 0
    """The highest id that a sample ever had."""


def scan_pages(path: str) -> ScannedPages:
    """Read the library file at `path` page by page."""
    shapes = [shape for shape in table_shapes(schema.VERSION) if shape.name not in _LEFT_OUT]
    scanned = ScannedPages({shape.name: SalvagedTable(shape, complete=False) for shape in shapes})
    short: list[tuple[int, Any]] = []
    with open(path, "rb") as file:
        pages = _Pages(file.fileno(), os.fstat(file.fileno()).st_size, _journal(f"{path}-wal"))
        free = pages.free()
        for number in range(1, pages.count + 1):
            for row_number, cells in pages.rows(number) if number not in free else ():
                if row_number is not None and len(cells) == 2 and cells[0] is None:
                    short.append((row_number, cells[1]))
                elif row_number is not None and cells[0] == "samples" and len(cells) == 2:
                    scanned.last_id = max(scanned.last_id, int(cells[1]))
                elif len(cells) == 2 and _is_path(cells[0]) and type(cells[1]) is int:
                    scanned.paths[cells[1]] = cells[0]
                else:
                    _add(scanned.tables, row_number, cells)
    _tell_apart(scanned.tables, short)
    return scanned


def _add(tables: Mapping[str, SalvagedTable], number: int | None, cells: Sequence[Any]) -> None:
    for table in tables.values():
        row = _row_of(table.shape, number, cells)
        if row is not None:
            table.rows[tuple(row[place] for place in table.shape.key_places)] = row


def _row_of(shape: TableShape, number: int | None, cells: Sequence[Any]) -> Row | None:
    """The cells as a row of this table, or None if they cannot be one."""
    by_number = len(shape.key) == 1 and shape.types[shape.key_places[0]] == "INTEGER"
    if by_number != (number is not None) or not len(shape.columns) - shape.added <= len(cells) <= len(shape.columns):
        return None
    columns = range(len(shape.columns))
    order = columns if by_number else [*shape.key_places, *(at for at in columns if at not in shape.key_places)]
    row: list[Any] = list(shape.defaults)
    for at, cell in zip(order, cells, strict=False):
        row[at] = float(cell) if shape.types[at] == "REAL" and type(cell) is int else cell
    if by_number:
        if cells[shape.key_places[0]] is not None:  # SQLite stores it as the row's number alone
            return None
        row[shape.key_places[0]] = number
    path = row[shape.columns.index("path")] if "path" in shape.columns else b""
    if any(cell is not None and type(cell) is not _CELL_OF[kind] for cell, kind in zip(row, shape.types, strict=True)):
        return None
    return cleaned(shape, row) if path is None or path == b"" or path.startswith(b"/") else None


def _tell_apart(tables: Mapping[str, SalvagedTable], short: Sequence[tuple[int, Any]]) -> None:
    """Rows of a number and one cell, which four tables have: told by what they refer to."""
    samples = tables["samples"].rows
    spaces = {row[2] for row in tables["layouts"].rows.values()}
    spaces |= {value for key, value in tables["notes"].rows.values() if key == "space"}
    for number, cell in short:
        if _is_path(cell):
            tables["roots"].rows[number,] = (number, cell)
        elif cell in spaces:
            tables["spaces"].rows[number,] = (number, cell)
        elif type(cell) is str and (number,) in samples:
            tables["sample_notes"].rows[number,] = (number, cell)
        elif cell in (1, 2, 3, 4, 5) and (number,) in samples:
            tables["ratings"].rows[number,] = (number, cell)


def _is_path(cell: Any) -> bool:
    return type(cell) is bytes and cell.startswith(b"/") and b"\0" not in cell


def _journal(path: str) -> dict[int, bytes]:
    """Pages of the last complete transaction in a write-ahead log, by number."""
    pages: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    with suppress(OSError, struct.error), open(path, "rb") as file:
        head = file.read(32)
        size = int.from_bytes(head[8:12], "big")
        while len(frame := file.read(24 + size)) == 24 + size and size and frame[8:16] == head[16:24]:
            number, commit = struct.unpack(">II", frame[:8])
            pending[number] = frame[24:]
            if commit:
                pages.update(pending)
                pending = {}
    return pages


class _Pages:
    """The pages of a database file, numbered from 1."""

    def __init__(self, fd: int, length: int, journal: Mapping[int, bytes]) -> None:
        self._fd = fd
        self._journal = journal
        self.size = schema.PAGE_SIZE
        self.count = max(length // self.size, *journal, 1)

    def page(self, number: int) -> bytes:
        page = self._journal.get(number)
        return os.pread(self._fd, self.size, (number - 1) * self.size) if page is None else page

    def free(self) -> set[int]:
        """Pages that hold nothing any more, as far as their list can be followed."""
        head = self.page(1)[:40]
        free: set[int] = set()
        if head[:16] != b"SQLite format 3\0" or len(head) < 40:
            return free
        trunk = int.from_bytes(head[32:36], "big")
        while 1 < trunk <= self.count and trunk not in free:
            free.add(trunk)
            page = self.page(trunk)
            trunk, leaves = struct.unpack(">II", page[:8])
            leaves = min(leaves, self.size // 4 - 2)
            free.update(struct.unpack(f">{leaves}I", page[8 : 8 + 4 * leaves]))
        return free

    def rows(self, number: int) -> Iterator[tuple[int | None, list[Any]]]:
        """Row number (None in a tree of keys) and cells of each readable row of a page."""
        page = self.page(number)
        start = 100 if number == 1 else 0
        if len(page) < self.size or page[start] not in (_TABLE_LEAF, _KEY_LEAF, _KEY_BRANCH):
            return
        kind = page[start]
        first, skipped = (12, 4) if kind == _KEY_BRANCH else (8, 0)  # a branch names the page below before each row
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        for at in range(count):
            pointer = start + first + 2 * at
            place = int.from_bytes(page[pointer : pointer + 2], "big") + skipped
            with suppress(ValueError, IndexError, struct.error):
                yield self._row(page, place, numbered=kind == _TABLE_LEAF)

    def _row(self, page: bytes, at: int, *, numbered: bool) -> tuple[int | None, list[Any]]:
        length, at = _varint(page, at)
        number: int | None = None
        if numbered:
            number, at = _varint(page, at)
        if length > _MOST_CELL_BYTES:
            raise ValueError("longer than any row")
        return number, _cells(self._payload(page, at, length, numbered=numbered))

    def _payload(self, page: bytes, at: int, length: int, *, numbered: bool) -> bytes:
        """The bytes of a row, those on overflow pages included."""
        usable = self.size
        most = usable - 35 if numbered else (usable - 12) * 64 // 255 - 23
        if length <= most:
            local = length
        else:
            least = (usable - 12) * 32 // 255 - 23
            local = least + (length - least) % (usable - 4)
            local = least if local > most else local
        parts = [page[at : at + local]]
        missing = length - local
        following = int.from_bytes(page[at + local : at + local + 4], "big") if missing else 0
        seen: set[int] = set()
        while missing > 0:
            if not 1 < following <= self.count or following in seen:
                raise ValueError("an overflow page is not there")
            seen.add(following)
            overflow = self.page(following)
            parts.append(overflow[4 : 4 + min(missing, usable - 4)])
            missing -= usable - 4
            following = int.from_bytes(overflow[:4], "big")
        payload = b"".join(parts)
        if len(payload) != length:
            raise ValueError("the row ends behind its page")
        return payload


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where the next one starts."""
    value = 0
    for place in range(9):
        byte = raw[at + place]
        if place == 8:
            return _signed(value << 8 | byte), at + 9
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at + place + 1
    raise ValueError("no number")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _cells(payload: bytes) -> list[Any]:
    length, at = _varint(payload, 0)
    kinds = []
    while at < length:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != length or not kinds:
        raise ValueError("no header of a row")
    cells = []
    for kind in kinds:
        cell, at = _cell(payload, at, kind)
        cells.append(cell)
    return cells


def _cell(payload: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in (0, 8, 9):
        return (None, 0, 1)[(0, 8, 9).index(kind)], at
    if kind in (1, 2, 3, 4, 5, 6):
        width = (1, 2, 3, 4, 6, 8)[kind - 1]
        return int.from_bytes(payload[at : at + width], "big", signed=True), at + width
    if kind == 7:
        return struct.unpack(">d", payload[at : at + 8])[0], at + 8
    if kind < 12:
        raise ValueError("a kind that no cell has")
    width = (kind - 12) // 2
    raw = payload[at : at + width]
    if len(raw) != width:
        raise ValueError("a cell ends behind its row")
    return (raw if kind % 2 == 0 else raw.decode("utf-8")), at + width

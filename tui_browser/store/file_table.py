"""Reads `FileColumns`, which snapshots leave out: most queries ask nothing of files, and a start must stay quick."""

from __future__ import annotations

import sqlite3

import numpy as np

from tui_browser.search.file_columns import FileColumns
from tui_browser.store import file_facts
from tui_browser.store.copies import COPIES
from tui_browser.store.values import checked_path

_ROWS = np.dtype([("id", "i8"), ("size", "i8"), ("changed", "i8"), ("rate", "f8"), ("channels", "f8"), ("root", "i8")])


def read(conn: sqlite3.Connection) -> FileColumns:
    """The columns of all samples, as of the caller's transaction."""
    rows = conn.execute("SELECT id, size, mtime_ns, sample_rate, channels, root FROM samples ORDER BY id")
    try:
        table = np.fromiter(rows, dtype=_ROWS)
    except (TypeError, OverflowError) as error:
        raise ValueError("a number of a file that is none") from error
    ids = np.ascontiguousarray(table["id"])
    found = conn.execute("SELECT id, path FROM roots ORDER BY id").fetchall()
    numbers = np.array([number for number, _ in found], dtype=np.int64)
    roots = tuple(checked_path(path) for _, path in found)
    copies = np.zeros(len(ids), dtype=np.bool_)
    copied = np.fromiter((row[0] for row in conn.execute(COPIES)), dtype=np.int64)
    copies[np.searchsorted(ids, copied)] = True
    bits, width, added = file_facts.read(conn, ids)
    columns = FileColumns(
        ids=ids,
        size=table["size"].astype(np.float64),
        rate=_known(table["rate"]),
        channels=_known(table["channels"]),
        changed=np.where(table["changed"] > 0, table["changed"] / 1e9, np.nan),
        root=_places(table["root"], numbers),
        roots=roots,
        copies=copies,
        bits=bits,
        width=np.where(np.isnan(width) & (table["channels"] == 1), np.float32(0.0), width),
        added=added,
    )
    for array in (
        columns.ids, columns.size, columns.rate, columns.channels, columns.changed, columns.root, copies, columns.bits,
        columns.width, columns.added,
    ):  # fmt: skip
        array.setflags(write=False)
    return columns


def _known(column: np.ndarray) -> np.ndarray:
    """The numbers as float32; NaN where the decoder told none."""
    return np.where(column > 0, column, np.nan).astype(np.float32)


def _places(column: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The place of each number in the rising `numbers`; -1 for one that is not there."""
    if not len(numbers):
        return np.full(len(column), -1, dtype=np.int32)
    places = np.minimum(np.searchsorted(numbers, column), len(numbers) - 1)
    return np.where(numbers[places] == column, places, -1).astype(np.int32)

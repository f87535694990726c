"""The table `file_facts`: what only queries ask of files, apart from `samples` so that a start does not read it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import Clip, FloatArray

_PUT = """
INSERT INTO file_facts (sample, bits, width, added_s) VALUES (?, ?, ?, ?)
ON CONFLICT (sample) DO UPDATE SET bits = ifnull(excluded.bits, bits), width = ifnull(excluded.width, width)
"""
_ROWS = np.dtype([("sample", "i8"), ("bits", "f4"), ("width", "f4"), ("added_s", "f8")])


def put(
    conn: sqlite3.Connection,
    clips: Iterable[tuple[int, Clip]],
    *,
    added: Iterable[int],
    changed: Iterable[tuple[int]],
) -> None:
    """Store what decoding told of these samples; `added` ones are new now, the sound of `changed` ones is another."""
    now = time.time()
    conn.executemany("UPDATE file_facts SET bits = NULL, width = NULL WHERE sample = ?", changed)
    new = set(added)
    rows = [(sample, clip.bits, clip.width, now if sample in new else None) for sample, clip in clips]
    conn.executemany(_PUT, rows)


def read(conn: sqlite3.Connection, ids: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, NDArray[np.float64]]:
    """(N,) bits, stereo width and time of adding of these ascending ids; NaN where unknown."""
    rows = conn.execute("SELECT sample, bits, width, added_s FROM file_facts ORDER BY sample")
    try:
        table = np.fromiter((tuple(np.nan if cell is None else cell for cell in row) for row in rows), dtype=_ROWS)
    except (TypeError, OverflowError) as error:
        raise ValueError("a fact of a file that is no number") from error
    bits, width, added = (np.full(len(ids), np.nan, dtype=_ROWS[name]) for name in ("bits", "width", "added_s"))
    if len(ids) and len(table):
        places = np.minimum(np.searchsorted(ids, table["sample"]), len(ids) - 1)
        here = ids[places] == table["sample"]
        for column, name in ((bits, "bits"), (width, "width"), (added, "added_s")):
            column[places[here]] = table[name][here]
    return bits, width, added

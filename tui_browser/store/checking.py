"""Checks of a library file: the file as SQLite sees it, and whether its tables agree with each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tui_browser.errors import LibraryError, counted, printable
from tui_browser.store import column_cache, keepsakes, opening, sample_rows, sound_credits
from tui_browser.store.errors import library_errors, strange_values
from tui_browser.store.loading import load
from tui_browser.store.samples import known
from tui_browser.store.transactions import read_state, reading

CheckName = Literal["file", "orphans", "values", "vectors", "places", "columns"]

_MOST_LINES = 20
"""Sentences of SQLite about one file; a damaged one can have thousands."""
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class LibraryProblem:
    """Something in a library that should not be so."""

    check: CheckName
    what: str
    rows: int = 1
    """How many rows it concerns."""


def check_library(path: str) -> list[LibraryProblem]:
    """All that is wrong with the library at `path`; empty for a sound or a missing one.

    Raises LibraryError when it cannot be opened at all.
    """
    opened = opening.for_reading(opening.home_of(path))
    if opened is None:
        return []
    problems: list[LibraryProblem] = []
    with closing(opened), reading(opened.conn):
        for check in (_file, _orphans, _values, _vectors, _places, _columns):
            opened.steps.restart()
            try:
                with library_errors(path), strange_values(path):
                    problems += check(opened.conn)
            except LibraryError as error:
                problems.append(
                    LibraryProblem(_NAMES[check], f"{error.what} ({error.hint})" if error.hint else error.what)
                )
    return problems


def _file(conn: sqlite3.Connection) -> Iterator[LibraryProblem]:
    """Whether SQLite can read every page, and every index has the rows of its table."""
    lines = [str(row[0]) for row in conn.execute(f"PRAGMA integrity_check({_MOST_LINES})")]
    if lines != ["ok"]:
        yield from (LibraryProblem("file", printable(part)) for line in lines for part in line.splitlines())


def _orphans(conn: sqlite3.Connection) -> Iterator[LibraryProblem]:
    """Rows that refer to a sample, root, space or layout that is not there."""
    orphans: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in conn.execute("PRAGMA foreign_key_check"):
        orphans[table, parent] = orphans.get((table, parent), 0) + 1
    for (table, parent), rows in orphans.items():
        yield LibraryProblem("orphans", f"{counted(rows, 'row')} of {table} without its row of {parent}", rows)
    state = read_state(conn)
    for table, number in (("spaces", state.space), ("layouts", state.layout)):
        if number is not None and not conn.execute(f"SELECT 1 FROM {table} WHERE id = ?", (number,)).fetchone():
            yield LibraryProblem("orphans", f"what is shown is not among the {table}")
    ahead = conn.execute("SELECT count(*) FROM samples, state WHERE max(samples.revision, encoded) > state.revision")
    if rows := ahead.fetchone()[0]:
        yield LibraryProblem("orphans", f"{counted(rows, 'sample')} from a later revision than the library", rows)


def _values(conn: sqlite3.Connection) -> Iterator[LibraryProblem]:
    """Whether every row can be read as what it should be; the reading raises."""
    known(conn)
    ids = sample_rows.all_ids(conn)
    for start in range(0, len(ids), _BATCH):
        sample_rows.rows(conn, ids[start : start + _BATCH])
    keepsakes.read(conn)
    sound_credits.refusing_training(conn)
    bad = conn.execute("SELECT count(*) FROM ratings WHERE typeof(rating) <> 'integer' OR rating NOT BETWEEN 1 AND 5")
    if rows := bad.fetchone()[0]:
        yield LibraryProblem("values", f"{counted(rows, 'rating')} that is not 1 to 5", rows)


def _vectors(conn: sqlite3.Connection) -> Iterator[LibraryProblem]:
    """Vectors without samples are orphans; here, samples without their vectors, and vectors that are none."""
    lacking = conn.execute(
        "SELECT count(*) FROM samples LEFT JOIN encodings ON encodings.sample = id AND encodings.space = samples.space "
        "WHERE samples.space IS NOT NULL AND encodings.sample IS NULL"
    )
    if rows := lacking.fetchone()[0]:
        yield LibraryProblem("vectors", f"{counted(rows, 'sample')} without a vector", rows)
    for table in ("encodings", "slices"):
        yield from _strange_vectors(conn, table)


def _strange_vectors(conn: sqlite3.Connection, table: str) -> Iterator[LibraryProblem]:
    widths: dict[Any, int] = {}
    strange = 0
    count = "1" if table == "encodings" else "length(onset_s) / 8"
    for space, cell, parts in conn.execute(f"SELECT space, embedding, {count} FROM {table}"):
        whole = type(cell) is bytes and parts and len(cell) % (4 * parts) == 0
        width = len(cell) // parts if whole else -1
        strange += (
            widths.setdefault(space, width) != width or not whole or not np.isfinite(np.frombuffer(cell, "<f4")).all()
        )
    if strange:
        yield LibraryProblem(
            "vectors", f"{counted(strange, 'vector')} of {table} of another length or not finite", strange
        )


def _places(conn: sqlite3.Connection) -> Iterator[LibraryProblem]:
    outside = conn.execute(
        "SELECT count(*) FROM places WHERE NOT (x BETWEEN -1e-6 AND 1.000001 AND y BETWEEN -1e-6 AND 1.000001)"
    )
    if rows := outside.fetchone()[0]:
        yield LibraryProblem("places", f"{counted(rows, 'place')} beside the map", rows)


def _columns(conn: sqlite3.Connection) -> Iterator[LibraryProblem]:
    """Whether the packed columns, which a start reads, say what the tables say."""
    if column_cache.info(conn, "ids") is None:
        return
    snapshot = load(conn, with_vectors=False, previous=None)
    rows = conn.execute("SELECT id, path, flags & 255 FROM samples ORDER BY id").fetchall()
    packed = [
        (int(number), snapshot.names[at], int(flags))
        for at, (number, flags) in enumerate(zip(snapshot.ids, snapshot.flags, strict=True))
    ]
    if packed != rows:
        differing = len(set(packed) ^ set(rows))
        yield LibraryProblem("columns", "the packed columns differ from the rows", differing)


_NAMES: dict[Callable[[sqlite3.Connection], Iterator[LibraryProblem]], CheckName] = {
    _file: "file", _orphans: "orphans", _values: "values", _vectors: "vectors", _places: "places", _columns: "columns",
}  # fmt: skip

"""Transactions: every change is one transaction and one new revision."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tui_browser.records import U64


@dataclass(frozen=True, slots=True)
class LibraryState:
    """The single row of the table `state`."""

    revision: int
    removed_from: int
    """Removals up to this revision are no longer recorded."""
    space: int | None
    layout: int | None
    layout_revision: int
    """Revision at which the shown layout last changed."""


def read_state(conn: sqlite3.Connection) -> LibraryState:
    row = conn.execute("SELECT revision, removed_from, space, layout, layout_revision FROM state").fetchone()
    if not all(type(cell) is int for cell in row[:2]) or not all(type(cell) in (int, type(None)) for cell in row[2:]):
        raise ValueError("a state that is no number")
    return LibraryState(*row)


@contextlib.contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block writes, or roll it back when the block raises."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    except BaseException:  # also on ctrl-c
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def change(conn: sqlite3.Connection) -> Iterator[int]:
    """A transaction with a new revision, which it yields."""
    with transaction(conn):
        conn.execute("UPDATE state SET revision = revision + 1")
        revision: int = conn.execute("SELECT revision FROM state").fetchone()[0]
        yield revision


@contextlib.contextmanager
def reading(conn: sqlite3.Connection) -> Iterator[None]:
    """A read transaction: the block sees one state of the library."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")


def listed(ids: Iterable[int]) -> str:
    """The ids as one parameter for `IN (SELECT value FROM json_each(?))`."""
    return json.dumps(list(map(int, ids)))


def signed(number: int) -> int:
    """An unsigned 64-bit device or inode number as the signed integer that SQLite stores."""
    number &= U64
    return number if number < 1 << 63 else number - (1 << 64)


def unsigned(number: int) -> int:
    """The inverse of `signed`."""
    return number & U64


def plain(text: str) -> str:
    """The text without lone surrogates, which SQLite cannot store."""
    return text.encode("utf-8", "replace").decode()

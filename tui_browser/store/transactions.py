"""One change is one transaction and one new revision."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tui_browser.records import U64


@dataclass(frozen=True, slots=True)
class LibraryState:
    """The one row that says where the library stands."""

    revision: int
    removed_from: int
    """Removals up to this revision are no longer listed."""
    space: int | None
    layout: int | None
    layout_revision: int
    """When another layout was last put up."""


def read_state(conn: sqlite3.Connection) -> LibraryState:
    row = conn.execute("SELECT revision, removed_from, space, layout, layout_revision FROM state").fetchone()
    return LibraryState(*row)


@contextlib.contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside the block, or nothing of it when the block raises."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    except BaseException:  # a change that is broken off by anything, ctrl-c too, is taken back whole
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def change(conn: sqlite3.Connection) -> Iterator[int]:
    """A transaction that ends in the revision it yields."""
    with transaction(conn):
        conn.execute("UPDATE state SET revision = revision + 1")
        revision: int = conn.execute("SELECT revision FROM state").fetchone()[0]
        yield revision


@contextlib.contextmanager
def reading(conn: sqlite3.Connection) -> Iterator[None]:
    """One unchanging view of the library for the whole block."""
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
    """A 64-bit device or inode number as SQLite can hold it."""
    number &= U64
    return number if number < 1 << 63 else number - (1 << 64)


def unsigned(number: int) -> int:
    """What `signed` was given."""
    return number & U64


def plain(text: str) -> str:
    """The text without lone surrogates, which SQLite cannot hold."""
    return text.encode("utf-8", "replace").decode()

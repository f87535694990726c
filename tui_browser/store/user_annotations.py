"""What a person said of a sample: flags, tags, another class. It outlives every new encoding."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tui_browser.records import FAVOURITE, HEARD, SampleId
from tui_browser.store.transactions import listed, plain

_CHOSEN = "id IN (SELECT value FROM json_each(?))"


def set_flag(conn: sqlite3.Connection, ids: Iterable[SampleId], flag: int, on: bool, *, revision: int) -> int:
    """Set or clear FAVOURITE or HEARD; how many samples that changed."""
    if flag not in (FAVOURITE, HEARD):
        raise ValueError(f"not a person's flag: {flag}")
    change = f"flags | {flag}" if on else f"flags & ~{flag}"
    return conn.execute(
        f"UPDATE samples SET flags = {change}, revision = ? WHERE {_CHOSEN} AND (flags & {flag} != 0) = ?",
        (revision, listed(ids), not on),
    ).rowcount


def set_tags(
    conn: sqlite3.Connection, ids: Iterable[SampleId], add: Iterable[str], remove: Iterable[str], *, revision: int
) -> int:
    """Add and remove tags; how many samples were named that are there. Blank tags are nothing."""
    chosen = listed(ids)
    for tag in filter(None, map(str.strip, add)):
        conn.execute(f"INSERT OR IGNORE INTO tags SELECT id, ? FROM samples WHERE {_CHOSEN}", (plain(tag), chosen))
    for tag in filter(None, map(str.strip, remove)):
        conn.execute(
            "DELETE FROM tags WHERE tag = ? AND sample IN (SELECT value FROM json_each(?))", (plain(tag), chosen)
        )
    return conn.execute(f"UPDATE samples SET revision = ? WHERE {_CHOSEN}", (revision, chosen)).rowcount


def correct_class(conn: sqlite3.Connection, ids: Iterable[SampleId], corrected: int | None) -> int:
    """Note a person's own class (an index into CLASSES) beside the model's, or take it back with None."""
    return conn.execute(f"UPDATE samples SET corrected_class = ? WHERE {_CHOSEN}", (corrected, listed(ids))).rowcount


def corrections(conn: sqlite3.Connection) -> dict[SampleId, int]:
    """The classes that a person gave."""
    return dict(conn.execute("SELECT id, corrected_class FROM samples WHERE corrected_class IS NOT NULL"))

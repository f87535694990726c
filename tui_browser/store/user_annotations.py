"""Annotations by the user: flags, tags, ratings, notes and corrected classes of samples, and those of removed files.

They survive new encodings and moved files; those of removed files are in `keepsakes`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping

from tui_browser.records import FAVOURITE, HEARD, HIDDEN, SampleId
from tui_browser.store.transactions import listed, plain

_CHOSEN = "id IN (SELECT value FROM json_each(?))"
ANNOTATION_FLAGS = (FAVOURITE, HEARD, HIDDEN)
_ANNOTATION_FLAGS = FAVOURITE | HEARD | HIDDEN


def set_flag(conn: sqlite3.Connection, ids: Iterable[SampleId], flag: int, on: bool, *, revision: int) -> int:
    """Set or clear FAVOURITE, HEARD or HIDDEN; the number of samples changed."""
    if flag not in ANNOTATION_FLAGS:
        raise ValueError(f"not an annotation flag: {flag}")
    change = f"flags | {flag}" if on else f"flags & ~{flag}"
    return conn.execute(
        f"UPDATE samples SET flags = {change}, revision = ? WHERE {_CHOSEN} AND (flags & {flag} != 0) = ?",
        (revision, listed(ids), not on),
    ).rowcount


def set_tags(
    conn: sqlite3.Connection, ids: Iterable[SampleId], add: Iterable[str], remove: Iterable[str], *, revision: int
) -> int:
    """Add and remove tags; the number of samples found. Blank tags are ignored."""
    chosen = listed(ids)
    for tag in filter(None, map(str.strip, add)):
        conn.execute(f"INSERT OR IGNORE INTO tags SELECT id, ? FROM samples WHERE {_CHOSEN}", (plain(tag), chosen))
    for tag in filter(None, map(str.strip, remove)):
        conn.execute(
            "DELETE FROM tags WHERE tag = ? AND sample IN (SELECT value FROM json_each(?))", (plain(tag), chosen)
        )
    return conn.execute(f"UPDATE samples SET revision = ? WHERE {_CHOSEN}", (revision, chosen)).rowcount


def change_tags(
    conn: sqlite3.Connection,
    add: Mapping[str, Collection[SampleId]],
    remove: Mapping[str, Collection[SampleId]],
    *,
    revision: int,
) -> int:
    """Add and remove tags of different samples; the number of samples found."""
    for tag, ids in add.items():
        conn.execute(f"INSERT OR IGNORE INTO tags SELECT id, ? FROM samples WHERE {_CHOSEN}", (plain(tag), listed(ids)))
    for tag, ids in remove.items():
        conn.execute(
            "DELETE FROM tags WHERE tag = ? AND sample IN (SELECT value FROM json_each(?))", (plain(tag), listed(ids))
        )
    touched = set[SampleId]().union(*add.values(), *remove.values())
    return conn.execute(f"UPDATE samples SET revision = ? WHERE {_CHOSEN}", (revision, listed(touched))).rowcount


def add_first_tags(conn: sqlite3.Connection, tagged: Iterable[tuple[SampleId, Iterable[str]]]) -> None:
    """Give new samples the tags that their files come with."""
    rows = [(sample, plain(tag)) for sample, tags in tagged for tag in tags]
    conn.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", rows)


def corrections(conn: sqlite3.Connection) -> dict[SampleId, int]:
    """Classes corrected by the user, as indices into CLASSES."""
    return dict(conn.execute("SELECT id, corrected_class FROM samples WHERE corrected_class IS NOT NULL"))


def annotated(conn: sqlite3.Connection) -> list[SampleId]:
    """The samples that have any annotation of their own."""
    rows = conn.execute(
        f"SELECT id FROM samples WHERE flags & {_ANNOTATION_FLAGS} OR corrected_class IS NOT NULL "
        "UNION SELECT sample FROM tags UNION SELECT sample FROM ratings UNION SELECT sample FROM sample_notes"
    )
    return [SampleId(row[0]) for row in rows]

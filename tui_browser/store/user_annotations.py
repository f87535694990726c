"""Annotations by the user: flags, tags, ratings, notes and corrected classes of samples, and those of removed files.

They survive new encodings and moved files. When a file is removed, its annotations become orphaned: they are kept
under the content hash, and restored when a file with the same sound comes in.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from tui_browser.records import FAVOURITE, HEARD, HIDDEN, SampleId
from tui_browser.store.records import Keepsake
from tui_browser.store.transactions import listed, plain
from tui_browser.store.values import text_list

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


def keep_orphaned(conn: sqlite3.Connection, chosen: str) -> None:
    """Keep the annotations of samples about to be removed; `chosen` are ids as from `transactions.listed`.

    What was said of copies of one sound is joined; where they differ, the newest removal counts.
    """
    rows = conn.execute(
        f"""
        SELECT content_hash, flags & {_ANNOTATION_FLAGS}, corrected_class,
            (SELECT json_group_array(tag) FROM tags WHERE sample = samples.id), ratings.rating, sample_notes.note
        FROM samples LEFT JOIN ratings ON ratings.sample = id LEFT JOIN sample_notes ON sample_notes.sample = id
        WHERE id IN (SELECT value FROM json_each(?))
            AND (flags & {_ANNOTATION_FLAGS} OR corrected_class IS NOT NULL OR id IN (SELECT sample FROM tags)
                OR rating IS NOT NULL OR sample_notes.note IS NOT NULL)
        """,
        (chosen,),
    ).fetchall()
    if not rows:
        return
    known = orphaned(conn)
    kept: dict[str, Keepsake | None] = {}
    for content_hash, *cells in rows:
        new = _keepsake(cells)
        earlier = kept.get(content_hash) or known.get(content_hash)
        kept[content_hash] = new if earlier is None else new.joined(earlier)
    put_orphaned(conn, kept)


def _keepsake(cells: Sequence[Any]) -> Keepsake:
    flags, corrected_class, tags, rating, note = cells
    return Keepsake(flags, corrected_class, text_list(tags), rating, note)


def orphaned(conn: sqlite3.Connection) -> dict[str, Keepsake]:
    """Annotations of removed files by content hash."""
    rows = conn.execute(
        "SELECT content_hash, flags, corrected_class, tags, rating, note FROM keepsakes ORDER BY content_hash"
    )
    return {str(content_hash): _keepsake(cells) for content_hash, *cells in rows}


def put_orphaned(conn: sqlite3.Connection, wanted: Mapping[str, Keepsake | None]) -> dict[str, Keepsake | None]:
    """Write or delete (None) annotations of sounds without a file, by content hash; the earlier ones that differ."""
    known = orphaned(conn) if wanted else {}
    before = {each: known.get(each) for each in wanted if known.get(each) != wanted[each]}
    conn.executemany("DELETE FROM keepsakes WHERE content_hash = ?", [(each,) for each in before])
    for content_hash in before:
        kept = wanted[content_hash]
        if kept is not None:
            cells = (kept.flags & _ANNOTATION_FLAGS, kept.corrected_class, json.dumps(list(map(plain, kept.tags))))
            note = None if kept.note is None else plain(kept.note)
            conn.execute(
                "INSERT INTO keepsakes (content_hash, flags, corrected_class, tags, rating, note) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (plain(content_hash), *cells, kept.rating, note),
            )
    return before


def restore_orphaned(conn: sqlite3.Connection, arrived: Iterable[tuple[SampleId, str]]) -> None:
    """Restore annotations to new samples, given as id and content hash."""
    for sample, content_hash in arrived:
        row = conn.execute(
            "SELECT flags, corrected_class, tags, rating, note FROM keepsakes WHERE content_hash = ?", (content_hash,)
        ).fetchone()
        if row is None:
            continue
        flags, corrected, tags, rating, note = row
        conn.execute(
            "UPDATE samples SET flags = flags | ?, corrected_class = coalesce(corrected_class, ?) WHERE id = ?",
            (flags, corrected, sample),
        )
        conn.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(sample, tag) for tag in json.loads(tags)])
        if rating is not None:
            conn.execute("INSERT OR IGNORE INTO ratings VALUES (?, ?)", (sample, rating))
        if note is not None:
            conn.execute("INSERT OR IGNORE INTO sample_notes VALUES (?, ?)", (sample, note))
        conn.execute("DELETE FROM keepsakes WHERE content_hash = ?", (content_hash,))

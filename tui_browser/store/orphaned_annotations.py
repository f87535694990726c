"""What a person said of a sample whose file is gone: kept by its sound, given back when that sound returns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from tui_browser.records import FAVOURITE, HEARD, SampleId

_MADE = FAVOURITE | HEARD


def keep(conn: sqlite3.Connection, chosen: str) -> None:
    """Before samples are removed (`chosen` as `changes.listed` gives it): keep their marks, tags and own classes."""
    conn.execute(
        f"""
        INSERT OR REPLACE INTO keepsakes
        SELECT content_hash, flags & {_MADE}, corrected_class,
            (SELECT json_group_array(tag) FROM tags WHERE sample = samples.id)
        FROM samples WHERE id IN (SELECT value FROM json_each(?))
            AND (flags & {_MADE} OR corrected_class IS NOT NULL OR id IN (SELECT sample FROM tags))
        """,
        (chosen,),
    )


def restore(conn: sqlite3.Connection, arrived: Iterable[tuple[SampleId, str]]) -> None:
    """To samples that have just come in, by id and content hash, what was kept of their sounds."""
    for sample, content_hash in arrived:
        row = conn.execute(
            "SELECT flags, corrected_class, tags FROM keepsakes WHERE content_hash = ?", (content_hash,)
        ).fetchone()
        if row is None:
            continue
        flags, corrected, tags = row
        conn.execute(
            "UPDATE samples SET flags = flags | ?, corrected_class = coalesce(corrected_class, ?) WHERE id = ?",
            (flags, corrected, sample),
        )
        conn.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(sample, tag) for tag in json.loads(tags)])
        conn.execute("DELETE FROM keepsakes WHERE content_hash = ?", (content_hash,))

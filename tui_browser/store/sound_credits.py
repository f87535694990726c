"""The table `credits`: author, licence and source of sounds, by content hash."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import astuple
from typing import Any

from tui_browser.records import REFUSING_TRAINING, Credit, SampleId
from tui_browser.store.transactions import plain
from tui_browser.store.values import shown_text

COLUMNS = "licence, licence_url, author, title, source, ai_preference"
"""In the order of the fields of `Credit`."""


def put(conn: sqlite3.Connection, credit_of_sound: Mapping[str, Credit], *, revision: int) -> None:
    """Store credits by content hash; samples with a sound whose credit is new or different change with it."""
    for content_hash, credit in credit_of_sound.items():
        cells = tuple(map(plain, astuple(credit)))
        known = conn.execute(f"SELECT {COLUMNS} FROM credits WHERE content_hash = ?", (content_hash,)).fetchone()
        if known == cells:
            continue
        conn.execute("INSERT OR REPLACE INTO credits VALUES (?, ?, ?, ?, ?, ?, ?)", (content_hash, *cells))
        conn.execute("UPDATE samples SET revision = ? WHERE content_hash = ?", (revision, content_hash))


def credit_of(cells: tuple[Any, ...]) -> Credit:
    """The credit in these cells of a row; raises ValueError where one is no text."""
    return Credit(*map(shown_text, cells))


def of_samples(conn: sqlite3.Connection, *, since: int) -> dict[SampleId, Credit]:
    """Credits of the samples that changed after revision `since`; of all samples below 0."""
    if not conn.execute("SELECT 1 FROM credits LIMIT 1").fetchone():
        return {}
    if since < 0:  # from the few credits to the many samples
        rows = conn.execute(f"SELECT id, {COLUMNS} FROM credits CROSS JOIN samples USING (content_hash)")
    else:
        changed = "SELECT id, content_hash FROM samples INDEXED BY samples_by_revision WHERE revision > ?"
        rows = conn.execute(f"SELECT id, {COLUMNS} FROM ({changed}) JOIN credits USING (content_hash)", (since,))
    return {SampleId(sample): credit_of(tuple(cells)) for sample, *cells in rows}


def refusing_training(conn: sqlite3.Connection) -> Collection[str]:
    """Content hashes of the sounds on which no model is to be trained."""
    marks = ", ".join("?" * len(REFUSING_TRAINING))
    rows = conn.execute(f"SELECT content_hash FROM credits WHERE ai_preference IN ({marks})", sorted(REFUSING_TRAINING))
    return frozenset(shown_text(row[0]) for row in rows)

"""`SampleRow`: all columns of a sample, for the details pane and the command line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tui_browser.records import CLASSES, FAVOURITE, HEARD, HIDDEN, KEYS, MISSING, SampleId, SampleRow, SampleState
from tui_browser.store.annotation_columns import checked_note, checked_rating
from tui_browser.store.encodings import class_names
from tui_browser.store.sound_credits import credit_of
from tui_browser.store.transactions import listed, read_state, signed
from tui_browser.store.values import check_numbers, checked_path, shown_text, text_list
from tui_browser.store.written_facts import FACTS, SHOWN_BPM, SHOWN_KEY, facts_of

_ROWS = f"""
SELECT samples.id, samples.path, roots.path, onset_s, duration_s, sample_rate, channels, frames, size, mtime_ns,
    content_hash, class, class_p, x, y, loudness_db, brightness_hz, noisiness, pitch_hz, attack_s, state,
    samples.note, flags,
    (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE sample = samples.id ORDER BY tag)),
    {SHOWN_BPM}, {SHOWN_KEY}, level_db, peak_db, licence, licence_url, author, title, source, ai_preference,
    rating, sample_notes.note, corrected_class,
    (SELECT json_group_array(name) FROM (SELECT DISTINCT name FROM collection_items JOIN collections
        ON collections.id = collection WHERE sample = samples.id ORDER BY name)),
    bpm, key, {FACTS}
FROM samples JOIN roots ON roots.id = samples.root LEFT JOIN places ON layout = ? AND places.sample = samples.id
LEFT JOIN credits USING (content_hash)
LEFT JOIN ratings ON ratings.sample = samples.id LEFT JOIN sample_notes ON sample_notes.sample = samples.id
WHERE samples.id IN (SELECT value FROM json_each(?))
"""


def rows(conn: sqlite3.Connection, ids: Sequence[SampleId]) -> list[SampleRow]:
    """These samples in the order of `ids`; removed samples are omitted."""
    layout = read_state(conn).layout
    cells = {row[0]: row for row in conn.execute(_ROWS, (layout, listed(ids)))}
    names = class_names(conn)
    return [_row(cells[sample], names) for sample in map(int, ids) if sample in cells]


def id_of(conn: sqlite3.Connection, path: bytes) -> SampleId | None:
    row = conn.execute("SELECT id FROM samples WHERE path = ?", (path,)).fetchone()
    return row[0] if row else None


def paths_of_inodes(conn: sqlite3.Connection, inodes: Iterable[int]) -> list[bytes]:
    query = "SELECT path FROM samples WHERE inode IN (SELECT value FROM json_each(?)) ORDER BY id"
    return [checked_path(row[0]) for row in conn.execute(query, (listed(map(signed, inodes)),))]


def all_ids(conn: sqlite3.Connection) -> list[SampleId]:
    return [row[0] for row in conn.execute("SELECT id FROM samples ORDER BY id")]


def _row(cells: tuple[Any, ...], names: tuple[str, ...]) -> SampleRow:
    sound_class, class_p, state, note, flags, tags, bpm, key, level_db, peak_db = (*cells[11:13], *cells[20:28])
    check_numbers((*cells[3:10], *cells[11:20], *cells[24:28]))
    for cell in (sound_class, flags):
        if type(cell) is not int or not 0 <= cell <= 255:
            raise ValueError(f"{cell} does not fit into a byte")
    classed = sound_class < len(names)
    values: list[Any] = [cells[0], checked_path(cells[1]), checked_path(cells[2]), *cells[3:10], shown_text(cells[10])]
    values += [names[sound_class] if classed else None, class_p if classed else None]
    values += [*cells[13:20], SampleState(state), shown_text(note), flags & MISSING != 0]
    values += [text_list(tags) if tags != "[]" else (), flags & FAVOURITE != 0, flags & HEARD != 0, bpm]
    values.append(None if key is None else KEYS[key])
    row = SampleRow(*values)
    if cells[28] is not None:
        row = replace(row, credit=credit_of(cells[28:34]))
    rating, user_note, corrected, collections = cells[34:38]
    if flags & HIDDEN or corrected is not None or rating is not None or user_note is not None or collections != "[]":
        row = replace(
            row,
            rating=None if rating is None else checked_rating(rating),
            user_note=None if user_note is None else checked_note(user_note),
            corrected_class=None if corrected is None else CLASSES[corrected],
            collections=text_list(collections),
            hidden=flags & HIDDEN != 0,
        )
    heard_bpm, heard_key, facts = cells[38:]
    if facts != "[]" or heard_bpm is not None or heard_key is not None:
        check_numbers((heard_bpm, heard_key))
        row = replace(
            row,
            bpm_heard=heard_bpm,
            key_heard=None if heard_key is None else KEYS[heard_key],
            facts=facts_of(facts),
        )
    return row if level_db is None or peak_db is None else replace(row, level=(level_db, peak_db))

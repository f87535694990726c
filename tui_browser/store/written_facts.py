"""What names, tags and chunks say of sounds: the table `written_facts`, and the chosen values in `samples`.

`samples.bpm` and `samples.key` are what is heard. `SHOWN_BPM` and `SHOWN_KEY` choose between that and what is written.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from tui_browser.records import KEYS, LOOP, ONE_SHOT, Clip, FactSource, WrittenFacts
from tui_browser.search.chosen_facts import TOLERANCE, chosen_facts
from tui_browser.search.name_facts import name_facts

_NEAR = " OR ".join(f"abs(written_bpm / bpm / {times} - 1.0) <= {TOLERANCE}" for times in (0.5, 1.0, 2.0))
SHOWN_BPM = f"iif(bpm IS NULL OR written_bpm IS NULL, ifnull(bpm, written_bpm), iif({_NEAR}, written_bpm, bpm))"
"""SQL for `chosen_facts.shown_bpm`."""
SHOWN_KEY = "ifnull(written_key, key)"
"""SQL: a key that is written is believed; keys are hard to hear."""
FACTS = (
    "(SELECT json_group_array(json_array(source, bpm, key, loop, note, points)) FROM "
    "(SELECT * FROM written_facts WHERE sample = samples.id ORDER BY source))"
)
"""SQL for the facts of a sample as one cell, for `facts_of`."""
_FROM_NAMES = ("name", "folder")
_SOURCES = frozenset(get_args(FactSource))


def put(conn: sqlite3.Connection, clips: Iterable[tuple[int, Clip]]) -> None:
    """Store what names and files say of these samples, in place of what was stored."""
    _replace(
        conn,
        [(sample, (*name_facts(clip.stat.path), *clip.facts), clip.descriptors.duration_s) for sample, clip in clips],
    )


def follow_names(conn: sqlite3.Connection, moves: Iterable[tuple[int, bytes]]) -> None:
    """Read the names of moved samples again; what their chunks and tags say stays."""
    _replace(conn, [(sample, _with_names(conn, sample, path), _duration(conn, sample)) for sample, path in moves])


def read_all_names(conn: sqlite3.Connection) -> None:
    """Read the names of all samples, for a library from before facts were kept."""
    rows = conn.execute("SELECT id, path, ifnull(duration_s, 0) FROM samples").fetchall()
    _replace(conn, [(sample, facts, length) for sample, path, length in rows if (facts := name_facts(bytes(path)))])


def facts_of(cell: Any) -> tuple[WrittenFacts, ...]:
    """The facts in a cell of `FACTS`; raises ValueError for what is none."""
    rows = json.loads(cell)
    for source, *values in rows:
        if source not in _SOURCES or any(type(value) not in (int, float, type(None)) for value in values):
            raise ValueError("a fact that is none")
    return tuple(
        WrittenFacts(
            source,
            None if bpm is None else float(bpm),
            None if key is None else KEYS[key],
            None if loop is None else bool(loop),
            note,
            points,
        )
        for source, bpm, key, loop, note, points in rows
    )


def _replace(conn: sqlite3.Connection, entries: Sequence[tuple[int, Sequence[WrittenFacts], float]]) -> None:
    conn.executemany("DELETE FROM written_facts WHERE sample = ?", [(sample,) for sample, _, _ in entries])
    conn.executemany(
        "INSERT OR REPLACE INTO written_facts VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(sample, *_cells(each)) for sample, facts, _ in entries for each in facts],
    )
    chosen = [(chosen_facts(facts, duration_s=length), sample) for sample, facts, length in entries]
    conn.executemany(
        f"UPDATE samples SET written_bpm = ?, written_key = ?, flags = flags & ~{LOOP | ONE_SHOT} | ? WHERE id = ?",
        [
            (each.bpm, _key_number(each.key), {None: 0, True: LOOP, False: ONE_SHOT}[each.loop], sample)
            for each, sample in chosen
        ],
    )


def _cells(facts: WrittenFacts) -> tuple[Any, ...]:
    loop = None if facts.loop is None else int(facts.loop)
    return facts.source, facts.bpm, _key_number(facts.key), loop, facts.note, facts.points


def _key_number(key: str | None) -> int | None:
    return None if key is None else KEYS.index(key)


def _with_names(conn: sqlite3.Connection, sample: int, path: bytes) -> tuple[WrittenFacts, ...]:
    cell = conn.execute(f"SELECT {FACTS} FROM samples WHERE id = ?", (sample,)).fetchone()[0]
    return (*name_facts(path), *(each for each in facts_of(cell) if each.source not in _FROM_NAMES))


def _duration(conn: sqlite3.Connection, sample: int) -> float:
    length: float = conn.execute("SELECT ifnull(duration_s, 0) FROM samples WHERE id = ?", (sample,)).fetchone()[0]
    return length

"""Runs of the command line that changed annotations: what takes each back is noted in the library, the latest first."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tui_browser.records import SampleId
from tui_browser.store import sample_collections
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.class_heads import ClassHead
from tui_browser.store.records import Keepsake, LostFile, SampleCollection

KEPT_RUNS = 20
_NOTE = "annotation_run:"
"""Start of the note with a run; its number follows."""


def note(conn: sqlite3.Connection, run: str, back: AnnotationChange) -> None:
    """Note a run by what takes it back, and forget the oldest beyond `KEPT_RUNS`."""
    number = _newest(conn) + 1
    conn.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (f"{_NOTE}{number}", _written(run, back)))
    conn.execute("DELETE FROM notes WHERE key = ?", (f"{_NOTE}{number - KEPT_RUNS}",))


def take(conn: sqlite3.Connection) -> tuple[str, AnnotationChange] | None:
    """The name of the newest run and what takes it back; its note is deleted. None if no run is left."""
    key = f"{_NOTE}{_newest(conn)}"
    row = conn.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    conn.execute("DELETE FROM notes WHERE key = ?", (key,))
    return _read(row[0])


def _newest(conn: sqlite3.Connection) -> int:
    keys = conn.execute("SELECT key FROM notes WHERE key GLOB ?", (f"{_NOTE}*",)).fetchall()
    numbers = (str(row[0]).removeprefix(_NOTE) for row in keys)
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _written(run: str, back: AnnotationChange) -> str:
    collections = {
        name: None if collection is None else sample_collections.as_fields(collection)
        for name, collection in back.collections.items()
    }
    return json.dumps(
        {
            "run": run,
            "ratings": dict(back.ratings),
            "notes": dict(back.notes),
            "classes": dict(back.classes),
            "flags": {flag: dict(values) for flag, values in back.flags.items()},
            "add_tags": {tag: list(ids) for tag, ids in back.add_tags.items()},
            "remove_tags": {tag: list(ids) for tag, ids in back.remove_tags.items()},
            "collections": collections,
            "keepsakes": [[lost.content_hash, os.fsdecode(lost.path), kept] for lost, kept in back.keepsakes.items()],
            "heads": {space: _head_fields(head) for space, head in back.heads.items()},
        }
    )


def _read(text: str) -> tuple[str, AnnotationChange]:
    noted = json.loads(text)
    collections: dict[str, SampleCollection | None] = {
        str(name): None if cells is None else sample_collections.from_fields(cells)
        for name, cells in noted["collections"].items()
    }
    back = AnnotationChange(
        ratings=_by_sample(noted["ratings"]),
        notes=_by_sample(noted["notes"]),
        classes=_by_sample(noted["classes"]),
        flags={int(flag): _by_sample(values) for flag, values in noted["flags"].items()},
        add_tags={str(tag): [SampleId(int(each)) for each in ids] for tag, ids in noted["add_tags"].items()},
        remove_tags={str(tag): [SampleId(int(each)) for each in ids] for tag, ids in noted["remove_tags"].items()},
        collections=collections,
        keepsakes={lost: _keepsake(cells) for lost, cells in _lost_files(noted["keepsakes"])},
        heads={str(space): _head(cells) for space, cells in noted.get("heads", {}).items()},
    )
    return str(noted["run"]), back


def _lost_files(noted: Any) -> Iterator[tuple[LostFile, Any]]:
    if isinstance(noted, dict):  # as earlier versions wrote them
        noted = [[sound, "", cells] for sound, cells in noted.items()]
    for sound, path, cells in noted:
        yield LostFile(str(sound), os.fsencode(path)), cells


def _by_sample(values: Mapping[str, Any]) -> dict[SampleId, Any]:
    return {SampleId(int(sample)): value for sample, value in values.items()}


def _keepsake(cells: Sequence[Any] | None) -> Keepsake | None:
    if cells is None:
        return None
    flags, corrected_class, tags, rating, note = cells
    return Keepsake(flags, corrected_class, tuple(tags), rating, note)


def _head_fields(head: ClassHead | None) -> dict[str, Any] | None:
    return None if head is None else {"answers": head.answers, "weights": head.weights.tolist()}


def _head(fields: Mapping[str, Any] | None) -> ClassHead | None:
    if fields is None:
        return None
    weights = np.array(fields["weights"], dtype=np.float32)
    if weights.ndim != 2 or not np.isfinite(weights).all():
        raise ValueError("a class head of the wrong kind")
    return ClassHead(weights, int(fields["answers"]))

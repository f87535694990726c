"""Annotations of a snapshot: only what samples have, by id, read again for those that changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import SampleId, Snapshot
from tui_browser.store import sample_collections

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Annotations:
    """What users wrote about samples, as in `Snapshot`."""

    tags: dict[SampleId, tuple[str, ...]]
    ratings: dict[SampleId, int]
    user_notes: dict[SampleId, str]
    collections: dict[str, tuple[SampleId, ...]]


def read_annotations(conn: sqlite3.Connection, previous: Snapshot | None, *, stale: NDArray[np.int64]) -> Annotations:
    """All annotations; with `previous` those of the `stale` samples (removed, changed or new) are read again."""
    if previous is None:
        return Annotations(
            _tags(conn, -1), _ratings(conn, -1), _user_notes(conn, -1), sample_collections.members(conn, {}, since=-1)
        )
    since = previous.revision
    return Annotations(
        renewed(previous.tags, _tags(conn, since), out=stale),
        renewed(previous.ratings, _ratings(conn, since), out=stale),
        renewed(previous.user_notes, _user_notes(conn, since), out=stale),
        sample_collections.members(conn, previous.collections, since=since),
    )


def renewed(old: dict[SampleId, T], new: dict[SampleId, T], *, out: NDArray[np.int64]) -> dict[SampleId, T]:
    """`old` without the samples in `out` and with those in `new`; `old` itself where that changes nothing."""
    stale = old.keys() & set(out.tolist()) if old else set()
    if not new and not stale:
        return old
    return {sample: value for sample, value in old.items() if sample not in stale} | new


def _tags(conn: sqlite3.Connection, since: int) -> dict[SampleId, tuple[str, ...]]:
    tags: dict[SampleId, tuple[str, ...]] = {}
    for sample, tag in _written(conn, "tags", "tag", since):
        if type(tag) is not str:
            raise ValueError("a tag that is no text")
        tags[sample] = (*tags.get(sample, ()), tag)
    return tags


def _ratings(conn: sqlite3.Connection, since: int) -> dict[SampleId, int]:
    return {sample: checked_rating(rating) for sample, rating in _written(conn, "ratings", "rating", since)}


def _user_notes(conn: sqlite3.Connection, since: int) -> dict[SampleId, str]:
    return {sample: checked_note(note) for sample, note in _written(conn, "sample_notes", "note", since)}


def checked_rating(cell: Any) -> int:
    """A rating from 1 to 5."""
    if type(cell) is not int or not 1 <= cell <= 5:
        raise ValueError("a rating that is not from 1 to 5")
    return cell


def checked_note(cell: Any) -> str:
    """A note by the user."""
    if type(cell) is not str:
        raise ValueError("a note that is no text")
    return cell


def _written(conn: sqlite3.Connection, table: str, column: str, since: int) -> Iterator[tuple[SampleId, Any]]:
    """Cells of the samples that changed after revision `since`, of all samples below 0; by id, then by value."""
    if since < 0:
        return conn.execute(f"SELECT sample, {column} FROM {table} ORDER BY sample, {column}")
    return conn.execute(
        f"SELECT sample, {table}.{column} FROM samples INDEXED BY samples_by_revision JOIN {table} ON sample = id "
        f"WHERE revision > ? ORDER BY sample, {table}.{column}",
        (since,),
    )

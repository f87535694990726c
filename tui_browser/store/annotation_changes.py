"""A change of annotations: applied in one transaction, with what takes it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from tui_browser.errors import LibraryError, printable
from tui_browser.records import SampleId
from tui_browser.store import class_heads, keepsakes, sample_collections
from tui_browser.store.annotation_columns import checked_rating
from tui_browser.store.class_heads import ClassHead
from tui_browser.store.collecting import with_samples, without_samples
from tui_browser.store.records import Keepsake, LostFile, SampleCollection
from tui_browser.store.transactions import listed, plain
from tui_browser.store.user_annotations import ANNOTATION_FLAGS

T = TypeVar("T")
Tagged = Mapping[str, Collection[SampleId]]


@dataclass(frozen=True, slots=True)
class CollectedSamples:
    """Samples that go into a collection, each once."""

    samples: Sequence[SampleId]
    place: int | None = None
    """From 1: they stand from there on, also those that it had. None is its end, where those stay in their places."""
    before: SampleId | None = None
    """In place of a number: the sample of the collection before which they stand from now on."""


@dataclass(frozen=True, slots=True)
class AnnotationChange:
    """New values by sample; None deletes. Samples that are not in the library are skipped."""

    ratings: Mapping[SampleId, int | None] = field(default_factory=dict)
    """1 to 5."""
    notes: Mapping[SampleId, str | None] = field(default_factory=dict)
    classes: Mapping[SampleId, int | None] = field(default_factory=dict)
    """Indices into `CLASSES`."""
    flags: Mapping[int, Mapping[SampleId, bool]] = field(default_factory=dict)
    """By FAVOURITE, HEARD and HIDDEN."""
    add_tags: Tagged = field(default_factory=dict)
    remove_tags: Tagged = field(default_factory=dict)
    collections: Mapping[str, SampleCollection | None] = field(default_factory=dict)
    """New content by name; None deletes the collection. Deletions come first."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """New names of collections by their present ones."""
    collect: Mapping[str, CollectedSamples] = field(default_factory=dict)
    """By collection, which is made where there is none."""
    uncollect: Mapping[str, Collection[SampleId]] = field(default_factory=dict)
    """Samples that are taken out, by collection."""
    heads: Mapping[str, ClassHead | None] = field(default_factory=dict)
    """Corrections of the model's classes by space; None is the model as it is."""

    keepsakes: Mapping[LostFile, Keepsake | None] = field(default_factory=dict)
    """Annotations of files that are not here."""

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    @property
    def samples(self) -> set[SampleId]:
        """The samples whose own annotations are changed."""
        tagged = (*self.add_tags.values(), *self.remove_tags.values())
        return set[SampleId]().union(self.ratings, self.notes, self.classes, *self.flags.values(), *tagged)


def apply(conn: sqlite3.Connection, change: AnnotationChange, *, revision: int) -> AnnotationChange:
    """Make the change; what takes it back, without what was so before."""
    for rating in change.ratings.values():
        if rating is not None:
            checked_rating(rating)
    if set(change.flags) - set(ANNOTATION_FLAGS):
        raise ValueError("not an annotation flag")
    notes = {sample: plain(note) if note else None for sample, note in change.notes.items()}
    back = AnnotationChange(
        ratings=_values(conn, "ratings", "rating", change.ratings),
        notes=_values(conn, "sample_notes", "note", notes),
        classes=_classes(conn, change.classes),
        flags=_without_empty({flag: _flag(conn, flag, values) for flag, values in change.flags.items()}),
        remove_tags=_without_empty({tag: _tag(conn, tag, ids) for tag, ids in change.add_tags.items()}),
        add_tags=_without_empty({tag: _untag(conn, tag, ids) for tag, ids in change.remove_tags.items()}),
        collections=_collections(conn, _all_collections(conn, change), revision=revision),
        keepsakes=keepsakes.put(conn, change.keepsakes),
        heads=class_heads.put(conn, change.heads, revision=revision),
    )
    touch = "UPDATE samples SET revision = ? WHERE id IN (SELECT value FROM json_each(?))"
    conn.execute(touch, (revision, listed(back.samples)))
    return back


def _values(conn: sqlite3.Connection, table: str, column: str, wanted: Mapping[SampleId, T]) -> dict[SampleId, Any]:
    """Write a column of a table with a row for each sample that has a value; the earlier values."""
    query = (
        f"SELECT id, {table}.{column} FROM samples LEFT JOIN {table} ON sample = id "
        "WHERE id IN (SELECT value FROM json_each(?))"
    )
    before = _differing(conn.execute(query, (listed(wanted),)), wanted)
    conn.execute(f"DELETE FROM {table} WHERE sample IN (SELECT value FROM json_each(?))", (listed(before),))
    rows = [(sample, wanted[sample]) for sample in before if wanted[sample] is not None]
    conn.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
    return before


def _classes(conn: sqlite3.Connection, wanted: Mapping[SampleId, int | None]) -> dict[SampleId, Any]:
    query = "SELECT id, corrected_class FROM samples WHERE id IN (SELECT value FROM json_each(?))"
    before = _differing(conn.execute(query, (listed(wanted),)), wanted)
    conn.executemany("UPDATE samples SET corrected_class = ? WHERE id = ?", [(wanted[each], each) for each in before])
    return before


def _flag(conn: sqlite3.Connection, flag: int, wanted: Mapping[SampleId, bool]) -> dict[SampleId, bool]:
    query = f"SELECT id, flags & {flag} FROM samples WHERE id IN (SELECT value FROM json_each(?))"
    rows = conn.execute(query, (listed(wanted),)).fetchall()
    before = _differing(((sample, bits != 0) for sample, bits in rows), wanted)
    conn.executemany(
        f"UPDATE samples SET flags = iif(?, flags | {flag}, flags & ~{flag}) WHERE id = ?",
        [(wanted[sample], sample) for sample in before],
    )
    return before


def _tag(conn: sqlite3.Connection, tag: str, ids: Iterable[SampleId]) -> list[SampleId]:
    rows = conn.execute(
        "INSERT OR IGNORE INTO tags SELECT id, ? FROM samples WHERE id IN (SELECT value FROM json_each(?)) "
        "RETURNING sample",
        (plain(tag), listed(ids)),
    )
    return [row[0] for row in rows.fetchall()]


def _untag(conn: sqlite3.Connection, tag: str, ids: Iterable[SampleId]) -> list[SampleId]:
    rows = conn.execute(
        "DELETE FROM tags WHERE tag = ? AND sample IN (SELECT value FROM json_each(?)) RETURNING sample",
        (plain(tag), listed(ids)),
    )
    return [row[0] for row in rows.fetchall()]


def _all_collections(conn: sqlite3.Connection, change: AnnotationChange) -> dict[str, SampleCollection | None]:
    """New content of all collections that change."""
    wanted = dict(change.collections)
    for name, new_name in change.rename.items():
        cleaned = sample_collections.collection_name(new_name)
        known = _known(conn, name)
        if cleaned.lower() != known.name.lower() and sample_collections.read(conn, cleaned) is not None:
            raise LibraryError(f"there is a collection {printable(cleaned)} already", hint="choose another name")
        wanted |= {known.name: None, cleaned: replace(known, name=cleaned)}
    for name, added in change.collect.items():
        earlier = sample_collections.read(conn, name) or SampleCollection(name, "list", ())
        wanted[earlier.name] = with_samples(earlier, added.samples, place=added.place, before=added.before)
    for name, removed in change.uncollect.items():
        known = _known(conn, name)
        wanted[known.name] = without_samples(known, removed)
    return wanted


def _known(conn: sqlite3.Connection, name: str) -> SampleCollection:
    collection = sample_collections.read(conn, name)
    if collection is None:
        raise LibraryError(f"there is no collection {printable(name)}", hint="tui-browser collect list shows all")
    return collection


def _collections(
    conn: sqlite3.Connection, wanted: Mapping[str, SampleCollection | None], *, revision: int
) -> dict[str, SampleCollection | None]:
    before: dict[str, SampleCollection | None] = {}
    for name, collection in sorted(wanted.items(), key=lambda pair: pair[1] is not None):
        earlier = sample_collections.read(conn, name)
        if earlier is not None and collection is not None and _same(earlier, collection):
            continue
        if collection is None:
            sample_collections.delete(conn, name)
        else:
            sample_collections.put(conn, collection, revision=revision)
        if earlier is not None or (collection is not None and name not in before):
            before[name] = earlier
    return before


def _same(earlier: SampleCollection, wanted: SampleCollection) -> bool:
    """Whether nothing would change; where a sample was last seen does not count."""

    def told(collection: SampleCollection) -> tuple[Any, ...]:
        items = [
            (item.sample, "" if item.sample else item.content_hash, b"" if item.sample else item.path, item.data)
            for item in collection.items
        ]
        return collection.name, collection.kind, collection.data, items

    return told(earlier) == told(wanted)


def _differing(rows: Iterable[tuple[SampleId, Any]], wanted: Mapping[SampleId, T]) -> dict[SampleId, Any]:
    """Earlier values that differ from the wanted ones."""
    return {sample: value for sample, value in rows if value != wanted[sample]}


def _without_empty(values: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in values.items() if value}

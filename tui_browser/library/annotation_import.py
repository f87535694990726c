"""The change that brings annotations from a file into a library: samples are found by their sound, then by path."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui_browser.library.annotation_file import Line, SampleAnnotations
from tui_browser.records import SampleId, SampleRow
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.reader import StoreReader
from tui_browser.store.records import CollectionItem, Keepsake, LostFile, SameContent, SampleCollection
from tui_browser.store.user_annotations import ANNOTATION_FLAGS


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do."""

    change: AnnotationChange
    samples: int
    """Lines about samples of the library."""
    waiting: int
    """Lines about sounds that the library has no file of; what they say waits for one."""
    collections: int


def plan_import(store: StoreReader, lines: Iterable[Line], *, replace_own: bool) -> ImportPlan:
    """Plan to add what the lines say to what the library has.

    Tags are added, flags are set. Ratings, notes and classes that the library has already stay, and its collections
    get the items that they lack; with `replace_own` the file's take their place.
    """
    lines = list(lines)
    notes = [line for line in lines if isinstance(line, SampleAnnotations)]
    matches = _matches(store, notes)
    own = {row.id: row for row in store.rows(dict.fromkeys(each for each in matches if each is not None))}
    ratings: dict[SampleId, int | None] = {}
    texts: dict[SampleId, str | None] = {}
    classes: dict[SampleId, int | None] = {}
    flags: dict[int, dict[SampleId, bool]] = {}
    tags: dict[str, list[SampleId]] = {}
    for line, sample in zip(notes, matches, strict=True):
        if sample is None:
            continue
        row, kept = own[sample], line.kept
        if kept.rating is not None and (replace_own or row.rating is None):
            ratings[sample] = kept.rating
        if kept.note is not None and (replace_own or row.user_note is None):
            texts[sample] = kept.note
        if kept.corrected_class is not None and (replace_own or row.corrected_class is None):
            classes[sample] = kept.corrected_class
        for flag in ANNOTATION_FLAGS:
            if kept.flags & flag:
                flags.setdefault(flag, {})[sample] = True
        for tag in _new_tags(row, kept):
            tags.setdefault(tag, []).append(sample)
    earlier = store.orphaned()
    waiting: dict[LostFile, Keepsake] = {}
    for line, sample in zip(notes, matches, strict=True):
        if sample is None and line.content_hash:
            lost = LostFile(line.content_hash, line.path)
            waiting[lost] = _merged(line.kept, waiting.get(lost) or earlier.get(lost), replace_own=replace_own)
    collections = [line for line in lines if isinstance(line, SampleCollection)]
    change = AnnotationChange(
        ratings, texts, classes, flags, tags,
        collections={each.name: _collected(store, each, replace_own=replace_own) for each in collections},
        keepsakes=waiting,
    )  # fmt: skip
    return ImportPlan(change, sum(each is not None for each in matches), len(waiting), len(collections))


def _matches(store: StoreReader, lines: Sequence[SampleAnnotations]) -> list[SampleId | None]:
    """The sample that each line is about: of copies that at the line's path, then one of its name, then any.

    A sample is given to one line only while there are others; where no file has the sound, the path decides.
    """
    copies = store.by_hash({line.content_hash for line in lines if line.content_hash})
    matches: list[SampleId | None] = [None] * len(lines)
    taken: set[SampleId] = set()
    for by_path in (True, False):
        for number, line in enumerate(lines):
            candidates = [each for each in copies.get(line.content_hash, ()) if not by_path or each.path == line.path]
            if matches[number] is None and candidates:
                best = min(candidates, key=lambda each: _distance(each, line.path, taken))
                matches[number] = best.id
                taken.add(best.id)
    return [
        store.id_of(line.path) if each is None and line.path else each
        for each, line in zip(matches, lines, strict=True)
    ]


def _distance(candidate: SameContent, path: bytes, taken: set[SampleId]) -> tuple[bool, bool, int]:
    return candidate.id in taken, os.path.basename(candidate.path) != os.path.basename(path), candidate.id


def _new_tags(row: SampleRow, kept: Keepsake) -> list[str]:
    had = {tag.casefold() for tag in row.tags}
    return [tag for tag in kept.tags if tag.casefold() not in had]


def _merged(kept: Keepsake, earlier: Keepsake | None, *, replace_own: bool) -> Keepsake:
    if earlier is None:
        return kept
    return kept.joined(earlier) if replace_own else earlier.joined(kept)


def _collected(store: StoreReader, collection: SampleCollection, *, replace_own: bool) -> SampleCollection:
    """The collection with its samples, and in place of the library's of this name or added to it."""
    lines = [SampleAnnotations(item.content_hash, item.path, Keepsake()) for item in collection.items]
    earlier = None if replace_own else store.collection(collection.name)
    items = [
        replace(item, sample=sample) for item, sample in zip(collection.items, _item_samples(store, lines), strict=True)
    ]
    if earlier is None:
        return replace(collection, items=tuple(items))
    had = {_key(item) for item in earlier.items}
    return replace(earlier, items=(*earlier.items, *(item for item in items if _key(item) not in had)))


def _item_samples(store: StoreReader, lines: Sequence[SampleAnnotations]) -> list[SampleId | None]:
    """As `_matches`, but the same sound at the same path is the same sample each time."""
    distinct = list(dict.fromkeys((line.content_hash, line.path) for line in lines))
    samples = _matches(store, [SampleAnnotations(*each, Keepsake()) for each in distinct])
    of = dict(zip(distinct, samples, strict=True))
    return [of[line.content_hash, line.path] for line in lines]


def _key(item: CollectionItem) -> tuple[object, ...]:
    return (item.sample,) if item.sample is not None else (item.content_hash, item.path)

"""Collections with samples added, moved and taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui_browser.records import SampleId
from tui_browser.store.records import CollectionItem, SampleCollection


def with_samples(
    collection: SampleCollection,
    samples: Iterable[SampleId],
    *,
    place: int | None = None,
    before: SampleId | None = None,
) -> SampleCollection:
    """The collection with these samples, each once, at its end.

    With `place` (from 1), or `before` another sample of it, they stand from there on, also those that it had: they are
    moved, with their data.
    """
    wanted = list(dict.fromkeys(samples))
    if place is None and before is None:
        had = set(collection.samples)
        new = tuple(CollectionItem(each) for each in wanted if each not in had)
        return replace(collection, items=(*collection.items, *new))
    moved = {item.sample: item for item in reversed(collection.items) if item.sample in set(wanted)}
    others = without_samples(collection, wanted).items
    inserted = tuple(moved.get(each, CollectionItem(each)) for each in wanted)
    if before is not None:
        place = next((at for at, item in enumerate(others, start=1) if item.sample == before), len(others) + 1)
    start = len(others) if place is None else place - 1
    return replace(collection, items=(*others[:start], *inserted, *others[start:]))


def without_samples(collection: SampleCollection, samples: Iterable[SampleId]) -> SampleCollection:
    """The collection without these samples."""
    out = set(samples)
    return replace(collection, items=tuple(item for item in collection.items if item.sample not in out))

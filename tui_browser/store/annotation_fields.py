"""A change of annotations as JSON, for the library's notes and for edits that wait for the writer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tui_browser.records import SampleId
from tui_browser.store import sample_collections
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples
from tui_browser.store.class_heads import ClassHead
from tui_browser.store.records import Keepsake, LostFile, SampleCollection


def as_fields(change: AnnotationChange) -> dict[str, Any]:
    """The change as JSON."""
    collections = {
        name: None if collection is None else sample_collections.as_fields(collection)
        for name, collection in change.collections.items()
    }
    return {
        "ratings": dict(change.ratings),
        "notes": dict(change.notes),
        "classes": dict(change.classes),
        "flags": {flag: dict(values) for flag, values in change.flags.items()},
        "add_tags": {tag: list(ids) for tag, ids in change.add_tags.items()},
        "remove_tags": {tag: list(ids) for tag, ids in change.remove_tags.items()},
        "collections": collections,
        "rename": dict(change.rename),
        "collect": {name: [list(each.samples), each.place, each.before] for name, each in change.collect.items()},
        "uncollect": {name: list(ids) for name, ids in change.uncollect.items()},
        "keepsakes": [[lost.content_hash, os.fsdecode(lost.path), kept] for lost, kept in change.keepsakes.items()],
        "heads": {space: _head_fields(head) for space, head in change.heads.items()},
    }


def from_fields(fields: Mapping[str, Any]) -> AnnotationChange:
    """The inverse of `as_fields`; raises an error of Python for other fields."""
    collections: dict[str, SampleCollection | None] = {
        str(name): None if cells is None else sample_collections.from_fields(cells)
        for name, cells in fields["collections"].items()
    }
    return AnnotationChange(
        ratings=_by_sample(fields["ratings"]),
        notes=_by_sample(fields["notes"]),
        classes=_by_sample(fields["classes"]),
        flags={int(flag): _by_sample(values) for flag, values in fields["flags"].items()},
        add_tags={str(tag): _ids(ids) for tag, ids in fields["add_tags"].items()},
        remove_tags={str(tag): _ids(ids) for tag, ids in fields["remove_tags"].items()},
        collections=collections,
        rename={str(name): str(new) for name, new in fields.get("rename", {}).items()},
        collect={
            str(name): CollectedSamples(_ids(ids), place, before)
            for name, (ids, place, before) in fields.get("collect", {}).items()
        },
        uncollect={str(name): _ids(ids) for name, ids in fields.get("uncollect", {}).items()},
        keepsakes={lost: _keepsake(cells) for lost, cells in _lost_files(fields["keepsakes"])},
        heads={str(space): _head(cells) for space, cells in fields.get("heads", {}).items()},
    )


def _ids(ids: Sequence[Any]) -> list[SampleId]:
    return [SampleId(int(each)) for each in ids]


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

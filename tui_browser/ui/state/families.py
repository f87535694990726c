"""Families of the samples of class `other`, by the words of their paths; kept from snapshot to snapshot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.path_labels import families_of, labels_of, shared_folder
from tui_browser.records import CLASSES, NO_FAMILY, OTHER, Names, Snapshot

FamilyIndex = NDArray[np.uint8]
"""(N,) indices into `FAMILIES`; NO_FAMILY for other classes, and where the path has no known word."""

FIRST_FAMILY = len(CLASSES) + 1
"""Colour index of the first of `FAMILIES`, behind those of the classes and of unclassed samples."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundFamilies:
    """The families of one snapshot, and what they were computed from."""

    names: Names
    asked: NDArray[np.bool_]
    """(N,) the samples of class `other`."""
    index: FamilyIndex
    shared: int
    """Length of the common start of all paths, whose words are ignored."""


def find_families(snapshot: Snapshot, before: SoundFamilies | None = None) -> SoundFamilies:
    """The families of the samples; for unchanged paths they are taken from `before`.

    Of a million samples half of which are `other` it takes some two seconds, and a tenth of one where little changed.
    """
    names, asked = snapshot.names, is_other(snapshot)
    shared = shared_folder(names)
    index = np.full(len(names), NO_FAMILY, dtype=np.uint8)
    wanted = asked.copy()
    if before is not None and before.shared == shared:
        same = _alike(before.names, names)
        known = np.zeros(len(names), dtype=np.bool_)
        known[: len(same)] = same & before.asked[: len(same)]
        index[: len(same)] = np.where(known[: len(same)] & asked[: len(same)], before.index[: len(same)], NO_FAMILY)
        wanted &= ~known
    rows = np.flatnonzero(wanted).astype(np.int64)
    if len(rows):
        index[rows] = families_of(labels_of(names, rows, shared=shared))
    return SoundFamilies(names, asked, index, shared)


def carried(family: FamilyIndex, before: Snapshot, snapshot: Snapshot) -> FamilyIndex:
    """Families of an earlier snapshot for the samples of this one; new samples have none."""
    if before is snapshot:
        return family
    at = np.minimum(np.searchsorted(before.ids, snapshot.ids), max(0, len(before) - 1))
    if not len(before):
        return np.full(len(snapshot), NO_FAMILY, dtype=np.uint8)
    return np.where((before.ids[at] == snapshot.ids) & is_other(snapshot), family[at], NO_FAMILY).astype(np.uint8)


def is_other(snapshot: Snapshot) -> NDArray[np.bool_]:
    """(N,) the samples of the class `other`, where the model has one that has a colour."""
    if OTHER not in snapshot.class_names:
        return np.zeros(len(snapshot), dtype=np.bool_)
    return np.asarray(snapshot.classes == snapshot.class_names.index(OTHER))


def _alike(before: Names, names: Names) -> NDArray[np.bool_]:
    """(n,) whether each row has the same path in both, for the rows that both have."""
    count = min(len(before), len(names))
    lengths = np.diff(before.offsets[: count + 1])
    if before.blob is names.blob or (
        np.array_equal(before.offsets[: count + 1], names.offsets[: count + 1])
        and memoryview(before.blob)[: before.offsets[count]] == memoryview(names.blob)[: names.offsets[count]]
    ):
        return np.ones(count, dtype=np.bool_)
    same = np.flatnonzero(lengths == np.diff(names.offsets[: count + 1]))
    alike = np.zeros(count, dtype=np.bool_)
    alike[[row for row in same.tolist() if before[row] == names[row]]] = True
    return alike

"""Neighbours in a stored library: of a sample, a file, several sounds; with what they share and how sure that is."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.picture_part import with_width
from tui_browser.errors import LibraryError
from tui_browser.library.likeness import PLAIN, SoundTarget, Weights, agreements, aspect_gaps, chance_distance
from tui_browser.library.slice_search import (
    SliceNeighbour,
    merge_neighbours,
    nearest_slices,
    nearest_slices_in_parts,
)
from tui_browser.library.weighed_nearest import nearest_sounds
from tui_browser.records import FEATURES, HIDDEN, FileStat, FloatArray, SampleId, SampleRow, Snapshot
from tui_browser.store.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class FoundNeighbour:
    """A sample near a target."""

    sample: SampleId
    distance: float
    part: SliceNeighbour | None
    """The slice by which a long file is near; None where the whole file is."""
    alike: FloatArray
    """(6,) agreement in each of `likeness.ASPECTS`, 0 to 1, NaN unknown; `overall` is the confidence."""

    @property
    def confidence(self) -> float:
        return float(self.alike[0])


class NeighbourSearch:
    """Searches the newest snapshot, which it keeps for the next search."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._snapshot: Snapshot | None = None
        self._chance: tuple[Snapshot, float] | None = None

    def target_of(self, path: bytes) -> SoundTarget | None:
        """The stored sound of a file; None when it is not indexed or has changed since."""
        sample = self._store.id_of(path)
        row = self._store.row(sample) if sample is not None else None
        if row is None:
            return None
        try:
            stat = FileStat.of(path, os.stat(path))
        except OSError:
            return None
        if (stat.size, stat.mtime_ns) != (row.size, row.mtime_ns):
            return None
        vector = self._store.vectors_of([row.id]).get(row.id)
        if vector is None or not len(vector) or not np.isfinite(vector).all():
            return None
        return SoundTarget(vector, features_of(row))

    def snapshot(self) -> Snapshot:
        """The library now, with vectors and slices."""
        self._snapshot = self._store.load(slices=True, previous=self._snapshot)
        return self._snapshot

    def near(
        self,
        target: SoundTarget,
        *,
        k: int,
        without: Collection[SampleId] = (),
        among: NDArray[np.int64] | None = None,
        weights: Weights = PLAIN,
    ) -> list[FoundNeighbour]:
        """The `k` nearest samples, nearest first, without hidden ones and those in `without`.

        `among` limits the search to these ascending ids. A long file is as near as the nearest of its whole and its
        slices; where aspects are weighed only whole files are compared, as of a slice no pitch or level is known.
        """
        snapshot = self.snapshot()
        if snapshot.vectors is None or not snapshot.vectors.shape[1] or k <= 0:
            return []
        target = SoundTarget(with_width(target.vector, snapshot.vectors.shape[1]), target.features)
        mask = _searched(snapshot, among)
        more = k + len(without)
        found, distances = nearest_sounds(
            snapshot.vectors, snapshot.features, target, k=more, mask=mask, weights=weights
        )
        if not np.isfinite(distances).all():
            raise LibraryError(
                "the library holds a vector that is not finite", path=self._store.path, hint="index again"
            )
        ids = None if mask is None else snapshot.ids[mask]
        near_slices = [] if any(weights[1:]) else self._slices(snapshot, target, more, ids)
        whole = zip(map(SampleId, snapshot.ids[found].tolist()), distances.tolist(), strict=True)
        merged = [each for each in merge_neighbours(whole, near_slices, k=more) if each[0] not in without]
        return self._explained(snapshot, target, merged[:k])

    def _slices(
        self, snapshot: Snapshot, target: SoundTarget, k: int, among: NDArray[np.int64] | None
    ) -> list[SliceNeighbour]:
        table = snapshot.slices
        if table is not None:
            return nearest_slices(table, target.vector, k=k, among=among)
        return nearest_slices_in_parts(self._store.slices_in_parts(), target.vector, k=k, among=among)

    def _explained(
        self,
        snapshot: Snapshot,
        target: SoundTarget,
        merged: Sequence[tuple[SampleId, float, SliceNeighbour | None]],
    ) -> list[FoundNeighbour]:
        assert snapshot.vectors is not None
        if not merged:
            return []
        if self._chance is None or self._chance[0] is not snapshot:
            self._chance = snapshot, chance_distance(snapshot.vectors)
        rows = np.searchsorted(snapshot.ids, [sample for sample, _, _ in merged])
        gaps = aspect_gaps(snapshot.vectors[rows], snapshot.features[rows], target)
        for at, (_, distance, part) in enumerate(merged):
            if part is not None:
                gaps[at] = np.nan
                gaps[at, 0] = distance
        alike = agreements(gaps, chance=self._chance[1])
        return [FoundNeighbour(sample, distance, part, alike[at]) for at, (sample, distance, part) in enumerate(merged)]


def features_of(row: SampleRow) -> FloatArray:
    """(F,) a row's columns of `FEATURES`; tempo and key are left out, as no aspect compares them."""
    values = [getattr(row, name) if name not in ("bpm", "key") else None for name in FEATURES]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def _searched(snapshot: Snapshot, among: NDArray[np.int64] | None) -> NDArray[np.bool_] | None:
    """(N,) samples to search; None for all."""
    shown = snapshot.flags & HIDDEN == 0
    if among is not None:
        shown &= np.isin(snapshot.ids, among, assume_unique=True)
    return None if shown.all() else shown

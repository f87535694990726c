"""A library of which only some samples are seen: those that somebody else has listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.axes import Scale
from tui_browser.library.door import Library
from tui_browser.library.hits import NearHit
from tui_browser.records import FloatArray, Names, Reject, Root, SampleId, SampleRow, Slice, Snapshot
from tui_browser.store.slices import only
from tui_browser.store.values import LayoutInfo


class Among:
    """The read side of a library, cut down to the samples at some paths; those it does not know are passed over."""

    def __init__(self, library: Library, paths: Sequence[bytes]) -> None:
        self.path = library.path
        self._library = library
        self._paths = frozenset(paths)
        self._full: Snapshot | None = None
        self._part: Snapshot | None = None

    def snapshot(self, previous: Snapshot | None = None, *, vectors: bool = True) -> Snapshot:
        """As Library.snapshot, with the listed samples only; the same object while nothing has changed."""
        full = self._library.snapshot(self._full if previous is not None else None, vectors=vectors)
        if self._part is None or full is not self._full:
            ids = {sample for path in self._paths if (sample := self._library.id_of(path)) is not None}
            self._full, self._part = full, cut(full, ids)
        return self._part

    def sample(self, id: SampleId) -> SampleRow | None:
        return self._library.sample(id)

    def id_of(self, path: bytes) -> SampleId | None:
        return self._library.id_of(path) if path in self._paths else None

    def roots(self) -> list[Root]:
        return self._library.roots()

    def root_paths(self) -> list[bytes]:
        return self._library.root_paths()

    def rejects(self) -> list[Reject]:
        return self._library.rejects()

    def layouts(self) -> list[LayoutInfo]:
        return self._library.layouts()

    def places(self, name: str, ids: NDArray[np.int64]) -> FloatArray:
        return self._library.places(name, ids)

    def mtimes(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return self._library.mtimes()

    def scales(self, layout: str) -> tuple[Scale, Scale] | None:
        return self._library.scales(layout)

    def latent(self) -> int:
        return self._library.latent()

    def slices(self, sample: SampleId) -> list[Slice]:
        return self._library.slices(sample)

    def slice_vector(self, sample: SampleId, place: int) -> FloatArray | None:
        return self._library.slice_vector(sample, place)

    def near_hits(self, vector: FloatArray, *, k: int, among: NDArray[np.int64] | None = None) -> list[NearHit]:
        ids = self._part.ids if self._part is not None else np.empty(0, dtype=np.int64)
        return self._library.near_hits(vector, k=k, among=ids if among is None else among)


def cut(snapshot: Snapshot, ids: set[SampleId]) -> Snapshot:
    """The snapshot with only the rows of these samples, in the same order."""
    wanted = np.array(sorted(ids), dtype=np.int64)
    rows = np.flatnonzero(np.isin(snapshot.ids, wanted, assume_unique=True))
    names = [snapshot.names[row] for row in rows.tolist()]
    offsets = np.zeros(len(names) + 1, dtype=np.int64)
    np.cumsum([len(name) for name in names], out=offsets[1:])
    part = replace(
        snapshot,
        ids=snapshot.ids[rows],
        xy=snapshot.xy[rows],
        classes=snapshot.classes[rows],
        class_p=snapshot.class_p[rows],
        flags=snapshot.flags[rows],
        features=snapshot.features[rows],
        names=Names(b"".join(names), offsets),
        vectors=None if snapshot.vectors is None else snapshot.vectors[rows],
        tags={sample: tags for sample, tags in snapshot.tags.items() if sample in ids},
        hits=None if snapshot.hits is None else only(snapshot.hits, np.isin(snapshot.hits.files, wanted)),
    )
    for array in (part.ids, part.xy, part.classes, part.class_p, part.flags, part.features, part.vectors):
        if array is not None:
            array.flags.writeable = False
    return part

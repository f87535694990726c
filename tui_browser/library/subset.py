"""A library limited to the samples at given paths, such as those that another program listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.axes import AxisScale
from tui_browser.library.library import Library
from tui_browser.library.slice_search import SliceNeighbour
from tui_browser.records import FloatArray, Names, Reject, Root, SampleId, SampleRow, Slice, Snapshot
from tui_browser.search.file_columns import FileColumns
from tui_browser.store.records import CollectionInfo, LayoutInfo, SampleCollection
from tui_browser.store.slices import select_files


class LibrarySubset:
    """Read access to the samples at these paths; paths outside the library are ignored."""

    def __init__(self, library: Library, paths: Sequence[bytes]) -> None:
        self.path = library.path
        self._library = library
        self._paths = frozenset(paths)
        self._full: Snapshot | None = None
        self._part: Snapshot | None = None

    def snapshot(self, previous: Snapshot | None = None, *, vectors: bool = True) -> Snapshot:
        """As `Library.snapshot`, with these samples only; the same object until something changes."""
        full = self._library.snapshot(self._full if previous is not None else None, vectors=vectors)
        if self._part is None or full is not self._full:
            ids = {sample for path in self._paths if (sample := self._library.id_of(path)) is not None}
            self._full, self._part = full, _subset(full, ids)
        return self._part

    @property
    def model(self) -> str | None:
        return self._library.model

    @property
    def space(self) -> str:
        return self._library.space

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

    def corrections(self) -> dict[SampleId, int]:
        return self._library.corrections()

    def collections(self) -> list[CollectionInfo]:
        return self._library.collections()

    def collection(self, name: str) -> SampleCollection | None:
        return self._library.collection(name)

    def known_as(self, paths: Sequence[bytes]) -> list[bytes | None]:
        return self._library.known_as(paths)

    def layouts(self) -> list[LayoutInfo]:
        return self._library.layouts()

    def places(self, name: str, ids: NDArray[np.int64]) -> FloatArray:
        return self._library.places(name, ids)

    def copy_stacks(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As `Library.copy_stacks`; where the one that should stay is not among these samples, the first that is."""
        ids, keepers = self._library.copy_stacks()
        here = np.isin(ids, self.snapshot(self._part).ids)
        ids, keepers = ids[here], keepers[here]
        _, first, group = np.unique(keepers, return_index=True, return_inverse=True)
        return ids, np.where(np.isin(keepers, ids), keepers, ids[first][group])

    def files_of(self, snapshot: Snapshot) -> FileColumns:
        return self._library.files_of(snapshot)

    def mtimes(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return self._library.mtimes()

    def scales(self, layout: str) -> tuple[AxisScale, AxisScale] | None:
        return self._library.scales(layout)

    def latent(self) -> int:
        return self._library.latent()

    def slices(self, sample: SampleId) -> list[Slice]:
        return self._library.slices(sample)

    def slice_vector(self, sample: SampleId, number: int) -> FloatArray | None:
        return self._library.slice_vector(sample, number)

    def nearest_slices(
        self, vector: FloatArray, *, k: int, among: NDArray[np.int64] | None = None
    ) -> list[SliceNeighbour]:
        ids = self._part.ids if self._part is not None else np.empty(0, dtype=np.int64)
        return self._library.nearest_slices(vector, k=k, among=ids if among is None else among)


def _subset(snapshot: Snapshot, ids: set[SampleId]) -> Snapshot:
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
        ratings={sample: rating for sample, rating in snapshot.ratings.items() if sample in ids},
        user_notes={sample: note for sample, note in snapshot.user_notes.items() if sample in ids},
        collections={
            name: tuple(each for each in samples if each in ids) for name, samples in snapshot.collections.items()
        },
        credits={sample: credit for sample, credit in snapshot.credits.items() if sample in ids},
        slices=None
        if snapshot.slices is None
        else select_files(snapshot.slices, np.isin(snapshot.slices.files, wanted)),
    )
    for array in (part.ids, part.xy, part.classes, part.class_p, part.flags, part.features, part.vectors):
        if array is not None:
            array.flags.writeable = False
    return part

"""Which layout a library shows, and where new samples go on it.

A bundle with a map head gives each sound its place at once. Without one a PCA of the first sounds is the provisional
map, fitted anew only while new samples outnumber the placed ones. From 2,000 samples on a neighbour-keeping layout
is fitted once and replaces the provisional map; from then on no dot moves by itself.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.place import place_by_neighbours
from tui_browser.atlas.project import align, normalise, pca, turn
from tui_browser.records import FloatArray, SampleId, Snapshot
from tui_browser.store.store import Store

FITTED_FROM = 2000
"""Below so many samples `auto` pays for no compiler."""
HEAD = "map"
"""Name of the layout that a bundle's map head gives."""
AUTO = "umap"
"""The neighbour-keeping layout that `auto` fits."""
PROVISIONAL = (HEAD, "pca")


class Fitted(Protocol):
    """A layout that came back from the worker."""

    @property
    def xy(self) -> FloatArray: ...


class Placer:
    """Gives every sample with a sound a place on the shown layout; its caller holds the writer lock."""

    def __init__(self, store: Store, *, space: str, has_map: bool) -> None:
        self._store = store
        self._space = space
        self._has_map = has_map
        self._snapshot: Snapshot | None = None

    @property
    def layout(self) -> str:
        """The layout that the model's own places are stored under; empty without a map head."""
        return HEAD if self._has_map else ""

    def begin(self) -> None:
        """Show this space and a layout of it, so that the first batch is on the map at once."""
        if self._store.counts().space not in ("", self._space):
            self._store.show_space(self._space)
        shown = next((layout for layout in self._store.layouts() if layout.shown), None)
        if self._has_map and (shown is None or shown.space != self._space):
            none = np.empty(0, dtype=np.int64)
            self._store.put_layout(HEAD, self._space, none, np.empty((0, 2), dtype=np.float32), show=True)

    def look(self) -> Snapshot:
        """The library as it stands now."""
        self._snapshot = self._store.load(previous=self._snapshot)
        return self._snapshot

    def settle(self) -> int:
        """Place what has a sound and no place yet; returns how many that were."""
        if self._has_map and self._store.shown_layout() == HEAD:
            return 0  # each came with its place; nothing is loaded to find that out
        snapshot = self.look()
        sounding = _sounding(snapshot)
        lost = sounding & np.isnan(snapshot.xy[:, 0])
        if not lost.any():
            return 0
        if snapshot.layout == HEAD and not self._has_map:
            return 0
        placed = sounding & ~lost
        if not placed.any() or (snapshot.layout == "pca" and sounding.sum() > 2 * self._fitted("pca")):
            return self._provisional(snapshot, sounding)
        assert snapshot.vectors is not None  # look() loads them
        xy = place_by_neighbours(snapshot.vectors[lost], snapshot.vectors[placed], snapshot.xy[placed])
        self._store.place([SampleId(int(i)) for i in snapshot.ids[lost]], xy)
        return int(lost.sum())

    def _provisional(self, snapshot: Snapshot, sounding: NDArray[np.bool_]) -> int:
        assert snapshot.vectors is not None  # look() loads them
        flat, _ = pca(snapshot.vectors[sounding])
        old = snapshot.xy[sounding]
        self._install("pca", snapshot.ids[sounding], align(normalise(turn(flat, old)), old), show=True)
        return int(sounding.sum())

    def due(self) -> bool:
        """Whether `auto` asks for a neighbour-keeping layout now."""
        count = self._store.counts().encoded
        return count >= FITTED_FROM and count > 2 * self._fitted(AUTO)

    @property
    def provisional(self) -> bool:
        """Whether the shown layout is one that a fitted one may replace."""
        return self._store.shown_layout() in ("", *PROVISIONAL)

    def stored(self, kind: str) -> bool:
        """Whether a layout of this kind is stored that covers all samples with a sound."""
        layout = next((layout for layout in self._store.layouts() if layout.name == kind), None)
        return (
            layout is not None and layout.space == self._space and layout.samples >= int(_sounding(self.look()).sum())
        )

    def show(self, kind: str) -> None:
        """Show a stored layout, and place on it what came after it."""
        self._store.show_layout(kind)
        self.settle()

    def sounds(self) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
        """ids (n,), vectors (n, D) and present places (n, 2; NaN where none) of all samples with a sound."""
        snapshot = self.look()
        sounding = _sounding(snapshot)
        assert snapshot.vectors is not None  # look() loads them
        return snapshot.ids[sounding], snapshot.vectors[sounding], snapshot.xy[sounding]

    def install(self, kind: str, ids: NDArray[np.int64], xy: FloatArray, *, show: bool) -> None:
        """Store a fitted layout; samples that came or went meanwhile are placed or dropped."""
        self._install(kind, ids, xy, show=show)
        if show:
            self.settle()

    def _install(self, kind: str, ids: NDArray[np.int64], xy: FloatArray, *, show: bool) -> None:
        still = np.isin(ids, self.look().ids)
        self._store.put_layout(kind, self._space, ids[still], xy[still].astype(np.float32), show=show)
        self._store.set_meta({f"fitted:{kind}": f"{self._space}:{int(still.sum())}"})

    def _fitted(self, kind: str) -> int:
        space, _, count = self._store.meta(f"fitted:{kind}").rpartition(":")
        return int(count) if space == self._space else 0


def _sounding(snapshot: Snapshot) -> NDArray[np.bool_]:
    if snapshot.vectors is None or not len(snapshot):
        return np.zeros(len(snapshot), dtype=np.bool_)
    return np.asarray(np.isfinite(snapshot.vectors).all(axis=1))

"""The shown layout of a library, and the placement of new samples in it.

A model with a map head places each sample at once; after the first run the samples are spread over the map. Without a
map head the provisional layout is a PCA. A provisional layout is recomputed only if new samples outnumber the placed
ones (and, with a map head, lie outside of them). From 500 samples on a `near` layout is fitted once and replaces the
provisional one. From then on no sample moves by itself; new samples get a free spot among their neighbours.
"""

from __future__ import annotations

import itertools
import json
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.axes import AxisScale, is_axes, latent_axes, parse_axes
from tui_browser.layouts.axis_values import place_on_axes
from tui_browser.layouts.fit import LAYOUT_KINDS
from tui_browser.layouts.grid import nearest_free_cells
from tui_browser.layouts.notes import AUTO, EARLIER, GRID, HEAD, HEAD_RAW, LEFT, PROVISIONAL, LayoutNotes
from tui_browser.layouts.placing import PlacementIndex
from tui_browser.layouts.projection import pca, procrustes
from tui_browser.layouts.spread import free_spots, spread
from tui_browser.records import FloatArray, Names, SampleId, Snapshot
from tui_browser.store.store import Store

FITTED_FROM = 500
"""Samples from which `auto` fits a layout."""
_BEYOND, _OUTGROWN = 0.1, 0.1
"""A layout is outgrown if more than `_OUTGROWN` of the new samples lie further outside than `_BEYOND` of its range."""
_PROVISIONAL_ROUNDS = 20
"""Rounds of a spread that is repeated while a library grows."""


class FittedLayout(Protocol):
    """The result of a layout fit."""

    @property
    def xy(self) -> FloatArray: ...

    @property
    def shape(self) -> tuple[int, int]: ...


class Placer:
    """Places every encoded sample in the shown layout; the caller must hold the writer lock."""

    def __init__(self, store: Store, *, space: str, has_map: bool) -> None:
        self._store = store
        self._space = space
        self.notes = LayoutNotes(store, space=space)
        self._has_map = has_map
        self._snapshot: Snapshot | None = None
        self._ground = PlacementIndex()
        self._running = False
        self.moving = False
        """Whether the library is switching models; the old layout stays until all samples are encoded."""

    @property
    def layout(self) -> str:
        """Name of the layout with the raw output of the map head; empty without a map head."""
        return "" if not self._has_map else HEAD_RAW if self.notes.fitted(HEAD) else HEAD

    @property
    def shows_own(self) -> bool:
        """Whether the raw output of the map head is shown."""
        return self._has_map and self._store.shown_layout() == HEAD and not self.notes.fitted(HEAD)

    def begin(self) -> None:
        """Before a run: show a layout of this space, so that the first batch of a new library appears at once."""
        self._running = True
        self.moving = self._store.counts().space not in ("", self._space)
        if self.moving:
            return
        shown = next((layout for layout in self._store.layouts() if layout.shown), None)
        if self._has_map and (shown is None or shown.space != self._space):
            self._begin_head()

    def _begin_head(self) -> None:
        none = np.empty(0, dtype=np.int64)
        self._store.put_layout(HEAD, self._space, none, np.empty((0, 2), dtype=np.float32), show=True)
        self.notes.note({f"fitted:{HEAD}": "0"})  # an older library has no such note: its map stays as it is

    def end(self, *, auto: bool) -> None:
        """After a run: spread the map head's layout, unless a fitted one exists or, with `auto`, is due."""
        self._running = False
        if self._store.shown_layout() == HEAD and not self.notes.fitted(AUTO) and not (auto and self.due()):
            self._arrange()

    def _arrange(self, *, anew: bool = False) -> None:
        """Spread the map head's layout, which is shown, if it is new or outgrown."""
        known = self.notes.fact(f"fitted:{HEAD}")
        if not self._has_map or self.moving or not (known or anew):
            return
        if anew or self._store.counts().encoded > 2 * int(known):
            snapshot = self.look()
            if anew or known == "0" or self._outgrown(snapshot):
                self._spread_own(snapshot)

    def _outgrown(self, snapshot: Snapshot) -> bool:
        """Whether samples that came after the map head's layout was spread lie outside of it."""
        own = self._store.places(self.layout, snapshot.ids)
        placed = np.isfinite(own).all(axis=1)
        before = placed & (snapshot.ids <= int(self.notes.fact(f"newest:{HEAD}") or 0))
        came = own[placed & ~before]
        if not before.any() or not len(came):
            return len(came) > 0
        low, high = own[before].min(axis=0), own[before].max(axis=0)
        reach = _BEYOND * (high - low)
        return bool(((came < low - reach) | (came > high + reach)).any(axis=1).mean() > _OUTGROWN)

    def _spread_own(self, snapshot: Snapshot) -> int:
        """Show the spread layout of the map head; returns the number of samples."""
        own = self._store.places(self.layout, snapshot.ids)
        placed = _sounding(snapshot) & np.isfinite(own).all(axis=1)
        if self.layout == HEAD:
            self._store.put_layout(HEAD_RAW, self._space, snapshot.ids, own, show=False)
        order = _stable_order(own, np.flatnonzero(placed), snapshot.names)
        self._install(HEAD, snapshot.ids[order], spread(own[order]), show=True)
        return len(order)

    def complete(self) -> None:
        """After a run over all roots: complete the switch to this model."""
        if not self.moving:
            return
        self.moving = False
        old, left = self._store.counts().space, self._store.shown_layout()
        self._store.set_meta({f"{LEFT}@{old}": left})
        self._store.show_space(self._space)
        names = self.notes.names()
        name = next((name for name in (self.notes.fact(LEFT), HEAD if self._has_map else "") if name in names), "")
        if name:
            if name == HEAD and not self.notes.fact(f"fitted:{HEAD}"):
                self.notes.note({f"fitted:{HEAD}": "0"})
            self._store.show_layout(name)
        elif not self._has_map:
            snapshot = self.look()
            self._provisional(snapshot, _sounding(snapshot))
        else:
            self._begin_head()

    def look(self) -> Snapshot:
        """The current snapshot of the library."""
        self._snapshot = self._store.load(previous=self._snapshot)
        return self._snapshot

    def settle(self) -> int:
        """Place all encoded samples that have no position; returns their number."""
        if self.shows_own:
            return 0  # each came with its place; nothing is loaded to find that out
        snapshot = self.look()
        lost = np.isnan(snapshot.xy[:, 0])
        if snapshot.vectors is None or not snapshot.vectors.shape[1] or not lost.any():
            return 0
        lost[lost] = np.isfinite(snapshot.vectors[lost]).all(axis=1)
        if not lost.any() or (snapshot.layout == HEAD and not self._has_map):
            return 0
        if is_axes(snapshot.layout):
            sounding = _sounding(snapshot)
            xy, _ = self._chart(snapshot, sounding, snapshot.layout, anew=False)
            self._store.place([SampleId(int(i)) for i in snapshot.ids[lost]], xy[lost[sounding]])
            return int(lost.sum())
        standing = ~np.isnan(snapshot.xy[:, 0])
        if snapshot.layout == HEAD and not standing.any():
            return self._spread_own(snapshot)
        total = int(standing.sum() + lost.sum())
        if not standing.any() or (snapshot.layout == "pca" and total > 2 * self.notes.fitted("pca")):
            return self._provisional(snapshot, _sounding(snapshot))
        xy = self.among(snapshot.vectors[lost])
        if snapshot.layout.removeprefix(EARLIER) == GRID:
            columns, rows = self.notes.shape(snapshot.layout)
            xy = nearest_free_cells(xy, snapshot.xy[standing], columns=columns, rows=rows)
        else:
            xy = free_spots(xy, snapshot.xy[standing])
        self._store.place([SampleId(int(i)) for i in snapshot.ids[lost]], xy)
        return int(lost.sum())

    def among(self, vectors: FloatArray) -> FloatArray:
        """Positions (n, 2) of vectors (n, D) among their neighbours in the shown layout; NaN if it is empty."""
        now = self.look()
        assert now.vectors is not None  # look() loads them
        return self._ground.place(vectors, ids=now.ids, vectors=now.vectors, xy=now.xy)

    def on_axes(self, z: FloatArray) -> FloatArray | None:
        """Position (2,) of a latent (Z,) where both axes of the shown layout are latent dimensions; else None."""
        name = self._store.shown_layout()
        x, y = latent_axes(name)
        kept = self.notes.fact(f"scales:{name}") if x is not None and y is not None else ""
        if x is None or y is None or not kept:
            return None
        pairs = zip(json.loads(kept), parse_axes(name), strict=True)
        scales = [AxisScale(float(low), float(high), axis.log) for (low, high), axis in pairs]
        values = z[[x, y]].astype(np.float64)
        return np.concatenate([scale.apply(values[[side]]) for side, scale in enumerate(scales)])

    def _provisional(self, snapshot: Snapshot, sounding: NDArray[np.bool_]) -> int:
        assert snapshot.vectors is not None  # look() loads them
        flat, _ = pca(snapshot.vectors[sounding])
        old = snapshot.xy[sounding]
        self._install(
            "pca", snapshot.ids[sounding], spread(procrustes(flat, old), rounds=_PROVISIONAL_ROUNDS), show=True
        )
        return int(sounding.sum())

    def due(self) -> bool:
        """Whether `auto` wants a new `near` layout."""
        count = self._store.counts().encoded
        asks = self._store.shown_layout() in ("", *PROVISIONAL, AUTO)
        return asks and count >= FITTED_FROM and count > 2 * self.notes.fitted(AUTO)

    def stale(self) -> tuple[str, float]:
        """The shown layout, and the share of its samples added after the fit; 0 for layouts without a fit."""
        name, now = self._store.shown_layout(), self._store.counts().encoded
        fitted = self.notes.fitted(name)
        if name not in LAYOUT_KINDS or not fitted or not now:
            return name, 0.0
        newest = self.notes.fact(f"newest:{name}")
        if self._snapshot is None or not newest:
            return name, max(0, now - fitted) / now  # nothing is loaded to find out who went since
        snapshot = self.look()
        ids = snapshot.ids[np.isfinite(snapshot.xy[:, 0])]
        return name, float((ids > int(newest)).mean()) if len(ids) else 0.0

    @property
    def provisional(self) -> bool:
        """Whether the shown layout is provisional."""
        return self._store.shown_layout() in ("", *PROVISIONAL)

    def stored(self, kind: str) -> bool:
        """Whether a layout of this kind is stored and covers all encoded samples."""
        mine = (layout for layout in self._store.layouts() if (layout.name, layout.space) == (kind, self._space))
        layout = next(mine, None)
        return layout is not None and layout.samples >= int(_sounding(self.look()).sum())

    def show(self, kind: str, *, anew: bool = False) -> None:
        """Show a stored layout and place newer samples in it; `anew` spreads the map head's layout again."""
        self.notes.remember(kind)
        self._store.show_layout(kind)
        if kind == HEAD and not self._running:
            self._arrange(anew=anew)
        self.settle()

    def sounds(self) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
        """ids (n,), vectors (n, D) and positions (n, 2), NaN if unknown, of all encoded samples."""
        snapshot = self.look()
        sounding = _sounding(snapshot)
        assert snapshot.vectors is not None  # look() loads them
        return snapshot.ids[sounding], snapshot.vectors[sounding], snapshot.xy[sounding]

    def source(self) -> FloatArray | None:
        """Positions (n, 2) of the samples of `sounds` in the layout that a grid is made from; None if it is shown."""
        name, snapshot = self.notes.map_name, self.look()
        if not name or name == snapshot.layout:
            return None
        return self._store.places(name, snapshot.ids)[_sounding(snapshot)]

    def install(
        self, kind: str, ids: NDArray[np.int64], result: FittedLayout, *, show: bool, keep: bool = False
    ) -> None:
        """Store a fitted layout; samples added or removed meanwhile are placed or dropped.

        `keep` keeps the previous layout of this name as an earlier one, for undo.
        """
        grounds = self.notes.grounds(self.notes.map_name)
        if keep and self._store.shown_layout() != EARLIER + kind and self._store.rename_layout(kind, EARLIER + kind):
            self.notes.note({f"shape:{EARLIER}{kind}": self.notes.fact(f"shape:{kind}")})
        if show:
            self.notes.remember(kind)
        if kind == GRID:
            self.notes.note({"shape:grid": "x".join(map(str, result.shape)), "source:grid": grounds})
        self._install(kind, ids, result.xy, show=show)
        if show:
            self.settle()

    def chart(self, name: str, *, anew: bool = False) -> None:
        """Show the samples on the axes in `name`; raises LayoutError if the model lacks one."""
        snapshot = self.look()
        sounding = _sounding(snapshot)
        if not sounding.any():
            return
        xy, scales = self._chart(snapshot, sounding, name, anew=anew or not self.notes.offers(name))
        self.notes.remember(name)
        self.notes.note({f"scales:{name}": scales})
        self._store.put_layout(name, self._space, snapshot.ids[sounding], xy, show=True)

    def _chart(
        self, snapshot: Snapshot, sounding: NDArray[np.bool_], name: str, *, anew: bool
    ) -> tuple[FloatArray, str]:
        kept = "" if anew else self.notes.fact(f"scales:{name}")
        return place_on_axes(self._store, snapshot, sounding, name=name, space=self._space, scales=kept)

    def _install(self, kind: str, ids: NDArray[np.int64], xy: FloatArray, *, show: bool) -> None:
        still = np.isin(ids, self.look().ids)
        self._store.put_layout(kind, self._space, ids[still], xy[still].astype(np.float32), show=show)
        newest = str(ids[still].max()) if still.any() else ""
        self.notes.note({f"fitted:{kind}": str(int(still.sum())), f"newest:{kind}": newest})


def _stable_order(xy: FloatArray, rows: NDArray[np.intp], names: Names) -> NDArray[np.intp]:
    """The rows by their places (N, 2), copies by path: not by age, so that the same files always give the same map."""
    ordered = rows[np.lexsort(xy[rows].T)]
    starts = np.flatnonzero((np.diff(xy[ordered], axis=0) != 0).any(axis=1)) + 1
    for start, end in itertools.pairwise([0, *starts.tolist(), len(ordered)]):
        if end - start > 1:
            ordered[start:end] = sorted(ordered[start:end].tolist(), key=names.__getitem__)
    return ordered


def _sounding(snapshot: Snapshot) -> NDArray[np.bool_]:
    if snapshot.vectors is None or not snapshot.vectors.shape[1]:
        return np.zeros(len(snapshot), dtype=np.bool_)
    return np.asarray(np.isfinite(snapshot.vectors).all(axis=1))

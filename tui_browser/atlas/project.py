"""Flat maps: principal components, the way into the unit square, and keeping a new map where the old one was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

_BLOCK = 65_536
_EDGE = 0.02
"""Ground left free around the samples."""
_TAIL = 0.05
"""Share of an axis that far outliers are pressed into."""
_TRIM = 0.01
"""Share of the samples on either end that may be outliers; at least one, from four samples on."""
_REACH = 0.35
"""A sample is an outlier when it lies further than this share of the trimmed range beyond it."""
_NOTHING = 1e-6
"""A spread of unit vectors below this is rounding."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Two principal axes."""

    mean: FloatArray
    """(D,)"""
    axes: FloatArray
    """(2, D), unit length or zero; the largest entry of each is positive."""

    def project(self, vectors: FloatArray) -> FloatArray:
        """Coordinates (n, 2) of `vectors` (n, D), not normalised; rows that are not finite stay NaN."""
        flat = np.full((len(vectors), 2), np.nan, dtype=np.float32)
        for start in range(0, len(vectors), _BLOCK):
            block = vectors[start : start + _BLOCK]
            good = np.isfinite(block).all(axis=1)
            flat[start : start + _BLOCK][good] = (block[good] - self.mean) @ self.axes.T
        return flat


def pca(vectors: FloatArray) -> tuple[FloatArray, Basis]:
    """Coordinates (N, 2) on the two main axes of `vectors` (N, D), and the axes.

    Rows that are not finite are left out and stay NaN. Fewer than two directions give zeros on the rest.
    """
    width = vectors.shape[1]
    good = np.asarray(np.isfinite(vectors).all(axis=1))
    total, count = np.zeros(width), int(good.sum())
    for start in range(0, len(vectors), _BLOCK):
        part = slice(start, start + _BLOCK)
        total += vectors[part][good[part]].sum(axis=0, dtype=np.float64)
    mean = (total / max(1, count)).astype(np.float32)
    scatter = np.zeros((width, width))
    for start in range(0, len(vectors), _BLOCK):
        part = slice(start, start + _BLOCK)
        centred = vectors[part][good[part]] - mean
        scatter += centred.T @ centred
    axes = np.zeros((2, width), dtype=np.float32)
    if count and width:
        _, found = np.linalg.eigh(scatter)
        main = found[:, ::-1][:, :2].T
        signs = np.sign(main[np.arange(len(main)), np.abs(main).argmax(axis=1)])
        axes[: len(main)] = main * signs[:, np.newaxis]
    basis = Basis(mean, axes)
    return basis.project(vectors), basis


@dataclass(frozen=True, slots=True)
class Frame:
    """The way of a flat map into the unit square, for the samples that it was made from and for later ones."""

    low: NDArray[np.float64]
    """(2,) start of the straight part of each axis."""
    high: NDArray[np.float64]
    """(2,) its end; what lies outside is pressed into the margin, in order."""
    inner: NDArray[np.float64]
    """(2, 2) where the straight part starts and ends in the unit square."""

    def apply(self, flat: FloatArray) -> FloatArray:
        """Places (n, 2) in [0, 1] of coordinates (n, 2); rows that are not finite become NaN."""
        places = np.full(flat.shape, np.nan, dtype=np.float32)
        good = np.isfinite(flat).all(axis=1)
        start, stop = self.inner[:, 0], self.inner[:, 1]
        slope = (stop - start) / (self.high - self.low)
        linear = start + (flat[good] - self.low) * slope
        over, under = np.maximum(linear - stop, 0), np.maximum(start - linear, 0)
        room_over, room_under = 1 - _EDGE - stop, start - _EDGE
        bent = np.clip(linear, start, stop) + _bend(over, room_over) - _bend(under, room_under)
        places[good] = np.clip(bent, 0.0, 1.0)
        return places


def frame(flat: FloatArray) -> Frame:
    """The frame that fills the unit square with these samples (N, 2), a few far outliers pressed into the margin.

    An axis on which nothing differs is not stretched: its samples lie in the middle.
    """
    good = flat[np.isfinite(flat).all(axis=1)].astype(np.float64)
    low, high = np.zeros(2), np.ones(2)
    inner = np.tile([_EDGE, 1 - _EDGE], (2, 1))
    for axis in range(2):
        values = np.sort(good[:, axis])
        if not len(values):
            continue
        trim = max(1, int(_TRIM * len(values))) if len(values) > 3 else 0
        core_low, core_high = values[trim], values[-1 - trim]
        reach = _REACH * (core_high - core_low)
        low[axis], high[axis] = values[0], values[-1]
        if reach > _NOTHING and core_low - reach > values[0]:
            low[axis], inner[axis, 0] = core_low - reach, _EDGE + _TAIL
        if reach > _NOTHING and core_high + reach < values[-1]:
            high[axis], inner[axis, 1] = core_high + reach, 1 - _EDGE - _TAIL
    spread = high - low
    size = float(np.abs([low, high]).max())
    least = max(_NOTHING, 1e-4 * float(spread.max()), 1e-6 * size)  # of large numbers, float32 keeps no more
    for axis in np.flatnonzero(spread < least).tolist():
        middle, half = (low[axis] + high[axis]) / 2, max(float(spread.max()), least) / 2
        low[axis], high[axis] = middle - half, middle + half
    return Frame(low, high, inner)


def normalise(flat: FloatArray) -> FloatArray:
    """The flat map (N, 2) in the unit square: monotone on each axis, finite, NaN rows stay NaN."""
    return frame(flat).apply(flat)


def turn(new: FloatArray, old: FloatArray, *, rows: NDArray[np.bool_] | None = None) -> FloatArray:
    """`new` (N, 2) turned, mirrored, scaled and moved so that its samples lie as near as can be to `old` (N, 2).

    Samples count that have a place in both (and, with `rows` (N,), are chosen by it). With fewer than two of them,
    or with all on one place, `new` comes back as it is. The result may leave the unit square.
    """
    shared = np.isfinite(new).all(axis=1) & np.isfinite(old).all(axis=1)
    if rows is not None:
        shared &= rows
    if shared.sum() < 2:
        return new
    source, goal = new[shared].astype(np.float64), old[shared].astype(np.float64)
    source_mean, goal_mean = source.mean(axis=0), goal.mean(axis=0)
    source, goal = source - source_mean, goal - goal_mean
    spread, wanted = np.sqrt((source**2).mean()), np.sqrt((goal**2).mean())
    if min(spread, wanted) < _NOTHING:
        return new
    left, _, right = np.linalg.svd(source.T @ goal)
    # the ratio of spreads, not the least-squares scale: that one shrinks a map that has little in common with the old
    moved = (new - source_mean) @ (left @ right) * (wanted / spread) + goal_mean
    return np.asarray(moved, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Drift:
    """How far samples moved between two maps, as a share of the map's diagonal."""

    median: float
    p95: float


def drift(old: FloatArray, new: FloatArray) -> Drift:
    """The move of the samples that have a place in both; 0 where there are none."""
    moved = np.linalg.norm(new.astype(np.float64) - old, axis=1) / np.sqrt(2)
    moved = moved[np.isfinite(moved)]
    if not len(moved):
        return Drift(0.0, 0.0)
    median, p95 = np.percentile(moved, [50, 95])
    return Drift(float(median), float(p95))


def _bend(beyond: NDArray[np.float64], room: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 to infinity pressed into 0 to `room`, starting at slope 1; all of it to 0 where there is no room."""
    safe = np.where(room > 1e-12, room, 1.0)
    return np.where(room > 1e-12, safe * (1 - 1 / (1 + beyond / safe)), 0.0)

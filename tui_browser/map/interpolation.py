"""Interpolation weights of the samples around a map position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

NEIGHBOURS = 4
"""Samples that are mixed."""
_SAME = 1e-9
_ROUNDING = 1e-6
"""More than the error of a distance in float32."""


def interpolation_weights(
    xy: FloatArray, at: tuple[float, float], *, count: int = NEIGHBOURS
) -> tuple[list[int], list[float]]:
    """Rows of the samples around a position and their weights, which sum to 1; empty on an empty map.

    `xy` is (N, 2), rows of NaN for samples without a place. Where samples lie exactly there, they alone count, all
    alike. Else the nearest `count` count by the weights of Franke and Little, (1 / d - 1 / R)^2 with R the distance
    of the next sample: what is mixed changes without a jump wherever the place moves.
    """
    placed = _candidates(xy, at, count=count + 1)
    if not len(placed):
        return [], []
    distance = np.hypot(*(xy[placed].astype(np.float64) - np.array(at, dtype=np.float64)).T)
    here = np.flatnonzero(distance <= _SAME)
    if len(here):
        return placed[here].tolist(), [1.0 / len(here)] * len(here)
    nearest = _nearest(distance, count + 1)
    near = distance[nearest]
    reach = 1.0 / near[count] if len(near) > count else 0.0
    weights = np.square(1.0 / near[:count] - reach)
    if weights.sum() <= 0:  # all at one distance
        weights = np.ones(len(weights))
    weights /= weights.sum()
    counts = weights > 0
    return placed[nearest[:count][counts]].tolist(), weights[counts].tolist()


def _candidates(xy: FloatArray, at: tuple[float, float], *, count: int) -> NDArray[np.intp]:
    """Rows of the `count` nearest placed samples and of all that may be as near: 3 ms for a million samples."""
    with np.errstate(invalid="ignore"):
        squared = np.square(xy[:, 0] - np.float32(at[0])) + np.square(xy[:, 1] - np.float32(at[1]))
    squared[np.isnan(squared)] = np.inf
    if len(squared) <= count:
        return np.flatnonzero(np.isfinite(squared))
    limit = np.square(np.sqrt(np.partition(squared, count - 1)[count - 1]) + _ROUNDING)
    candidates: NDArray[np.intp] = np.flatnonzero((squared <= limit) & np.isfinite(squared))
    return candidates


def _nearest(distance: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Indices of the `count` smallest distances, smallest first, ties by index."""
    some = np.arange(len(distance))
    if len(distance) > count:
        some = np.flatnonzero(distance <= np.partition(distance, count - 1)[count - 1])
    nearest: NDArray[np.intp] = some[np.lexsort((some, distance[some]))][:count]
    return nearest

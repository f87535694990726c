"""Interpolation weights of the samples around a map position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

NEIGHBOURS = 4
"""Samples that are mixed."""
_SAME = 1e-9


def interpolation_weights(
    xy: FloatArray, at: tuple[float, float], *, count: int = NEIGHBOURS
) -> tuple[list[int], list[float]]:
    """Rows of the samples around a position and their weights, which sum to 1; empty on an empty map.

    `xy` is (N, 2), rows of NaN for samples without a place. Where samples lie exactly there, they alone count, all
    alike. Else the nearest `count` count by the weights of Franke and Little, (1 / d - 1 / R)^2 with R the distance
    of the next sample: what is mixed changes without a jump wherever the place moves.
    """
    placed = np.flatnonzero(np.isfinite(xy).all(axis=1))
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


def _nearest(distance: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Indices of the `count` smallest distances, smallest first, ties by index."""
    some = np.arange(len(distance))
    if len(distance) > count:
        some = np.flatnonzero(distance <= np.partition(distance, count - 1)[count - 1])
    nearest: NDArray[np.intp] = some[np.lexsort((some, distance[some]))][:count]
    return nearest

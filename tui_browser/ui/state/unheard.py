"""The region of the map to hear next: near, and with many samples that were not heard yet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

MOST_TILES, IN_TILE = 16, 30
_NEAR = 0.12
"""A region this far away, as a part of the map, needs twice as many unheard samples as one right here."""


def unheard_region(
    xy: FloatArray, unheard: NDArray[np.bool_], here: tuple[float, float], *, avoid: frozenset[int] = frozenset()
) -> tuple[int, int] | None:
    """The tile to go to, and the row of `xy` (N, 2) in the middle of its unheard samples.

    `unheard` (N,) marks the samples; tiles in `avoid` count only where there is no other. None without unheard samples.
    """
    rows = np.flatnonzero(unheard & np.isfinite(xy).all(axis=1))
    if not len(rows):
        return None
    side = int(np.clip(np.sqrt(len(xy) / IN_TILE), 1, MOST_TILES))
    places = xy[rows].astype(np.float64)
    square = np.minimum((np.clip(places, 0, 1) * side).astype(np.int64), side - 1)
    tile = square[:, 1] * side + square[:, 0]
    counts = np.bincount(tile, minlength=side * side)
    sums = np.stack([np.bincount(tile, places[:, axis], side * side) for axis in (0, 1)], axis=1).astype(np.float64)
    middles = sums / np.maximum(counts, 1)[:, np.newaxis]
    score = counts / (_NEAR + np.hypot(*(middles - np.array(here)).T))
    preferred = [number for number in np.flatnonzero(counts).tolist() if number not in avoid]
    choice = max(preferred or np.flatnonzero(counts).tolist(), key=lambda number: (score[number], -number))
    inside = np.flatnonzero(tile == choice)
    nearest = inside[np.argmin(np.hypot(*(places[inside] - middles[choice]).T))]
    return choice, int(rows[nearest])

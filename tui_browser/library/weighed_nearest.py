"""Nearest sounds among some, with aspects weighed: exactly, or among those that are nearest overall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.library.likeness import PLAIN, SoundTarget, Weights, aspect_gaps, weighed
from tui_browser.records import FloatArray
from tui_browser.search.nearest import top_k

ALL_ROWS = 20_000
"""Up to so many samples all are weighed; of more, those nearest overall, if that counts at all."""
CANDIDATES = 2_000

Nearest = tuple[NDArray[np.intp], FloatArray]
"""Rows, nearest first, and their distances."""


def nearest_sounds(
    vectors: FloatArray,
    features: FloatArray,
    target: SoundTarget,
    *,
    k: int,
    mask: NDArray[np.bool_] | None = None,
    weights: Weights = PLAIN,
) -> Nearest:
    """Rows of the `k` sounds in `mask` that are nearest by these weights, with their distances; ties in row order.

    `vectors` is (N, D), `features` (N, F) and `mask` (N,). As `top_k` with the vectors alone, which is the usual case.
    """
    rows = None if mask is None else np.flatnonzero(mask)
    if rows is not None and len(rows) * 4 <= len(vectors):
        found, distances = _nearest(vectors[rows], features[rows], target, k, weights)
        return rows[found], distances
    if mask is None or rows is None or len(rows) == len(vectors):
        return _nearest(vectors, features, target, k, weights)
    count = 2 * k  # most are searched: copying their vectors would cost more than a search for too many
    while True:
        found, distances = _nearest(vectors, features, target, count, weights)
        inside = mask[found]
        if np.count_nonzero(inside) >= k or len(found) < count:
            return found[inside][:k], distances[inside][:k]
        count *= 4


def _nearest(vectors: FloatArray, features: FloatArray, target: SoundTarget, k: int, weights: Weights) -> Nearest:
    if not any(weights[1:]):
        return top_k(vectors, target.vector, k=k)
    if weights[0] > 0 and len(vectors) > ALL_ROWS:
        rows = np.sort(top_k(vectors, target.vector, k=max(CANDIDATES, 4 * k))[0])
    elif vectors.shape[1] == len(target.vector):
        rows = np.flatnonzero(np.isfinite(vectors[:, :1]).all(axis=1))
    else:
        rows = np.empty(0, dtype=np.intp)
    if not len(rows) or k <= 0:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
    distances = weighed(aspect_gaps(vectors[rows], features[rows], target), weights)
    order = np.lexsort((rows, distances))[:k]
    return rows[order], distances[order]

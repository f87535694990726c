"""Which hits of long files sound like something: the nearest one of each file."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.store.slices import AllSlices


def nearest_hits(hits: AllSlices, vector: FloatArray, *, k: int) -> list[tuple[int, float]]:
    """For each of the `k` long files nearest to a unit vector (D,): the row of its nearest hit, and the distance.

    Distances are those of differences, as everywhere, so that the same sound is at 0.
    """
    if not len(hits) or hits.vectors.shape[1] != len(vector) or k <= 0:
        return []
    likeness = hits.vectors @ vector
    order = np.lexsort((-likeness, hits.samples))
    first = np.flatnonzero(np.diff(hits.samples[order], prepend=hits.samples[order[0]] - 1))
    best = order[first]
    best = best[np.argsort(-likeness[best], kind="stable")[:k]]
    distances = np.linalg.norm(hits.vectors[best].astype(np.float64) - vector, axis=1)
    return [(int(row), float(distance)) for row, distance in zip(best, distances, strict=True)]

"""Nearest neighbours among so many vectors that asking all of them costs too much: most of the true ones, not all.

The vectors are cut into parts around middles (a few rounds of k-means on a sample). Neighbours are looked for in the
parts whose middles are nearest, by one matrix product for each part's queries: numpy alone, nothing to compile.
The inverted file of Jegou, Douze, Schmid: Product Quantization for Nearest Neighbor Search, 2011, without the codes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.exact_knn import knn
from tui_browser.records import FloatArray

_MEMBERS = 250
"""Vectors in a part on average."""
_PROBED = 16
"""Parts that are asked for the neighbours of a vector."""
_TAUGHT = 40
"""Vectors a part, at most, from which the middles are learned."""
_ROUNDS = 4
_AT_ONCE = 512
"""Queries of one part that are answered together."""


class InvertedFile:
    """N vectors in parts; immutable. 100,000 x 64 are cut in under two seconds."""

    def __init__(self, vectors: FloatArray, *, seed: int = 1) -> None:
        """`vectors` is (N, D), all finite, at least one."""
        rng = np.random.default_rng(seed)
        count = max(1, len(vectors) // _MEMBERS)
        taught = vectors[np.sort(rng.choice(len(vectors), min(len(vectors), count * _TAUGHT), replace=False))]
        middles = taught[rng.choice(len(taught), count, replace=False)]
        for _ in range(_ROUNDS):
            at = _nearest(taught, middles)
            held = np.bincount(at, minlength=count)
            order = np.argsort(at, kind="stable")
            full = held > 0
            begins = np.concatenate([[0], np.cumsum(held)[:-1]])[full]
            middles = middles.copy()  # a middle that nobody is near to stays where it is
            middles[full] = np.add.reduceat(taught[order], begins, axis=0) / held[full, np.newaxis]
        part = _nearest(vectors, middles)
        self._order = np.argsort(part, kind="stable")
        self._sorted = np.ascontiguousarray(vectors[self._order])
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(part, minlength=count))])
        self._middles = middles
        self._beside, _ = knn(middles, middles, k=_PROBED)

    def __len__(self) -> int:
        return len(self._order)

    def graph(self, *, k: int, on_block: Callable[[int], None] | None = None) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows and Euclidean distances (N, k) of vectors near to each one, nearest first; none is its own neighbour.

        Of fewer than `k` within reach all vectors are asked. `on_block` hears how many are done.
        """
        k = min(k, len(self) - 1)
        rows, distances = np.empty((len(self), k), np.int64), np.empty((len(self), k), np.float32)
        bounds = self._starts.tolist()
        for number in np.flatnonzero(np.diff(bounds)).tolist():
            asked = self._near_to(number, k + 1)
            near = self._sorted[asked]
            for start in range(bounds[number], bounds[number + 1], _AT_ONCE):
                block = np.arange(start, min(start + _AT_ONCE, bounds[number + 1]))
                at, found = knn(self._sorted[block], near, k=k, skip=np.searchsorted(asked, block))
                rows[self._order[block]], distances[self._order[block]] = self._order[asked[at]], found
                if on_block is not None:
                    on_block(int(block[-1]) + 1)
        return rows, distances

    def _near_to(self, number: int, fewest: int) -> NDArray[np.int64]:
        """Ascending positions of the sorted vectors in the parts around one; all where those have too few."""
        parts = self._beside[number].tolist()
        asked = np.concatenate([np.arange(self._starts[each], self._starts[each + 1]) for each in sorted(parts)])
        return asked if len(asked) >= fewest else np.arange(len(self))


def _nearest(vectors: FloatArray, middles: FloatArray) -> NDArray[np.int64]:
    """The nearest middle (n,) of each vector."""
    found = np.empty(len(vectors), dtype=np.int64)
    half_norms = 0.5 * np.einsum("ij,ij->i", middles, middles)
    for start in range(0, len(vectors), 8192):
        part = vectors[start : start + 8192]
        found[start : start + len(part)] = (part @ middles.T - half_norms).argmax(axis=1)
    return found

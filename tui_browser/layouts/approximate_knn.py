"""Approximate k nearest neighbours by an inverted file, in numpy.

The vectors are clustered by a few rounds of k-means on a sample. The neighbours of a vector are searched in the
clusters whose centroids are nearest, with one matrix product for all queries of a cluster. This is the inverted file of
Jegou, Douze and Schmid, "Product quantization for nearest neighbor search" (2011), without product quantization.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.exact_knn import knn
from tui_browser.records import FloatArray

_CLUSTER_SIZE = 250
"""Mean number of vectors in a cluster."""
_PROBES = (16, 24, 32, 48, 64, 96, 128)
"""Clusters that are searched for the neighbours of a vector: the smallest of these counts with enough recall."""
_MIN_RECALL = 0.992
"""Share of the true neighbours of a sample that lie in the searched clusters."""
_RECALL_SAMPLE = 300
_TRAINING_SIZE = 40
"""Vectors for each cluster in the k-means sample."""
_ROUNDS = 4
_BATCH = 512
"""Queries of one cluster in one matrix product."""


class InvertedFile:
    """An index of N vectors; immutable. Clustering 100,000 x 64 takes less than two seconds."""

    def __init__(self, vectors: FloatArray, *, seed: int = 1) -> None:
        """`vectors` is (N, D), all finite, at least one."""
        rng = np.random.default_rng(seed)
        count = max(1, len(vectors) // _CLUSTER_SIZE)
        sample_size = min(len(vectors), count * _TRAINING_SIZE)
        sample = vectors[np.sort(rng.choice(len(vectors), sample_size, replace=False))]
        centroids = sample[rng.choice(len(sample), count, replace=False)]
        for _ in range(_ROUNDS):
            cluster = _nearest_centroid(sample, centroids)
            sizes = np.bincount(cluster, minlength=count)
            order = np.argsort(cluster, kind="stable")
            occupied = sizes > 0
            starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])[occupied]
            centroids = centroids.copy()  # centroids of empty clusters stay unchanged
            centroids[occupied] = np.add.reduceat(sample[order], starts, axis=0) / sizes[occupied, np.newaxis]
        cluster = _nearest_centroid(vectors, centroids)
        self._order = np.argsort(cluster, kind="stable")
        self._sorted = np.ascontiguousarray(vectors[self._order])
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(cluster, minlength=count))])
        self._near_clusters, _ = knn(centroids, centroids, k=_PROBES[-1])
        self._vectors, self._cluster = vectors, cluster

    def __len__(self) -> int:
        return len(self._order)

    def graph(self, *, k: int, on_block: Callable[[int], None] | None = None) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows and Euclidean distances (N, k) of the neighbours of each vector, nearest first, without itself.

        Searches as many clusters as 99 % of the true neighbours take, at most 128, and all vectors if these clusters
        hold too few. `on_block` receives the number of finished vectors.
        """
        k = min(k, len(self) - 1)
        probe_count = self._probe_count(k) if k else 1
        rows, distances = np.empty((len(self), k), np.int64), np.empty((len(self), k), np.float32)
        bounds = self._starts.tolist()
        for number in np.flatnonzero(np.diff(bounds)).tolist():
            candidates = self._candidates(number, probe_count, k + 1)
            vectors = self._sorted[candidates]
            for start in range(bounds[number], bounds[number + 1], _BATCH):
                block = np.arange(start, min(start + _BATCH, bounds[number + 1]))
                at, block_distances = knn(self._sorted[block], vectors, k=k, skip=np.searchsorted(candidates, block))
                rows[self._order[block]], distances[self._order[block]] = self._order[candidates[at]], block_distances
                if on_block is not None:
                    on_block(int(block[-1]) + 1)
        return rows, distances

    def _probe_count(self, k: int) -> int:
        """How many clusters to search, by the rank of the cluster that holds each true neighbour of a sample."""
        sample = np.linspace(0, len(self) - 1, min(_RECALL_SAMPLE, len(self))).astype(np.int64)
        neighbours, _ = knn(self._vectors[sample], self._vectors, k=k, skip=sample)
        is_home = (
            self._near_clusters[self._cluster[sample]][:, np.newaxis] == self._cluster[neighbours][..., np.newaxis]
        )
        ranks = np.where(is_home.any(axis=2), is_home.argmax(axis=2), len(self))
        return next((count for count in _PROBES if (ranks < count).mean() >= _MIN_RECALL), _PROBES[-1])

    def _candidates(self, cluster: int, probe_count: int, min_count: int) -> NDArray[np.int64]:
        """Sorted positions of the vectors in the probed clusters; all positions if there are fewer than `min_count`."""
        probes = sorted(self._near_clusters[cluster, :probe_count].tolist())
        candidates = np.concatenate([np.arange(self._starts[probe], self._starts[probe + 1]) for probe in probes])
        return candidates if len(candidates) >= min_count else np.arange(len(self))


def _nearest_centroid(vectors: FloatArray, centroids: FloatArray) -> NDArray[np.int64]:
    """(n,) index of the nearest centroid of each vector."""
    nearest = np.empty(len(vectors), dtype=np.int64)
    half_norms = 0.5 * np.einsum("ij,ij->i", centroids, centroids)
    for start in range(0, len(vectors), 8192):
        block = vectors[start : start + 8192]
        nearest[start : start + len(block)] = (block @ centroids.T - half_norms).argmax(axis=1)
    return nearest

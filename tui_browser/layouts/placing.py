"""Placement of new samples in an existing layout, by their nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.exact_knn import knn
from tui_browser.records import FloatArray

_GROUP_RADIUS = 0.06
"""Neighbours within this distance of each other on the map form a group."""
_DUPLICATE_DISTANCE = 1e-6
"""Unit vectors nearer than this belong to the same sound."""
_COMPONENTS = 14
"""Principal components in the index."""
_STRIP = 64
_BRUTE_FORCE_UP_TO = 1000
"""Samples that are searched without an index."""
_MAX_TAIL = 2000
"""Samples added after the index was built that are searched without it; with more it is rebuilt."""
_ROUNDING = 1e-5
"""Relative tolerance of squared lengths, well above float32 rounding."""
_PCA_SAMPLE = 20_000
"""Vectors, about, from which the components are computed."""
_CHECK_EVERY = 16
_BLOCK = 65_536

Ids = NDArray[np.int64]
Found = tuple[NDArray[np.int64], FloatArray]


def place_by_neighbours(
    vectors_new: FloatArray, vectors_placed: FloatArray, xy_placed: FloatArray, *, k: int = 5
) -> FloatArray:
    """Positions (n, 2) of new vectors (n, D), given the vectors (N, D) and positions (N, 2) of placed samples.

    A duplicate gets the position of its original. Otherwise the `k` nearest neighbours are grouped by their distance on
    the map, and the position is the weighted mean of the largest group. NaN if a vector is not finite or no sample is
    placed.
    """
    known = _placed(vectors_placed, xy_placed)
    sounding = np.asarray(np.isfinite(vectors_new).all(axis=1))
    if not known.any() or not sounding.any():
        return np.full((len(vectors_new), 2), np.nan, dtype=np.float32)
    if not known.all():
        vectors_placed, xy_placed = vectors_placed[known], xy_placed[known]
    return _places(knn(vectors_new[sounding], vectors_placed, k=k), xy_placed, sounding)


class PlacementIndex:
    """`place_by_neighbours` with an index, for repeated calls: 0.2 ms for a sample among 10,000, 0.7 ms among 100,000.

    The second call builds the index (0.1 s for 100,000 samples). It is rebuilt when samples have changed.
    """

    def __init__(self) -> None:
        self._table: _Table | None = None
        self._asked = False

    def place(
        self, vectors_new: FloatArray, *, ids: Ids, vectors: FloatArray, xy: FloatArray, k: int = 5
    ) -> FloatArray:
        """Positions (n, 2) of new vectors (n, D), given `ids` (N,), ascending, `vectors` (N, D) and `xy` (N, 2).

        Samples without a position or vector (NaN) are ignored.
        """
        if not self._asked:
            self._asked = True
            return place_by_neighbours(vectors_new, vectors, xy, k=k)
        if self._table is None or not self._table.holds(ids, vectors, xy):
            self._table = _tabled(ids, vectors, xy)
        sounding = np.asarray(np.isfinite(vectors_new).all(axis=1))
        tail = len(self._table.ids) + np.flatnonzero(_placed(vectors, xy, start=len(self._table.ids)))
        count = len(self._table.placed) + len(tail)
        if not count or not sounding.any():
            return np.full((len(vectors_new), 2), np.nan, dtype=np.float32)
        queries, k = vectors_new[sounding], min(k, count)
        rows, distances = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
        for number, query in enumerate(queries):
            near = np.concatenate([self._table.candidates(query, vectors, k=k), tail])
            exact = np.sqrt(((vectors[near] - query) ** 2).sum(axis=1))
            order = np.lexsort((near, exact))[:k]
            rows[number], distances[number] = near[order], exact[order]
        return _places((rows, distances), xy, sounding)


@dataclass(frozen=True, slots=True)
class _Table:
    """An index that rules out most vectors by a lower bound of their distance.

    A vector is represented by its principal components and the length of its residual. By the triangle inequality, the
    distance of these is at most the true distance. The vectors themselves are not stored.
    """

    ids: Ids
    """(N,)"""
    standing: NDArray[np.bool_]
    """(N,) whether a sample has a position."""
    placed: NDArray[np.int64]
    """Rows of samples with a position and a vector; only they are searched."""
    first: FloatArray
    """First component of every 16th vector; if it differs, the vectors come from another model."""
    mean: FloatArray
    """(D,)"""
    axes: FloatArray
    """(d, D), orthonormal."""
    rows: FloatArray
    """(strips x 64, d + 2) components, length of the residual, and minus half the squared length of the vector."""
    largest: float
    """The largest squared length."""

    def holds(self, ids: Ids, vectors: FloatArray, xy: FloatArray) -> bool:
        """Whether the index is valid for these samples, except for a few new ones.

        A sample whose sound has changed has lost its position, so comparing positions is enough.
        """
        known = len(self.ids)
        return (
            known <= len(ids) <= known + max(_MAX_TAIL, known // 50)
            and np.array_equal(self.ids, ids[:known])
            and np.array_equal(self.first, vectors[:known:_CHECK_EVERY, :1].ravel(), equal_nan=True)
            and np.array_equal(self.standing, np.isfinite(xy[:known, 0]))
        )

    def candidates(self, query: FloatArray, vectors: FloatArray, *, k: int) -> NDArray[np.int64]:
        """Rows of all samples that may be among the `k` nearest to a vector (D,)."""
        if len(self.placed) <= _BRUTE_FORCE_UP_TO:
            return self.placed
        centred = query - self.mean
        flat = self.axes @ centred
        rest = np.linalg.norm(centred - flat @ self.axes)
        near = self.rows @ np.append(flat, [rest, 1]).astype(np.float32)  # the larger the nearer
        strips = near.reshape(-1, _STRIP)
        tops = strips.max(axis=1)
        best = np.argpartition(tops, -min(len(tops), 4 * k))[-4 * k :]
        guess = best * _STRIP + strips[best].argmax(axis=1)
        guess = guess[near[guess] > -np.inf]
        if len(guess) < k:
            return self.placed
        reach = np.partition(((vectors[guess] - query) ** 2).sum(axis=1), k - 1)[k - 1]
        own = float(centred @ centred)
        least = (own - float(reach)) / 2 - _ROUNDING * (own + self.largest)
        chosen = np.flatnonzero(tops >= least)
        strip, column = np.nonzero(strips[chosen] >= least)
        return np.asarray(chosen[strip] * _STRIP + column)


def _tabled(ids: Ids, vectors: FloatArray, xy: FloatArray) -> _Table:
    at, width = np.flatnonzero(_placed(vectors, xy)), vectors.shape[1]
    taught = vectors[at[:: max(1, len(at) // _PCA_SAMPLE)]]
    mean = taught.mean(axis=0) if len(taught) else np.zeros(width, np.float32)
    _, found = np.linalg.eigh(((taught - mean).T @ (taught - mean)).astype(np.float64))
    axes = np.ascontiguousarray(found[:, ::-1][:, :_COMPONENTS].T, dtype=np.float32)
    rows = np.zeros((-(-len(ids) // _STRIP) * _STRIP, len(axes) + 2), dtype=np.float32)
    rows[:, -1] = -np.inf
    for start in range(0, len(at), _BLOCK):
        part = at[start : start + _BLOCK]
        centred = vectors[part] - mean
        flat = centred @ axes.T
        rest = np.linalg.norm(centred - flat @ axes, axis=1)
        rows[part] = np.column_stack([flat, rest, -0.5 * np.einsum("ij,ij->i", centred, centred)])
    largest = float(-2 * rows[at, -1].min(initial=0))
    return _Table(ids, np.isfinite(xy[:, 0]), at, vectors[::_CHECK_EVERY, :1].ravel().copy(), mean, axes, rows, largest)


def _placed(vectors: FloatArray, xy: FloatArray, *, start: int = 0) -> NDArray[np.bool_]:
    """Which samples from row `start` on have a position and a vector."""
    return np.asarray(np.isfinite(xy[start:]).all(axis=1) & np.isfinite(vectors[start:]).all(axis=1))


def _places(found: Found, xy_placed: FloatArray, sounding: NDArray[np.bool_]) -> FloatArray:
    """Positions (n, 2), given rows and distances of the nearest neighbours of the vectors that are `sounding` (n,)."""
    rows, distances = found
    places = np.full((len(sounding), 2), np.nan, dtype=np.float32)
    agreed = _agree(xy_placed[rows].astype(np.float64), distances)
    twins = distances[:, 0] <= _DUPLICATE_DISTANCE
    agreed[twins] = xy_placed[rows[twins, 0]]
    places[sounding] = agreed
    return places


def _agree(around: NDArray[np.float64], distances: FloatArray) -> NDArray[np.float64]:
    """(n, 2) weighted mean of the largest group of neighbours' positions (n, k, 2)."""
    weights = 1 / np.maximum(distances.astype(np.float64), _DUPLICATE_DISTANCE)
    apart = np.linalg.norm(around[:, :, np.newaxis] - around[:, np.newaxis], axis=3)
    together = apart <= _GROUP_RADIUS
    group = np.einsum("nij,nj->ni", together, weights).argmax(axis=1)  # ties: the nearer one's group
    weights *= together[np.arange(len(around)), group]
    return np.asarray(np.einsum("nk,nkd->nd", weights, around) / weights.sum(axis=1, keepdims=True))

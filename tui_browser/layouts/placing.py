"""Places for new samples on a map that stands: none of the samples already there moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.exact_knn import knn
from tui_browser.records import FloatArray

_TOGETHER = 0.06
"""Neighbours within this distance of each other on the map agree on a place."""
_SAME = 1e-6
"""Unit vectors nearer than this are the same sound."""
_DIRECTIONS = 14
"""Main directions in which a table says exactly how far two vectors are apart."""
_STRIP = 64
_FEW = 1000
"""So many are looked at one by one."""
_TAIL = 2000
"""So many samples that came after a table was made are looked at one by one; then it is made anew."""
_ROUNDING = 1e-5
"""Of squared lengths, well above what float32 rounds away."""
_TAUGHT = 20_000
"""Vectors, about, from which a table learns its directions."""
_CHECKED = 16
_BLOCK = 65_536

Ids = NDArray[np.int64]
Found = tuple[NDArray[np.int64], FloatArray]


def place_by_neighbours(
    vectors_new: FloatArray, vectors_placed: FloatArray, xy_placed: FloatArray, *, k: int = 5
) -> FloatArray:
    """Places (n, 2) of new vectors (n, D) among samples that have one: vectors (N, D), places (N, 2).

    A copy of a sound lies on its twin. Else, of the `k` nearest samples the largest group that lies together on the
    map decides, the near ones with more weight. NaN where a vector is not finite or nothing has a place yet.
    """
    known = _placed(vectors_placed, xy_placed)
    sounding = np.asarray(np.isfinite(vectors_new).all(axis=1))
    if not known.any() or not sounding.any():
        return np.full((len(vectors_new), 2), np.nan, dtype=np.float32)
    if not known.all():
        vectors_placed, xy_placed = vectors_placed[known], xy_placed[known]
    return _places(knn(vectors_new[sounding], vectors_placed, k=k), xy_placed, sounding)


class PlacementIndex:
    """What `place_by_neighbours` says, of a library that is asked again and again: 0.2 ms a sample among 10,000, 0.7
    among 100,000.

    The second question makes a table of the samples (0.1 s for 100,000), and makes it anew where they were changed.
    """

    def __init__(self) -> None:
        self._table: _Table | None = None
        self._asked = False

    def place(
        self, vectors_new: FloatArray, *, ids: Ids, vectors: FloatArray, xy: FloatArray, k: int = 5
    ) -> FloatArray:
        """Places (n, 2) of new vectors (n, D) among the samples `ids` (N,), ascending, with `vectors` (N, D) and `xy`.

        Samples without a place or without a vector (NaN) are passed over.
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
        asked, k = vectors_new[sounding], min(k, count)
        rows, distances = np.empty((len(asked), k), np.int64), np.empty((len(asked), k), np.float32)
        for number, query in enumerate(asked):
            near = np.concatenate([self._table.candidates(query, vectors, k=k), tail])
            exact = np.sqrt(((vectors[near] - query) ** 2).sum(axis=1))
            order = np.lexsort((near, exact))[:k]
            rows[number], distances[number] = near[order], exact[order]
        return _places((rows, distances), xy, sounding)


@dataclass(frozen=True, slots=True)
class _Table:
    """Vectors by their main directions and how much is left: enough to say that most are too far away.

    What is left of two vectors differs by at least the difference of its lengths, so that distances in the table are
    never above the true ones. The vectors themselves are not held, and come with each question.
    """

    ids: Ids
    """(N,)"""
    standing: NDArray[np.bool_]
    """(N,) who has a place."""
    placed: NDArray[np.int64]
    """Rows of those that have a vector as well: only they are looked at."""
    first: FloatArray
    """The first number of every 16th vector: where it is another one, so is the model that heard them."""
    mean: FloatArray
    """(D,)"""
    axes: FloatArray
    """(d, D), orthonormal."""
    rows: FloatArray
    """(strips x 64, d + 2) coordinates, the length of the rest, and minus half the squared length of all of it."""
    largest: float
    """The largest squared length."""

    def holds(self, ids: Ids, vectors: FloatArray, xy: FloatArray) -> bool:
        """Whether this is a table of these samples, up to a few that came later.

        A sample whose sound changed has lost its place, which tells it.
        """
        known = len(self.ids)
        return (
            known <= len(ids) <= known + max(_TAIL, known // 50)
            and np.array_equal(self.ids, ids[:known])
            and np.array_equal(self.first, vectors[:known:_CHECKED, :1].ravel(), equal_nan=True)
            and np.array_equal(self.standing, np.isfinite(xy[:known, 0]))
        )

    def candidates(self, query: FloatArray, vectors: FloatArray, *, k: int) -> NDArray[np.int64]:
        """Rows of all that may be among the `k` nearest to a vector (D,)."""
        if len(self.placed) <= _FEW:
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
    taught = vectors[at[:: max(1, len(at) // _TAUGHT)]]
    mean = taught.mean(axis=0) if len(taught) else np.zeros(width, np.float32)
    _, found = np.linalg.eigh(((taught - mean).T @ (taught - mean)).astype(np.float64))
    axes = np.ascontiguousarray(found[:, ::-1][:, :_DIRECTIONS].T, dtype=np.float32)
    rows = np.zeros((-(-len(ids) // _STRIP) * _STRIP, len(axes) + 2), dtype=np.float32)
    rows[:, -1] = -np.inf
    for start in range(0, len(at), _BLOCK):
        part = at[start : start + _BLOCK]
        centred = vectors[part] - mean
        flat = centred @ axes.T
        rest = np.linalg.norm(centred - flat @ axes, axis=1)
        rows[part] = np.column_stack([flat, rest, -0.5 * np.einsum("ij,ij->i", centred, centred)])
    largest = float(-2 * rows[at, -1].min(initial=0))
    return _Table(ids, np.isfinite(xy[:, 0]), at, vectors[::_CHECKED, :1].ravel().copy(), mean, axes, rows, largest)


def _placed(vectors: FloatArray, xy: FloatArray, *, start: int = 0) -> NDArray[np.bool_]:
    """Which samples from row `start` on have a place and a vector."""
    return np.asarray(np.isfinite(xy[start:]).all(axis=1) & np.isfinite(vectors[start:]).all(axis=1))


def _places(found: Found, xy_placed: FloatArray, sounding: NDArray[np.bool_]) -> FloatArray:
    """Places (n, 2) by the rows and distances of the nearest samples of those that are `sounding` (n,)."""
    rows, distances = found
    places = np.full((len(sounding), 2), np.nan, dtype=np.float32)
    agreed = _agree(xy_placed[rows].astype(np.float64), distances)
    twins = distances[:, 0] <= _SAME
    agreed[twins] = xy_placed[rows[twins, 0]]
    places[sounding] = agreed
    return places


def _agree(around: NDArray[np.float64], distances: FloatArray) -> NDArray[np.float64]:
    """The place (n, 2) on which the largest group of neighbours' places (n, k, 2) agrees."""
    weights = 1 / np.maximum(distances.astype(np.float64), _SAME)
    apart = np.linalg.norm(around[:, :, np.newaxis] - around[:, np.newaxis], axis=3)
    together = apart <= _TOGETHER
    group = np.einsum("nij,nj->ni", together, weights).argmax(axis=1)  # ties: the nearer one's group
    weights *= together[np.arange(len(around)), group]
    return np.asarray(np.einsum("nk,nkd->nd", weights, around) / weights.sum(axis=1, keepdims=True))

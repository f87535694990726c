"""Places for new samples on a map that stands: none of the samples already there moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.neighbours import knn
from tui_browser.atlas.project import Basis, Frame
from tui_browser.records import FloatArray

_TOGETHER = 0.06
"""Neighbours within this distance of each other on the map agree on a place."""
_SAME = 1e-6
"""Unit vectors nearer than this are the same sound."""


def place_by_neighbours(
    vectors_new: FloatArray, vectors_placed: FloatArray, xy_placed: FloatArray, *, k: int = 5
) -> FloatArray:
    """Places (n, 2) of new vectors (n, D) among samples that have one: vectors (N, D), places (N, 2).

    A copy of a sound lies on its twin. Else, of the `k` nearest samples the largest group that lies together on the
    map decides, the near ones with more weight. NaN where a vector is not finite or nothing has a place yet.
    """
    places = np.full((len(vectors_new), 2), np.nan, dtype=np.float32)
    known = np.flatnonzero(np.isfinite(xy_placed).all(axis=1) & np.isfinite(vectors_placed).all(axis=1))
    sounding = np.flatnonzero(np.isfinite(vectors_new).all(axis=1))
    if not len(known) or not len(sounding):
        return places
    if len(known) < len(xy_placed):
        vectors_placed, xy_placed = vectors_placed[known], xy_placed[known]
    rows, distances = knn(vectors_new[sounding], vectors_placed, k=k)
    around = xy_placed[rows].astype(np.float64)
    places[sounding] = _agree(around, distances)
    twins = distances[:, 0] <= _SAME
    places[sounding[twins]] = xy_placed[rows[twins, 0]]
    return places


def _agree(around: NDArray[np.float64], distances: FloatArray) -> NDArray[np.float64]:
    """The place (n, 2) on which the largest group of neighbours' places (n, k, 2) agrees."""
    weights = 1 / np.maximum(distances.astype(np.float64), _SAME)
    apart = np.linalg.norm(around[:, :, np.newaxis] - around[:, np.newaxis], axis=3)
    together = apart <= _TOGETHER
    group = np.einsum("nij,nj->ni", together, weights).argmax(axis=1)  # ties: the nearer one's group
    weights *= together[np.arange(len(around)), group]
    return np.asarray(np.einsum("nk,nkd->nd", weights, around) / weights.sum(axis=1, keepdims=True))


def place_by_basis(vectors: FloatArray, basis: Basis, frame: Frame) -> FloatArray:
    """Places (n, 2) on a map of principal components: where a fit would have put them."""
    return frame.apply(basis.project(vectors))

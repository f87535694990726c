"""Exact nearest neighbours by brute force, fast enough at a key press for a million samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

_SLACK = 1e-5
"""Candidates within this similarity of the k-th are scored again in float64; float32 sums are exact to less."""
_BLOCK = 65_536
_GROUP = 64


def top_k(vectors: FloatArray, query: FloatArray, *, k: int) -> tuple[NDArray[np.intp], FloatArray]:
    """Rows of the `k` nearest vectors, nearest first, with their Euclidean distances; ties in row order.

    `vectors` is (N, D) and `query` (D,), all unit length. Rows of NaN are skipped, so fewer than `k` may be returned.
    Distances are computed from differences in float64, so that equal vectors are at exactly 0.
    """
    if k <= 0 or len(vectors) == 0 or vectors.shape[1] != len(query) or not np.isfinite(query).all():
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
    with np.errstate(invalid="ignore"):
        similarity = vectors @ query.astype(np.float32, copy=False)
    return _best(vectors, query, similarity, k=k)


def _best(
    vectors: FloatArray, query: FloatArray, similarity: FloatArray, *, k: int
) -> tuple[NDArray[np.intp], FloatArray]:
    """The k nearest by similarity, scored again by differences."""
    k = min(k, len(similarity))
    # There may be thousands of candidates, if a sound has that many copies.
    near = np.flatnonzero(similarity >= _edge(similarity, k) - _SLACK)
    if len(near) > k:
        near = near[similarity[near] >= np.partition(similarity[near], -k)[-k] - _SLACK]
    squares = np.concatenate(
        [_squares(vectors[near[start : start + _BLOCK]], query) for start in range(0, len(near), _BLOCK)]
        or [np.empty(0)]
    )
    order = np.lexsort((near, squares))[:k]
    return near[order], np.sqrt(squares[order]).astype(np.float32)


def _edge(similarity: FloatArray, k: int) -> float:
    """A similarity that at least `k` rows reach, near the k-th largest; at least -2, as NaN reaches nothing.

    The k-th largest of the maxima of groups of rows: a third of the time of a partition of all.
    """
    groups = len(similarity) // _GROUP
    if groups >= max(k, _GROUP):
        largest = np.fmax.reduce(similarity[: groups * _GROUP].reshape(groups, _GROUP), axis=1)
    else:
        largest = similarity.copy()
    largest[np.isnan(largest)] = -np.inf
    return max(float(np.partition(largest, -k)[-k]), -2.0)


def _squares(vectors: FloatArray, query: FloatArray) -> NDArray[np.float64]:
    gaps = vectors.astype(np.float64) - query.astype(np.float64)
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", gaps, gaps)
    return squares

"""Exact nearest neighbours by brute force: fast enough for a key press up to a million samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

_SLACK = 1e-5
"""Candidates this much less similar than the k-th are scored again."""
_BLOCK = 65_536


def top_k(vectors: FloatArray, query: FloatArray, *, k: int) -> tuple[NDArray[np.intp], FloatArray]:
    """Rows of the `k` nearest vectors, nearest first, and their Euclidean distances; equal ones in row order.

    `vectors` is (N, D) and `query` (D,), all unit length. Rows of NaN are never found, so fewer than `k` may come
    back. Distances are taken from differences in float64: the same vector is at exactly 0.
    """
    if k <= 0 or len(vectors) == 0 or vectors.shape[1] != len(query) or not np.isfinite(query).all():
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
    with np.errstate(invalid="ignore"):
        similarity = vectors @ query.astype(np.float32, copy=False)
    return _best(vectors, query, similarity, k=k)


def _best(
    vectors: FloatArray, query: FloatArray, similarity: FloatArray, *, k: int
) -> tuple[NDArray[np.intp], FloatArray]:
    """The k best by similarity, which is spoilt, scored again by differences."""
    lost = np.isnan(similarity)
    if lost.any():
        similarity[lost] = -np.inf
    k = min(k, len(similarity))
    edge = np.partition(similarity, -k)[-k]
    # float32 sums err by less than the slack; copies of one sound may be thousands, and row order decides among them
    near = np.flatnonzero(similarity >= max(edge, -2.0) - _SLACK)
    squares = np.concatenate(
        [_squares(vectors[near[start : start + _BLOCK]], query) for start in range(0, len(near), _BLOCK)]
        or [np.empty(0)]
    )
    order = np.lexsort((near, squares))[:k]
    return near[order], np.sqrt(squares[order]).astype(np.float32)


def _squares(vectors: FloatArray, query: FloatArray) -> NDArray[np.float64]:
    gaps = vectors.astype(np.float64) - query.astype(np.float64)
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", gaps, gaps)
    return squares

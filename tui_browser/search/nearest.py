"""Exact nearest neighbours by brute force: fast enough for a key press up to a million samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

_SLACK = 1e-5
"""Candidates this much less similar than the k-th are scored again."""
_BLOCK = 65_536
_BLOCK_BYTES = 64 << 20


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


def top_k_many(vectors: FloatArray, queries: FloatArray, *, k: int) -> tuple[NDArray[np.intp], FloatArray]:
    """`top_k` for (M, D) queries: rows (M, k) and distances (M, k); -1 and NaN where there are fewer."""
    rows = np.full((len(queries), max(k, 0)), -1, dtype=np.intp)
    distances = np.full((len(queries), max(k, 0)), np.nan, dtype=np.float32)
    if k <= 0 or len(vectors) == 0 or vectors.shape[1] != queries.shape[1]:
        return rows, distances
    step = max(1, _BLOCK_BYTES // (4 * len(vectors)))
    for start in range(0, len(queries), step):
        block = queries[start : start + step].astype(np.float32, copy=False)
        with np.errstate(invalid="ignore"):
            similarities = block @ vectors.T
        for i, similarity in enumerate(similarities, start):
            if np.isfinite(queries[i]).all():
                found, far = _best(vectors, queries[i], similarity, k=k)
                rows[i, : len(found)], distances[i, : len(found)] = found, far
    return rows, distances


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

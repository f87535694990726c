"""Exact nearest neighbours by brute force, fast enough at a key press for a million samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

_SLACK = 1e-5
"""Candidates within this similarity of the k-th are scored again in float64; float32 sums are exact to less."""
_BLOCK = 65_536


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
    """The k nearest by similarity (overwritten), scored again by differences."""
    missing = np.isnan(similarity)
    if missing.any():
        similarity[missing] = -np.inf
    k = min(k, len(similarity))
    edge = np.partition(similarity, -k)[-k]
    # There may be thousands of candidates, if a sound has that many copies.
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

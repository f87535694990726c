"""An order in which near sounds follow each other: a short path through all of them, as of a travelling salesman."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

MOST = 2_000
"""Sounds of one path: all distances between them are in memory, and a person hears an hour of them."""
_ROUNDS = 12
_LEAST_GAIN = 1e-6


def listening_order(vectors: FloatArray, *, first: int = 0) -> NDArray[np.intp]:
    """(N,) rows of `vectors` (N, D), all finite, N at most `MOST`, from row `first` on.

    Each sound is followed by the nearest that is left; then parts of the path are turned round while that makes it
    shorter (2-opt). Takes about a second for 2,000 sounds.
    """
    if len(vectors) > MOST:
        raise ValueError(f"{len(vectors)} sounds are more than {MOST}")
    if len(vectors) < 2:
        return np.arange(len(vectors), dtype=np.intp)
    distances = _distances(vectors)
    order = _nearest_first(distances, first)
    for _ in range(_ROUNDS):
        if not _turn_parts(order, distances):
            break
    return order


def path_length(vectors: FloatArray, order: NDArray[np.intp]) -> float:
    """The sum of the distances from each sound to the next."""
    return float(np.linalg.norm(np.diff(vectors[order], axis=0), axis=1).sum())


def _distances(vectors: FloatArray) -> FloatArray:
    """(N, N) Euclidean."""
    squares = np.einsum("ij,ij->i", vectors, vectors)
    products = vectors @ vectors.T
    distances: FloatArray = np.sqrt(np.maximum(squares[:, np.newaxis] + squares - 2 * products, 0))
    return distances


def _nearest_first(distances: FloatArray, first: int) -> NDArray[np.intp]:
    order = np.empty(len(distances), dtype=np.intp)
    left = np.ones(len(distances), dtype=np.bool_)
    row = first
    for place in range(len(distances)):
        order[place] = row
        left[row] = False
        row = int(np.where(left, distances[row], np.inf).argmin())
    return order


def _turn_parts(order: NDArray[np.intp], distances: FloatArray) -> bool:
    """Turn round, from each place on, the part that shortens the path most; whether any did. The first sound stays."""
    changed = False
    for place in range(len(order) - 2):
        here, after = order[place], order[place + 1]
        ends = order[place + 2 :]
        gain = distances[here, after] - distances[here, ends]
        gain[:-1] += distances[ends[:-1], ends[1:]] - distances[after, ends[1:]]
        best = int(gain.argmax())
        if gain[best] > _LEAST_GAIN:
            end = place + 3 + best
            order[place + 1 : end] = order[place + 1 : end][::-1].copy()
            changed = True
    return changed

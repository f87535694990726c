"""Colours by similarity: k-means groups, principal components as RGB, and duplicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

GROUPS = 11
"""Number of clusters, the number of class colours."""
LEARN_FROM = 20_000
"""Samples used to find the clusters, evenly chosen; all samples are then assigned."""
SHADES = 4
"""Levels of each of red, green and blue."""
_ROUNDS = 30
_BLOCK = 65_536
_RANGE = (2.0, 98.0)
"""Percentiles mapped to 0 and 1, so that outliers do not compress the range."""


def groups(vectors: FloatArray, *, count: int = GROUPS, seed: int = 1) -> NDArray[np.uint8]:
    """(N,) k-means cluster of each of the `vectors` (N, D), the largest first; `count` for rows that are not finite.

    The same for the same vectors and seed.
    """
    group_of = np.full(len(vectors), count, dtype=np.uint8)
    good = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    if not len(good):
        return group_of
    learning = vectors[good[:: -(-len(good) // LEARN_FROM)]]
    centres = _begin(learning, min(count, len(learning)), np.random.default_rng(seed))
    before = np.full(len(learning), -1)
    for _ in range(_ROUNDS):
        nearest = _nearest(learning, centres)
        if np.array_equal(nearest, before):
            break
        before = nearest
        sums = np.zeros(centres.shape)
        np.add.at(sums, nearest, learning)
        held = np.bincount(nearest, minlength=len(centres))
        centres[held > 0] = (sums[held > 0] / held[held > 0, np.newaxis]).astype(np.float32)
    member = np.concatenate(
        [_nearest(vectors[good[start : start + _BLOCK]], centres) for start in range(0, len(good), _BLOCK)]
    )
    order = np.argsort(-np.bincount(member, minlength=len(centres)), kind="stable")
    rank = np.empty(len(centres), dtype=np.uint8)
    rank[order] = np.arange(len(centres))
    group_of[good] = rank[member]
    return group_of


def shades(vectors: FloatArray) -> FloatArray:
    """(N, 3) colour in [0, 1] of each vector: its first three principal components as red, green and blue.

    Sounds alike have colours alike. Grey where a row is not finite or nothing differs.
    """
    colours = np.full((len(vectors), 3), 0.5, dtype=np.float32)
    good = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    if not len(good) or not vectors.shape[1]:
        return colours
    mean = vectors[good].mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = vectors[good] - mean
    _, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    main = axes[:, ::-1][:, :3]
    main = main * np.sign(main[np.abs(main).argmax(axis=0), np.arange(main.shape[1])])
    flat = centred @ main.astype(np.float32)
    low, high = np.percentile(flat, _RANGE, axis=0)
    for axis in np.flatnonzero(high - low > 1e-6).tolist():
        colours[good, axis] = np.clip((flat[:, axis] - low[axis]) / (high[axis] - low[axis]), 0, 1)
    return colours


def shade_index(colours: FloatArray) -> NDArray[np.uint8]:
    """(N,) index of the nearest of SHADES ** 3 colours; red changes slowest."""
    steps = np.rint(colours * (SHADES - 1)).astype(np.int64)
    return ((steps[:, 0] * SHADES + steps[:, 1]) * SHADES + steps[:, 2]).astype(np.uint8)


def shade(index: int) -> tuple[float, float, float]:
    """Red, green and blue in [0, 1] of a colour index."""
    red, rest = divmod(index, SHADES * SHADES)
    green, blue = divmod(rest, SHADES)
    return red / (SHADES - 1), green / (SHADES - 1), blue / (SHADES - 1)


def duplicate_groups(vectors: FloatArray) -> NDArray[np.bool_]:
    """(N,) whether another sample has exactly the same vector, and so the same sound."""
    good = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    result = np.zeros(len(vectors), dtype=np.bool_)
    if not len(good):
        return result
    odd = np.random.default_rng(0).integers(1, 2**63, vectors.shape[1], dtype=np.uint64) | np.uint64(1)
    code = np.zeros(len(good), dtype=np.uint64)
    for start in range(0, len(good), _BLOCK):
        part = np.ascontiguousarray(vectors[good[start : start + _BLOCK]], dtype=np.float32) + np.float32(0.0)
        code[start : start + _BLOCK] = (part.view(np.uint32).astype(np.uint64) * odd).sum(axis=1)
    _, which, held = np.unique(code, return_inverse=True, return_counts=True)
    result[good] = held[which] > 1
    return result


def _begin(vectors: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Initial centres by k-means++."""
    chosen = [int(rng.integers(len(vectors)))]
    distance = ((vectors - vectors[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        total = float(distance.sum())
        pick = int(rng.choice(len(vectors), p=distance / total)) if total > 0 else int(rng.integers(len(vectors)))
        chosen.append(pick)
        distance = np.minimum(distance, ((vectors - vectors[pick]) ** 2).sum(axis=1))
    return vectors[chosen].copy()


def _nearest(vectors: FloatArray, centres: FloatArray) -> NDArray[np.intp]:
    nearest: NDArray[np.intp] = ((centres**2).sum(axis=1) - 2 * (vectors @ centres.T)).argmin(axis=1)
    return nearest

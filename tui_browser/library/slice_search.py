"""Which hits of long files sound like something: the nearest one of each file, and files by the better of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray, SampleId, SliceTable

_SLACK = 1e-5
"""Hits this much less similar than the best are scored again: sums of float32 err by less."""
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class SliceNeighbour:
    """The nearest hit of a long file."""

    sample: SampleId
    place: int
    """Which of the file's hits it is, 0 being the first."""
    onset_s: float
    length_s: float
    distance: float
    """Of differences, as everywhere, so that the same sound is at 0."""


def nearest_slices(
    hits: SliceTable, vector: FloatArray, *, k: int, among: NDArray[np.int64] | None = None
) -> list[SliceNeighbour]:
    """The nearest hit of each of the `k` long files nearest to a unit vector (D,), nearest first.

    Only of files in `among`, ascending ids, where that is given. Of hits that are equally near the first one counts.
    """
    if not len(hits) or hits.vectors.shape[1] != len(vector) or k <= 0 or not np.isfinite(vector).all():
        return []
    likeness = hits.vectors @ vector.astype(np.float32, copy=False)
    best = np.fmax.reduceat(likeness, hits.starts[:-1])
    best[np.isnan(best)] = -np.inf
    if among is not None:
        best[~np.isin(hits.files, among, assume_unique=True)] = -np.inf
    k = min(k, len(best))
    edge = np.partition(best, -k)[-k]
    # every hit of a file that may be among them, and as near as the nearest of that file: thousands may be copies
    files = np.flatnonzero(best >= max(float(edge), -2.0) - _SLACK)
    if not len(files):
        return []
    lengths = hits.starts[files + 1] - hits.starts[files]
    owner = np.repeat(files, lengths)
    rows = np.arange(len(owner)) + np.repeat(hits.starts[files] - (np.cumsum(lengths) - lengths), lengths)
    near = likeness[rows] >= best[owner] - _SLACK
    owner, rows = owner[near], rows[near]
    squares = _squares(hits.vectors, rows, vector)
    order = np.lexsort((rows, squares))
    _, first = np.unique(owner[order], return_index=True)
    chosen = order[np.sort(first)[:k]]
    owner, rows = owner[chosen], rows[chosen]
    columns = (
        hits.files[owner],
        rows - hits.starts[owner],
        hits.onset_s[rows],
        hits.length_s[rows],
        np.sqrt(squares[chosen]).astype(np.float32),
    )
    return [
        SliceNeighbour(SampleId(sample), *rest) for sample, *rest in zip(*(c.tolist() for c in columns), strict=True)
    ]


def nearest_slices_in_parts(
    parts: Iterable[SliceTable], vector: FloatArray, *, k: int, among: NDArray[np.int64] | None = None
) -> list[SliceNeighbour]:
    """The same of hits that lie in several parts, each file in one of them."""
    found: list[SliceNeighbour] = []
    for part in parts:
        found += nearest_slices(part, vector, k=k, among=among)
        found = sorted(found, key=lambda hit: (hit.distance, hit.sample))[:k]
    return found


def merge_neighbours(
    whole: Iterable[tuple[SampleId, float]], hits: Iterable[SliceNeighbour], *, k: int, without: SampleId | None = None
) -> list[tuple[SampleId, float, SliceNeighbour | None]]:
    """The `k` nearest samples, nearest first, each once: a long file by its whole vector or a hit, which is nearer.

    `whole` are samples and the distances of their whole vectors; `without` is left out.
    """
    best: dict[SampleId, tuple[float, SliceNeighbour | None]] = {sample: (distance, None) for sample, distance in whole}
    for hit in hits:
        if hit.sample not in best or hit.distance < best[hit.sample][0]:
            best[hit.sample] = (hit.distance, hit)
    if without is not None:
        best.pop(without, None)
    order = sorted(best.items(), key=lambda item: (item[1][0], item[0]))[:k]
    return [(sample, distance, hit) for sample, (distance, hit) in order]


def _squares(vectors: FloatArray, rows: NDArray[np.intp], vector: FloatArray) -> NDArray[np.float64]:
    """(n,) squared distances of some rows of the vectors from a vector."""
    squares = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK):
        gaps = vectors[rows[start : start + _BLOCK]].astype(np.float64) - vector
        squares[start : start + _BLOCK] = np.einsum("ij,ij->i", gaps, gaps)
    return squares

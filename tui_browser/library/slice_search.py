"""Neighbour search in slices: the nearest slice of each long file, merged with neighbours by whole files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray, SampleId, SliceTable

_SLACK = 1e-5
"""Slices within this similarity of the best are scored again in float64; float32 sums are exact to less."""
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class SliceNeighbour:
    """The slice of a long file that is nearest to a query."""

    sample: SampleId
    number: int
    """Number of the slice in its file, from 0."""
    onset_s: float
    length_s: float
    distance: float
    """Euclidean distance, computed from differences so that equal sounds are at exactly 0."""


def nearest_slices(
    table: SliceTable, vector: FloatArray, *, k: int, among: NDArray[np.int64] | None = None
) -> list[SliceNeighbour]:
    """The nearest slice of each of the `k` long files nearest to a unit vector (D,), nearest first.

    `among` limits the search to these ascending ids. Of equally near slices the first is returned.
    """
    if not len(table) or table.vectors.shape[1] != len(vector) or k <= 0 or not np.isfinite(vector).all():
        return []
    similarity = table.vectors @ vector.astype(np.float32, copy=False)
    best = np.fmax.reduceat(similarity, table.starts[:-1])
    best[np.isnan(best)] = -np.inf
    if among is not None:
        best[~np.isin(table.files, among, assume_unique=True)] = -np.inf
    k = min(k, len(best))
    edge = np.partition(best, -k)[-k]
    # Candidates: in every file that may be among the k, all slices about as near as its nearest (often copies).
    files = np.flatnonzero(best >= max(float(edge), -2.0) - _SLACK)
    if not len(files):
        return []
    lengths = table.starts[files + 1] - table.starts[files]
    owner = np.repeat(files, lengths)
    rows = np.arange(len(owner)) + np.repeat(table.starts[files] - (np.cumsum(lengths) - lengths), lengths)
    near = similarity[rows] >= best[owner] - _SLACK
    owner, rows = owner[near], rows[near]
    squares = _squares(table.vectors, rows, vector)
    order = np.lexsort((rows, squares))
    _, first = np.unique(owner[order], return_index=True)
    chosen = order[np.sort(first)[:k]]
    owner, rows = owner[chosen], rows[chosen]
    columns = (
        table.files[owner],
        rows - table.starts[owner],
        table.onset_s[rows],
        table.length_s[rows],
        np.sqrt(squares[chosen]).astype(np.float32),
    )
    return [
        SliceNeighbour(SampleId(sample), *rest) for sample, *rest in zip(*(c.tolist() for c in columns), strict=True)
    ]


def nearest_slices_in_parts(
    parts: Iterable[SliceTable], vector: FloatArray, *, k: int, among: NDArray[np.int64] | None = None
) -> list[SliceNeighbour]:
    """The same for a table in parts; the slices of a file must be in one part."""
    nearest: list[SliceNeighbour] = []
    for part in parts:
        nearest += nearest_slices(part, vector, k=k, among=among)
        nearest = sorted(nearest, key=lambda neighbour: (neighbour.distance, neighbour.sample))[:k]
    return nearest


def merge_neighbours(
    whole: Iterable[tuple[SampleId, float]],
    slices: Iterable[SliceNeighbour],
    *,
    k: int,
    without: SampleId | None = None,
) -> list[tuple[SampleId, float, SliceNeighbour | None]]:
    """The `k` nearest samples, each once, nearest first, with the slice where that is nearer than the whole file.

    `whole` are samples with the distances of their whole files; `without` is omitted.
    """
    best: dict[SampleId, tuple[float, SliceNeighbour | None]] = {sample: (distance, None) for sample, distance in whole}
    for part in slices:
        if part.sample not in best or part.distance < best[part.sample][0]:
            best[part.sample] = (part.distance, part)
    if without is not None:
        best.pop(without, None)
    order = sorted(best.items(), key=lambda item: (item[1][0], item[0]))[:k]
    return [(sample, distance, part) for sample, (distance, part) in order]


def _squares(vectors: FloatArray, rows: NDArray[np.intp], vector: FloatArray) -> NDArray[np.float64]:
    """(n,) squared distances of these rows of `vectors` from `vector`, in float64."""
    squares = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK):
        gaps = vectors[rows[start : start + _BLOCK]].astype(np.float64) - vector
        squares[start : start + _BLOCK] = np.einsum("ij,ij->i", gaps, gaps)
    return squares

"""Splits into training, validation and test, stratified by class and grouped by kit and content."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "validation", "test")


def assign_splits(
    classes: Sequence[str], kits: Sequence[str], contents: Sequence[str], *, shares: Sequence[float], seed: int
) -> list[str]:
    """One of `SPLITS` for each of N files; deterministic.

    Files of the same kit or content get the same split; an empty kit is ignored. `shares` of the three splits sum to 1.
    """
    if not classes:
        return []
    group = _groups(kits, contents)
    names, labels = np.unique(np.asarray(classes, dtype=object).astype(str), return_inverse=True)
    counts = np.zeros((int(group.max()) + 1, len(names)))
    np.add.at(counts, (group, labels), 1.0)
    split = _assign_groups(counts, np.asarray(shares, dtype=np.float64), seed=seed)
    return [SPLITS[index] for index in split[group].tolist()]


def _groups(kits: Sequence[str], contents: Sequence[str]) -> NDArray[np.intp]:
    """(N,) index of the group of files that must share a split (union-find)."""
    parent = list(range(len(kits)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[tuple[str, str], int] = {}
    for index, pair in enumerate(zip(kits, contents, strict=True)):
        for kind, value in zip(("kit", "content"), pair, strict=True):
            if value:
                parent[root(index)] = root(first.setdefault((kind, value), index))
    roots = [root(index) for index in range(len(kits))]
    return np.unique(roots, return_inverse=True)[1]


def _assign_groups(counts: NDArray[np.float64], shares: NDArray[np.float64], *, seed: int) -> NDArray[np.intp]:
    """(G,) split of each group, given the files of each class in it (G, C). Greedy, largest groups first."""
    rng = np.random.default_rng(seed)
    total = counts.sum(axis=0)
    missing = shares[:, None] * total
    splits = np.zeros(len(counts), dtype=np.intp)
    order = rng.permutation(len(counts))
    for group in order[np.argsort(-counts[order].sum(axis=1), kind="stable")].tolist():
        need = (missing / total * counts[group]).sum(axis=1)
        need[shares == 0] = -np.inf
        splits[group] = int(np.lexsort((-shares, -need.round(9)))[0])
        missing[splits[group]] -= counts[group]
    for split in np.flatnonzero(shares > 0):
        if not (splits == split).any():
            _fill_empty_split(counts, splits, int(split), source=int(np.argmax(shares)))
    return splits


def _fill_empty_split(counts: NDArray[np.float64], splits: NDArray[np.intp], split: int, *, source: int) -> None:
    """Move the smallest group from split `source`, in place, if all of its classes remain in `source`."""
    groups = np.flatnonzero(splits == source)
    available = counts[groups].sum(axis=0)
    movable = [group for group in groups.tolist() if ((available - counts[group] > 0) | (counts[group] == 0)).all()]
    if movable:
        splits[min(movable, key=lambda group: float(counts[group].sum()))] = split

"""Examples dealt out to training, validation and test: kits whole, copies together, classes in their shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "validation", "test")


def assign_splits(
    classes: Sequence[str], kits: Sequence[str], contents: Sequence[str], *, shares: Sequence[float], seed: int
) -> list[str]:
    """One of `SPLITS` for each of N examples.

    Examples of one kit, and those of one content, fall on the same side; an empty kit is none. `shares` are the parts
    of the three splits and sum to 1. The same arguments give the same answer.
    """
    if not classes:
        return []
    unit = _units(kits, contents)
    names, labels = np.unique(np.asarray(classes, dtype=object).astype(str), return_inverse=True)
    table = np.zeros((int(unit.max()) + 1, len(names)))
    np.add.at(table, (unit, labels), 1.0)
    side = _fill(table, np.asarray(shares, dtype=np.float64), seed=seed)
    return [SPLITS[index] for index in side[unit].tolist()]


def _units(kits: Sequence[str], contents: Sequence[str]) -> NDArray[np.intp]:
    """(N,) number of what an example cannot be parted from."""
    above = list(range(len(kits)))

    def top(index: int) -> int:
        while above[index] != index:
            above[index] = above[above[index]]
            index = above[index]
        return index

    first: dict[tuple[str, str], int] = {}
    for index, pair in enumerate(zip(kits, contents, strict=True)):
        for kind, value in zip(("kit", "content"), pair, strict=True):
            if value:
                above[top(index)] = top(first.setdefault((kind, value), index))
    tops = [top(index) for index in range(len(kits))]
    return np.unique(tops, return_inverse=True)[1]


def _fill(table: NDArray[np.float64], shares: NDArray[np.float64], *, seed: int) -> NDArray[np.intp]:
    """(U,) split of each of U units that hold so many examples of each class, (U, C): the large ones first."""
    rng = np.random.default_rng(seed)
    total = table.sum(axis=0)
    lacking = shares[:, None] * total
    side = np.zeros(len(table), dtype=np.intp)
    order = rng.permutation(len(table))
    for one in order[np.argsort(-table[order].sum(axis=1), kind="stable")].tolist():
        wish = (lacking / total * table[one]).sum(axis=1)
        wish[shares == 0] = -np.inf
        side[one] = int(np.lexsort((-shares, -wish.round(9)))[0])
        lacking[side[one]] -= table[one]
    for split in np.flatnonzero(shares > 0):
        if not (side == split).any():
            _give_one(table, side, int(split), int(np.argmax(shares)))
    return side


def _give_one(table: NDArray[np.float64], side: NDArray[np.intp], split: int, giver: int) -> None:
    """Move the smallest unit that the largest split can spare, each class of it staying there too, in place."""
    mine = np.flatnonzero(side == giver)
    left = table[mine].sum(axis=0)
    spare = [one for one in mine.tolist() if ((left - table[one] > 0) | (table[one] == 0)).all()]
    if spare:
        side[min(spare, key=lambda one: float(table[one].sum()))] = split

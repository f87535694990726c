"""The folders of a library with their samples, as arrays: nodes of a tree are made only of what is opened.

A million objects made at once keep the interpreter to themselves, and the garbage collector visits each of them.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import HIDDEN, Snapshot

_BLOCK = 8_192
"""Names that are cut out and counted at a time."""


class FolderTree:
    """Folders by number; the empty path, above all others, stands for the topmost folder."""

    def __init__(self, snapshot: Snapshot) -> None:
        numbers: dict[bytes, int] = {}
        self._paths: list[bytes] = []
        above, own = array("q"), array("q")
        """Number of the folder above each, -1 for none; samples that lie in the folder itself."""
        for folders in _folders_in_blocks(snapshot):
            for folder, count in folders.items():
                number = numbers.get(folder)
                if number is None:
                    number = self._add(folder, numbers, above, own)
                own[number] += count
        self._parents: NDArray[np.int64] = np.array(above, dtype=np.int64)
        self._totals = _totals(np.array(own, dtype=np.int64), self._parents, _depths(self._paths))
        self._by_parent = np.argsort(self._parents, kind="stable")
        self._sorted_parents = self._parents[self._by_parent]

    def _add(self, folder: bytes, numbers: dict[bytes, int], above: array[int], own: array[int]) -> int:
        """Give a folder, and those above it that are new, their numbers."""
        first, below = len(self._paths), -1
        while True:
            known = numbers.get(folder)
            number = len(self._paths) if known is None else known
            if below >= 0:
                above[below] = number
            if known is not None:
                return first
            numbers[folder] = below = number
            self._paths.append(folder)
            above.append(-1)
            own.append(0)
            if not folder:
                return first
            folder = folder.rpartition(b"/")[0]

    def number_of(self, folder: bytes) -> int | None:
        """The number of a folder; None where no sample lies in or below it."""
        return self._paths.index(folder) if folder in self._paths else None

    def path(self, number: int) -> bytes:
        return self._paths[number]

    def total(self, number: int) -> int:
        """Samples in the folder and below it."""
        return int(self._totals[number])

    def below(self, number: int) -> NDArray[np.intp]:
        """Numbers of the folders in a folder."""
        first, last = np.searchsorted(self._sorted_parents, [number, number + 1])
        return self._by_parent[first:last]

    def count_below(self, number: int) -> int:
        """How many folders lie in a folder."""
        first, last = np.searchsorted(self._sorted_parents, [number, number + 1])
        return int(last - first)


def _folders_in_blocks(snapshot: Snapshot) -> Iterator[Mapping[bytes, int]]:
    """Samples that lie in each folder itself, block by block; hidden ones do not count."""
    names = snapshot.names
    shown = snapshot.flags & HIDDEN == 0
    for start in range(0, len(names), _BLOCK):
        ends = pairwise(names.offsets[start : start + _BLOCK + 1].tolist())
        here = shown[start : start + _BLOCK].tolist()
        paths = (names.blob[begin:end] for (begin, end), counts in zip(ends, here, strict=True) if counts)
        yield Counter(path[: path.rfind(b"/")] for path in paths)


def _depths(paths: list[bytes]) -> NDArray[np.int64]:
    return np.fromiter((path.count(b"/") for path in paths), dtype=np.int64, count=len(paths))


def _totals(own: NDArray[np.int64], parents: NDArray[np.int64], depths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(F,) samples of each folder and of all below it: the deepest are added to those above them first."""
    totals = own.copy()
    order = np.argsort(-depths, kind="stable")
    for level in np.split(order, np.flatnonzero(np.diff(depths[order])) + 1):
        inside = level[parents[level] >= 0]
        np.add.at(totals, parents[inside], totals[inside])
    return totals

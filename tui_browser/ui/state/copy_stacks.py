"""Copies as stacks: of each group of samples with one sound the first that is shown stands for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class CopyStacks:
    """The samples of one snapshot that have copies."""

    rows: NDArray[np.intp]
    """(C,) rows of the snapshot, ascending."""
    stack: NDArray[np.int64]
    """(C,) number of the stack of each: the id of the sample that should stay."""
    is_keeper: Mask
    """(C,) whether it is that sample."""

    @classmethod
    def of(cls, ids: NDArray[np.int64], stacks: tuple[NDArray[np.int64], NDArray[np.int64]]) -> CopyStacks | None:
        """The stacks of a snapshot with these ascending ids; None without any. `stacks` has samples and numbers."""
        samples, numbers = stacks
        if not len(samples) or not len(ids):
            return None
        rows = np.minimum(np.searchsorted(ids, samples), len(ids) - 1)
        here = ids[rows] == samples
        if not here.any():
            return None
        return cls(rows[here].astype(np.intp), numbers[here], samples[here] == numbers[here])

    def folded(self, mask: Mask | None, count: int) -> tuple[Mask | None, dict[int, int]]:
        """The mask (N,) with the first of each stack alone, and the size of each stack by the row that stands for it.

        The mask stays as it is (None: all rows) where no two copies are shown.
        """
        shown = np.ones(len(self.rows), dtype=np.bool_) if mask is None else mask[self.rows]
        rows, stack, keeper = self.rows[shown], self.stack[shown], self.is_keeper[shown]
        order = np.lexsort((rows, ~keeper, stack))
        rows, stack = rows[order], stack[order]
        starts = np.flatnonzero(np.diff(stack, prepend=stack[:1] - 1))
        sizes = np.diff(starts, append=len(stack))
        if not (sizes > 1).any():
            return mask, {}
        out = np.ones(count, dtype=np.bool_) if mask is None else mask.copy()
        out[rows] = False
        out[rows[starts]] = True
        several = sizes > 1
        return out, dict(zip(rows[starts][several].tolist(), sizes[several].tolist(), strict=True))

    def standing_for(self, row: int, mask: Mask | None) -> int | None:
        """The row that stands for this one in a folded mask; None where it stands for itself or is alone."""
        at = np.flatnonzero(self.rows == row)
        if mask is None or mask[row] or not len(at):
            return None
        beside = self.rows[(self.stack == self.stack[at[0]]) & mask[self.rows]]
        return int(beside[0]) if len(beside) else None

"""Which cells of the map look different from before, and how bright they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.cells import Cells, changed_runs

MANY = 400
"""Changed cells from which on each line is painted from its first to its last one."""


def smoothed(level: NDArray[np.uint8], lit: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Brightness (R, C) as the mean of the lit cells around: density as a field, and half the bytes of a noisy one."""
    high, wide = level.shape

    def around(values: NDArray[np.float32]) -> NDArray[np.float32]:
        sums = np.zeros((high + 3, wide + 5), dtype=np.float32)
        sums[1:, 1:] = np.pad(values, ((1, 1), (2, 2))).cumsum(axis=0).cumsum(axis=1)
        return sums[3:, 5:] - sums[3:, :wide] - sums[:high, 5:] + sums[:high, :wide]

    total = around(np.where(lit, level, 0).astype(np.float32))
    mean = np.rint(total / np.maximum(around(lit.astype(np.float32)), 1.0))
    return np.where(lit, mean, 0).astype(np.uint8)


def changed(old: Cells | None, new: Cells) -> list[tuple[int, int, int]]:
    """Runs (y, x0, x1) to paint: of a few cells exactly those, of many a stretch in each line."""
    if old is None or old.bits.shape != new.bits.shape:
        return changed_runs(old, new)
    differs = (old.bits != new.bits) | (old.colour != new.colour) | (old.level != new.level) | (old.dim != new.dim)
    if np.count_nonzero(differs) < MANY:
        return changed_runs(old, new)
    lines = np.flatnonzero(differs.any(axis=1))
    first = differs.argmax(axis=1)[lines]
    last = differs.shape[1] - differs[:, ::-1].argmax(axis=1)[lines]
    return list(zip(lines.tolist(), first.tolist(), last.tolist(), strict=True))

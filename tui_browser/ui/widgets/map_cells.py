"""Brightness of the map's cells, and the runs of cells that changed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.cells import Cells, changed_runs
from tui_browser.map.viewport import DOTS_X, DOTS_Y, Viewport

MANY = 400
"""With as many changed cells, each line is painted from its first to its last changed cell."""


def smoothed(level: NDArray[np.uint8], lit: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Brightness (R, C) averaged over the lit cells around, which also halves the bytes of a frame."""
    height, width = level.shape

    def window_sum(values: NDArray[np.float32]) -> NDArray[np.float32]:
        sums = np.zeros((height + 3, width + 5), dtype=np.float32)
        sums[1:, 1:] = np.pad(values, ((1, 1), (2, 2))).cumsum(axis=0).cumsum(axis=1)
        return sums[3:, 5:] - sums[3:, :width] - sums[:height, 5:] + sums[:height, :width]

    total = window_sum(np.where(lit, level, 0).astype(np.float32))
    mean = np.rint(total / np.maximum(window_sum(lit.astype(np.float32)), 1.0))
    return np.where(lit, mean, 0).astype(np.uint8)


def runs_to_paint(old: Cells | None, new: Cells) -> list[tuple[int, int, int]]:
    """Runs (y, x0, x1) to paint: single runs if few cells changed, else one run for each line."""
    if old is None or old.bits.shape != new.bits.shape:
        return changed_runs(old, new)
    differs = (old.bits != new.bits) | (old.colour != new.colour) | (old.level != new.level) | (old.dim != new.dim)
    if np.count_nonzero(differs) < MANY:
        return changed_runs(old, new)
    lines = np.flatnonzero(differs.any(axis=1))
    first = differs.argmax(axis=1)[lines]
    last = differs.shape[1] - differs[:, ::-1].argmax(axis=1)[lines]
    return list(zip(lines.tolist(), first.tolist(), last.tolist(), strict=True))


def runs_of(cells: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Runs (y, x0, x1) of cells (x, y) side by side in a row: a frame of few regions is put together sooner."""
    runs: list[tuple[int, int, int]] = []
    for y, x in sorted((y, x) for x, y in cells):
        if runs and runs[-1][0] == y and runs[-1][2] >= x:
            runs[-1] = (y, runs[-1][1], x + 1)
        else:
            runs.append((y, x, x + 1))
    return runs


def cells_of(xy: NDArray[np.float32], view: Viewport) -> NDArray[np.bool_]:
    """(R, C) True where one of these map points (n, 2) is visible; NaN points are nowhere."""
    lit = np.zeros((view.rows, view.columns), dtype=np.bool_)
    dots = view.to_dots(xy[np.isfinite(xy[:, 0])])
    width, height = view.dots
    visible = dots[(dots[:, 0] >= 0) & (dots[:, 0] < width) & (dots[:, 1] >= 0) & (dots[:, 1] < height)]
    cells = visible.astype(np.int64) // [DOTS_X, DOTS_Y]
    lit[cells[:, 1], cells[:, 0]] = True
    return lit

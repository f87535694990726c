"""Places on a grid as other programs read them: from 0 to 1 in both directions, the first row at y = 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tui_browser.layouts.grid import assign_cells
from tui_browser.records import FloatArray


def grid_places(
    places: FloatArray, *, columns: int, rows: int, on_round: Callable[[int, int], None] | None = None
) -> FloatArray:
    """(N, 2) in [0, 1]: the cell of each place (N, 2), with the least sum of squared moves; no cell is taken twice."""
    x, y = _steps(columns), _steps(rows)
    cells = np.column_stack([np.tile(x, rows), np.repeat(y, columns)])
    chosen = assign_cells(places.astype(np.float64), cells, columns=columns, on_round=on_round)
    return cells[chosen].astype(np.float32)


def _steps(count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.linspace(0.0, 1.0, count) if count > 1 else np.zeros(1)

"""The inset: the whole map in a corner of the enlarged one, with the visible part marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_browser.map.raster import Raster
from tui_browser.map.viewport import WHOLE, Viewport

COLUMNS, ROWS = 14, 5
LEAST = (48, 14)
"""Columns and rows of the smallest map that has an inset."""
MIN_ZOOM = 1.3
"""The least magnification with an inset."""


@dataclass(frozen=True, slots=True)
class InsetBox:
    """Left and top cell of the inset on the map."""

    left: int
    top: int

    def meets(self, column: int, row: int, width: int = 1) -> bool:
        """Whether cells of one row lie in the inset or next to it."""
        across = column + width >= self.left and column <= self.left + COLUMNS
        return across and self.top - 1 <= row <= self.top + ROWS


class Inset:
    """Its dots are drawn once for each library; only the marked part changes as the map moves."""

    def __init__(self) -> None:
        self.on = True
        self.box: InsetBox | None = None
        self._raster: Raster | None = None
        self._lines: list[str] = []
        self._ascii = False

    def draw(
        self, raster: Raster, view: Viewport, *, cursor: tuple[int, int] | None, ascii_only: bool
    ) -> dict[tuple[int, int], tuple[str, bool]]:
        """Character by cell, and whether the map shows that part; empty where the whole map is shown.

        The inset is at the top right, or at the top left while the cursor is at the top right.
        """
        wanted = self.on and view.zoom_level >= MIN_ZOOM and view.columns >= LEAST[0] and view.rows >= LEAST[1]
        if not wanted or not len(raster):
            self.box = None
            return {}
        self.box = _box(view, cursor)
        if raster is not self._raster or ascii_only is not self._ascii:
            cells = raster.draw(Viewport(COLUMNS, ROWS))
            self._lines = [cells.ascii(y) if ascii_only else cells.text(y) for y in range(ROWS)]
            self._raster, self._ascii = raster, ascii_only
        across, up = _window(view.centre[0], view.span[0], COLUMNS), _window(1 - view.centre[1], view.span[1], ROWS)
        box = self.box
        return {
            (box.left + x, box.top + y): (char, x in across and y in up)
            for y, line in enumerate(self._lines)
            for x, char in enumerate(line)
        }


def _box(view: Viewport, cursor: tuple[int, int] | None) -> InsetBox:
    right = InsetBox(view.columns - COLUMNS, 0)
    return InsetBox(0, 0) if cursor is not None and right.meets(cursor[0] - 2, cursor[1], 5) else right


def _window(middle: float, span: float, cells: int) -> range:
    """The cells of the inset that the visible part covers on one axis, at least one."""
    scale = cells / WHOLE
    offset = (WHOLE - 1) / 2
    low, high = (middle - span / 2 + offset) * scale, (middle + span / 2 + offset) * scale
    first = int(np.clip(np.floor(low + 0.25), 0, cells - 1))
    return range(first, max(first + 1, min(cells, int(np.ceil(high - 0.25)))))

"""The whole map, small, in a corner of the enlarged one: where in it a person is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_browser.map.raster import Raster
from tui_browser.map.viewport import WHOLE, Viewport

COLUMNS, ROWS = 14, 5
LEAST = (48, 14)
"""Cells of the map that are enough to give some of them away."""
FROM = 1.3
"""The magnification from which on it is shown."""


@dataclass(frozen=True, slots=True)
class InsetBox:
    """Where on the screen the small map is."""

    left: int
    top: int

    def meets(self, column: int, row: int, width: int = 1) -> bool:
        """Whether cells of one line lie in it or right beside it."""
        across = column + width >= self.left and column <= self.left + COLUMNS
        return across and self.top - 1 <= row <= self.top + ROWS


class Inset:
    """Drawn once for a library; what changes while a person moves is the window in it."""

    def __init__(self) -> None:
        self.on = True
        self.box: InsetBox | None = None
        self._raster: Raster | None = None
        self._lines: list[str] = []
        self._ascii = False

    def draw(
        self, raster: Raster, view: Viewport, *, cursor: tuple[int, int] | None, ascii_only: bool
    ) -> dict[tuple[int, int], tuple[str, bool]]:
        """Its cells: what stands there, and whether the big map shows that part; nothing where the whole is shown.

        It stands in the top right corner, while the cursor is there in the top left one.
        """
        wanted = self.on and view.zoom_level >= FROM and view.columns >= LEAST[0] and view.rows >= LEAST[1]
        if not wanted or not len(raster):
            self.box = None
            return {}
        self.box = _place(view, cursor)
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


def _place(view: Viewport, cursor: tuple[int, int] | None) -> InsetBox:
    right = InsetBox(view.columns - COLUMNS, 0)
    return InsetBox(0, 0) if cursor is not None and right.meets(cursor[0] - 2, cursor[1], 5) else right


def _window(middle: float, span: float, cells: int) -> range:
    """Which cells of the small map the window covers on one axis, one at least."""
    scale = cells / WHOLE
    offset = (WHOLE - 1) / 2
    low, high = (middle - span / 2 + offset) * scale, (middle + span / 2 + offset) * scale
    first = int(np.clip(np.floor(low + 0.25), 0, cells - 1))
    return range(first, max(first + 1, min(cells, int(np.ceil(high - 0.25)))))

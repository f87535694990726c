"""Characters over the dots of the map: cursor, guest, neighbour ranks, what is made, inset and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.viewport import Viewport
from tui_browser.ui.widgets.map_captions import Captions
from tui_browser.ui.widgets.map_inset import Inset
from tui_browser.ui.widgets.map_line import CURSOR, GUEST, RANK, SMALL, WINDOW
from tui_browser.ui.widgets.map_making import MakingMarks, making_cells, parent_digits
from tui_browser.ui.widgets.map_text import NO_STACKS, MapText, StackMarks, ranks, stack_sizes

Place = tuple[float, float]
"""A point of the map, 0 to 1 on both axes."""
OverlayCells = Mapping[tuple[int, int], tuple[str, int]]
"""Character and style number by cell (column, row)."""


class MapOverlay:
    """Knows what is marked on the map, and the cells of these marks in the current view."""

    def __init__(self, captions: Captions, inset: Inset) -> None:
        self.cursor: Place | None = None
        self.guest: Place | None = None
        self.ranked: Sequence[Place] = ()
        self.stacks = NO_STACKS
        self.making = MakingMarks()
        self.cells: OverlayCells = {}
        self.lines: dict[int, list[tuple[int, str, int]]] = {}
        """(column, character, style number) by row."""
        self._stacked: tuple[StackMarks, Viewport, NDArray[np.uint8], OverlayCells] | None = None
        """The sizes of stacks as they were written last, and where."""
        self._captions = captions
        self._inset = inset

    def update(self, picture: MapText | None, view: Viewport, *, ascii: bool) -> list[tuple[int, int]]:
        """Lay everything out for a view; returns the cells that changed. `picture` is None while the map moves."""
        old = self.cells
        at = view.cell_at(self.cursor) if self.cursor is not None else None
        inset: dict[tuple[int, int], tuple[str, int]] = {}
        if picture is not None:
            drawn = self._inset.draw(picture.raster, view, cursor=at, ascii_only=ascii)
            inset = {cell: (char, WINDOW if inside else SMALL) for cell, (char, inside) in drawn.items()}
        text = self._captions.cells(view.columns, cursor=at, box=self._inset.box, ascii=ascii)
        numbered = parent_digits(self.making.parents) or self.ranked
        digits = {cell: (digit, RANK) for cell, digit in ranks(numbered, view).items()}
        bits = picture.cells.bits if picture is not None else None
        lines, making = making_cells(self.making, view, bits, ascii=ascii)
        stacked = {} if bits is None else self._stack_cells(view, bits)
        self.cells = {**stacked, **lines} | text | digits | inset | self.marks(view, ascii=ascii) | making
        self.lines = {}
        for (x, y), (char, style) in self.cells.items():
            self.lines.setdefault(y, []).append((x, char, style))
        return [cell for cell in old.keys() | self.cells.keys() if old.get(cell) != self.cells.get(cell)]

    def _stack_cells(self, view: Viewport, bits: NDArray[np.uint8]) -> OverlayCells:
        """The cells of the sizes of stacks, which a step of the cursor leaves as they are."""
        last = self._stacked
        if last is None or last[0] is not self.stacks or last[1] != view or last[2] is not bits:
            last = self._stacked = self.stacks, view, bits, stack_sizes(self.stacks, view, bits)
        return last[3]

    def marks(self, view: Viewport, *, ascii: bool) -> dict[tuple[int, int], tuple[str, int]]:
        """The cells of cursor and guest."""
        marks: dict[tuple[int, int], tuple[str, int]] = {}
        for place, shape, style in (
            (self.guest, "(G)" if ascii else "⟨G⟩", GUEST),
            (self.cursor, "[X]" if ascii else "❲◆❳", CURSOR),
        ):
            cell = view.cell_at(place) if place is not None else None
            if cell is None:
                continue
            for x, char in enumerate(shape, start=cell[0] - 1):
                if 0 <= x < view.columns and 0 <= cell[1] < view.rows:
                    marks[x, cell[1]] = (char, style)
        return marks

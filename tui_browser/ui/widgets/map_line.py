"""The styles of a drawn map, cell by cell, as numbers, and a line of it as runs of one style.

A style is a number: of a lit cell its colour times `LEVELS` and its brightness, of what is written over the map one of
those below zero. A blank goes on in the style before it, so that a line has fewer runs; but never in one that is seen
on a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.cells import Cells
from tui_browser.ui.paint import LEVELS

CURSOR, GUEST, GROUND, LABEL, NAME, SMALL, WINDOW, RANK = range(-1, -9, -1)
CHOSEN = 1 << 16
"""Added to the style of a cell with a sample of the selection."""
_OWN_GROUND = np.array([False, True, True, True, False, False, False, True, True])
"""By style, those that bring a ground of their own."""

Run = tuple[int, int, int]
"""First cell, the one behind the last, style."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """What style each cell of a drawn map has."""

    style: NDArray[np.int32]
    """(R, C)"""
    blank: NDArray[np.bool_]
    """(R, C)"""
    bare: NDArray[np.int32]
    """(R, C) where nothing is written or chosen: blanks go on in the style before them."""

    @classmethod
    def of(cls, cells: Cells, *, letters: bool) -> Ink:
        """`letters`: every lit cell is a letter, and as bright as can be."""
        base = cells.colour.astype(np.int32) * LEVELS
        style = np.where(cells.dim, np.int32(GROUND), base + cells.level)
        if letters:
            style = np.where(cells.count > 0, base + (LEVELS - 1), style)
        blank = cells.bits == 0
        columns = np.arange(blank.shape[1])
        before = np.maximum.accumulate(np.where(blank, 0, columns), axis=1)
        return cls(style, blank, np.take_along_axis(style, before, axis=1))

    def line(self, y: int) -> list[Run]:
        """Line `y` where nothing is written or chosen."""
        return _runs(self.bare[y])

    def written(
        self, y: int, *, marks: Sequence[tuple[int, str, int]], chosen: NDArray[np.bool_] | None = None
    ) -> list[Run]:
        """Line `y` with characters of these styles at some places, and with what of it (C,) is chosen."""
        style, blank = self.style[y], self.blank[y].copy()
        style = style.copy() if chosen is None else np.where(chosen & (style >= 0), style + CHOSEN, style)
        for x, _, kind in marks:
            style[x], blank[x] = kind, False
        before = np.maximum.accumulate(np.where(blank, 0, np.arange(len(blank))))
        plain = np.where(style >= CHOSEN, style - CHOSEN, style)
        plain = np.where(_OWN_GROUND[np.minimum(style, 0)], NAME, plain)
        return _runs(np.where(blank, plain[before], style))


def _runs(style: NDArray[np.int32]) -> list[Run]:
    starts = np.flatnonzero(style[1:] != style[:-1]) + 1
    firsts = [0, *starts.tolist()]
    kinds = [int(style[0]), *style[starts].tolist()]
    return list(zip(firsts, [*firsts[1:], len(style)], kinds, strict=True))

"""Style numbers of the cells of a drawn map, and lines as runs of one style.

A lit cell's style is its colour index times `LEVELS` plus its brightness; text over the map has a number below zero. A
blank takes the style before it, so that a line has fewer runs, unless that style is visible on a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.style import Style

from tui_browser.map.cells import Cells
from tui_browser.ui.styles import LEVELS, Styles

CURSOR, GUEST, GROUND, LABEL, NAME, SMALL, WINDOW, RANK, LINE, MISS, ASKED, LANDED = range(-1, -13, -1)
SELECTED = 1 << 16
"""Added to the style number of a cell that holds a selected sample."""
LIT = 1 << 17
"""Added to the style number of a cell that the sound lights."""
_HAS_BACKGROUND = np.array([False, True, *[False] * 3, True, True, True, False, False, False, True, True])
"""By style number: whether the style has a background of its own."""

Run = tuple[int, int, int]
"""First cell, end cell (exclusive), style number."""


@dataclass(frozen=True, slots=True, eq=False)
class CellStyles:
    """The style number of each cell of a drawn map."""

    style: NDArray[np.int32]
    """(R, C)"""
    blank: NDArray[np.bool_]
    """(R, C)"""
    bare: NDArray[np.int32]
    """(R, C) without text and selection: blanks take the style before them."""

    @classmethod
    def of(cls, cells: Cells, *, letters: bool) -> CellStyles:
        """`letters`: every lit cell shows a letter at full brightness."""
        base = cells.colour.astype(np.int32) * LEVELS
        style = np.where(cells.dim, np.int32(GROUND), base + cells.level)
        if letters:
            style = np.where(cells.count > 0, base + (LEVELS - 1), style)
        blank = cells.bits == 0
        columns = np.arange(blank.shape[1])
        before = np.maximum.accumulate(np.where(blank, 0, columns), axis=1)
        return cls(style, blank, np.take_along_axis(style, before, axis=1))

    def line(self, y: int) -> list[Run]:
        """Runs of line `y` without text and selection."""
        return _runs(self.bare[y])

    def line_with(
        self,
        y: int,
        *,
        marks: Sequence[tuple[int, str, int]],
        selected: NDArray[np.bool_] | None = None,
        lit: NDArray[np.bool_] | None = None,
    ) -> list[Run]:
        """Runs of line `y` with marks (column, character, style number), selected and lit cells (C,)."""
        style, blank = self.style[y], self.blank[y].copy()
        style = style.copy() if selected is None else np.where(selected & (style >= 0), style + SELECTED, style)
        if lit is not None:
            style = np.where(lit & (style >= 0), style + LIT, style)
        for x, _, kind in marks:
            style[x], blank[x] = kind, False
        before = np.maximum.accumulate(np.where(blank, 0, np.arange(len(blank))))
        plain = np.where(style >= 0, style & (SELECTED - 1), style)
        plain = np.where(_HAS_BACKGROUND[np.minimum(style, 0)], NAME, plain)
        return _runs(np.where(blank, plain[before], style))


def _runs(style: NDArray[np.int32]) -> list[Run]:
    starts = np.flatnonzero(style[1:] != style[:-1]) + 1
    firsts = [0, *starts.tolist()]
    kinds = [int(style[0]), *style[starts].tolist()]
    return list(zip(firsts, [*firsts[1:], len(style)], kinds, strict=True))


def style_of(number: int, hues: str, paint: Styles) -> Style:
    """The style with this number; `hues` is the colour scale (see `Styles.hues`)."""
    if number >= LIT:
        return style_of(number - LIT, hues, paint) + paint.lit
    if number >= SELECTED:
        return style_of(number - SELECTED, hues, paint) + paint.chosen
    fixed = {
        CURSOR: paint.cursor, GUEST: paint.guest, GROUND: paint.ground, NAME: paint.role("muted"),
        LABEL: paint.role("text", bold=True), RANK: paint.rank,
        SMALL: paint.role("muted", on="panel"), WINDOW: paint.window,
        LINE: paint.role("accent"), MISS: paint.role("warning"), ASKED: paint.role("text", bold=True),
        LANDED: paint.guest,
    }  # fmt: skip
    if number < 0:
        return fixed.get(number, paint.ground)
    styles = paint.hues(hues)
    return styles[min(number, len(styles) - LEVELS + number % LEVELS)]

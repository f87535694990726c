"""A picture of braille dots in colour: what scenes draw on, and the cells that come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DOTS_X, DOTS_Y = 2, 4
HUES = 12
"""Colours of a circle that each theme fills."""
SHADES = 4
"""Brightnesses of each colour."""
_BRAILLE = 0x2800
_DOT_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
_ASCII = " .:-=+*#%"
"""By the number of dots of a cell."""

Numbers = NDArray[np.floating[Any]]
Run = tuple[int, int, int]
"""Line, first column, column after the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """R x C cells."""

    bits: NDArray[np.uint8]
    """(R, C) the dots of each cell; the character is chr(0x2800 | bits)."""
    style: NDArray[np.uint8]
    """(R, C) hue * SHADES + shade; empty cells have the style of the cell before them."""

    def line(self, y: int, *, ascii: bool = False) -> str:
        """Line `y` as text."""
        row = self.bits[y]
        if ascii:
            return "".join(map(_ASCII.__getitem__, np.bitwise_count(row).tolist()))
        codes = np.where(row == 0, np.uint16(0x20), row | np.uint16(_BRAILLE))
        return codes.astype("<u2").tobytes().decode("utf-16-le")

    def style_runs(self, y: int) -> list[Run]:
        """Line `y` as (style, first column, column after the last)."""
        row = self.style[y]
        starts = [0, *(np.flatnonzero(row[1:] != row[:-1]) + 1).tolist()]
        return list(zip(row[starts].tolist(), starts, [*starts[1:], len(row)], strict=True))


def blank(rows: int, columns: int) -> Picture:
    """A picture without dots."""
    return Picture(np.zeros((rows, columns), dtype=np.uint8), np.zeros((rows, columns), dtype=np.uint8))


def changed_cells(old: Picture | None, new: Picture) -> NDArray[np.bool_]:
    """(R, C) True where a terminal that shows `old` has to be painted for it to show `new`."""
    if old is None or old.bits.shape != new.bits.shape:
        return np.ones(new.bits.shape, dtype=np.bool_)
    changed: NDArray[np.bool_] = (old.bits != new.bits) | ((new.bits != 0) & (old.style != new.style))
    return changed


class Canvas:
    """Dots of one frame. Where several fall into a cell, the brightest gives it its colour."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self._dots = np.zeros((rows * DOTS_Y, columns * DOTS_X), dtype=np.bool_)
        self._style = np.zeros((rows, columns), dtype=np.uint8)
        self._shade = np.zeros((rows, columns), dtype=np.int8)

    @property
    def width(self) -> int:
        """In dots."""
        return self.columns * DOTS_X

    @property
    def height(self) -> int:
        return self.rows * DOTS_Y

    def plot(self, x: Numbers, y: Numbers, hue: Numbers, light: Numbers) -> None:
        """Set dots at (n,) places; `hue` is a part of the circle, `light` from 0 (invisible) to 1 (brightest)."""
        column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
        inside = (column >= 0) & (column < self.width) & (row >= 0) & (row < self.height) & (light > 0.02)
        column, row, hue, light = column[inside], row[inside], hue[inside], light[inside]
        if not len(column):
            return
        self._dots[row, column] = True
        shade = np.clip(light * SHADES, 0, SHADES - 1).astype(np.int8)
        number = (np.floor(hue * HUES).astype(np.int32) % HUES * SHADES + shade).astype(np.uint8)
        order = np.argsort(shade, kind="stable")
        cell_y, cell_x = row[order] // DOTS_Y, column[order] // DOTS_X
        shade, number = shade[order], number[order]
        wins = shade >= self._shade[cell_y, cell_x]
        self._style[cell_y[wins], cell_x[wins]] = number[wins]  # of equal places the last, which is the brightest
        self._shade[cell_y[wins], cell_x[wins]] = shade[wins]

    def picture(self) -> Picture:
        """The cells, of a canvas that is not used any more."""
        groups = self._dots.reshape(self.rows, DOTS_Y, self.columns, DOTS_X)
        bits = np.einsum("rycx,yx->rc", groups.astype(np.uint8), _DOT_BITS)
        before = np.maximum.accumulate(np.where(bits == 0, 0, np.arange(self.columns)), axis=1)
        return Picture(bits, np.take_along_axis(self._style, before, axis=1))

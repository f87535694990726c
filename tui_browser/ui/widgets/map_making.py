"""Making on the map: the free cursor, lines to the parents, where a sound was asked for and where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.cells import BRAILLE, DOT_BITS
from tui_browser.map.viewport import DOTS_X, DOTS_Y, Viewport
from tui_browser.ui.widgets.map_line import ASKED, CURSOR, LANDED, LINE, MISS

Place = tuple[float, float]
Cell = tuple[int, int]
_GAP = 3
"""Every so many dots of the line between both places is drawn: it is no parent."""
_MARGIN = 2.0
"""Dots around the screen to which a line is clipped."""


@dataclass(frozen=True, slots=True)
class MakingMarks:
    """Points of the map as they are drawn, 0 to 1."""

    cursor: Place | None = None
    """The free cursor."""
    parents: tuple[Place, ...] = ()
    """The weightiest first."""
    centre: Place | None = None
    """Where the lines to the parents begin."""
    asked: Place | None = None
    lands: Place | None = None


def making_cells(
    marks: MakingMarks, view: Viewport, bits: NDArray[np.uint8] | None, *, ascii: bool
) -> tuple[dict[Cell, tuple[str, int]], dict[Cell, tuple[str, int]]]:
    """Lines and marks as characters and style numbers by cell; `bits` (R, C) are the dots that lines leave visible."""
    lines: dict[Cell, tuple[str, int]] = {}
    if marks.centre is not None:
        dots: dict[Cell, int] = {}
        for parent in marks.parents:
            line = line_dots(marks.centre, parent, view)
            _add(dots, line)
            if ascii:
                lines |= {cell: (_slope(line), LINE) for cell in _cells(line)}
        if not ascii:
            lines = _drawn(dots, bits, LINE)
    if marks.asked is not None and marks.lands is not None:
        dots, line = {}, line_dots(marks.asked, marks.lands, view)[::_GAP]
        _add(dots, line)
        lines |= dict.fromkeys(_cells(line), (".", MISS)) if ascii else _drawn(dots, bits, MISS)
    over: dict[Cell, tuple[str, int]] = {}
    for place, shape, style in (
        (marks.asked, "( )" if ascii else "❲ ❳", ASKED),
        (marks.lands, "(@)" if ascii else "⟨●⟩", LANDED),
        (marks.cursor, "[+]" if ascii else "❲+❳", CURSOR),
    ):
        cell = view.cell_at(place) if place is not None else None
        for x, char in enumerate(shape, start=cell[0] - 1 if cell is not None else 0):
            if cell is not None and 0 <= x < view.columns:
                over[x, cell[1]] = (char, style)
    return lines, over


def line_dots(start: Place, stop: Place, view: Viewport) -> NDArray[np.int64]:
    """(n, 2) dots of the visible part of a line, from `start` on."""
    ends = view.to_dots(np.array([start, stop]))
    if not np.isfinite(ends).all():
        return np.empty((0, 2), dtype=np.int64)
    first, last = _visible_part(ends, view.dots)
    if first > last:
        return np.empty((0, 2), dtype=np.int64)
    a, b = ends[0] + first * (ends[1] - ends[0]), ends[0] + last * (ends[1] - ends[0])
    count = int(np.abs(b - a).max()) + 2  # so that no step is longer than a dot
    dots = np.floor(a + np.linspace(0.0, 1.0, count)[:, np.newaxis] * (b - a)).astype(np.int64)
    inside = ((dots >= 0) & (dots < np.array(view.dots))).all(axis=1)
    visible: NDArray[np.int64] = dots[inside]
    return visible


def _visible_part(ends: NDArray[np.float64], size: tuple[int, int]) -> tuple[float, float]:
    """The part of a line, as shares of its way, that lies on the screen and a margin around it."""
    first, last = 0.0, 1.0
    for axis in (0, 1):
        start, way = ends[0, axis], ends[1, axis] - ends[0, axis]
        low, high = -_MARGIN - start, size[axis] + _MARGIN - start
        if abs(way) < 1e-9:
            if not low <= 0 <= high:
                return 1.0, 0.0
            continue
        near, far = sorted((low / way, high / way))
        first, last = max(first, near), min(last, far)
    return first, last


def _add(dots: dict[Cell, int], line: NDArray[np.int64]) -> None:
    for x, y in line.tolist():
        cell = x // DOTS_X, y // DOTS_Y
        dots[cell] = dots.get(cell, 0) | int(DOT_BITS[(y % DOTS_Y) * DOTS_X + x % DOTS_X])


def _cells(line: NDArray[np.int64]) -> list[Cell]:
    return [(x // DOTS_X, y // DOTS_Y) for x, y in line.tolist()]


def _slope(line: NDArray[np.int64]) -> str:
    """The ASCII character that lies as a line (n, 2) of dots does."""
    if not len(line):
        return ""
    across, down = (line[-1] - line[0]).tolist()
    if 2 * abs(down) < abs(across):
        return "-"
    if 2 * abs(across) < abs(down):
        return "|"
    return "\\" if across * down > 0 else "/"


def _drawn(dots: dict[Cell, int], bits: NDArray[np.uint8] | None, style: int) -> dict[Cell, tuple[str, int]]:
    """The dots as characters, together with those of the samples in the same cells."""

    def under(cell: Cell) -> int:
        x, y = cell
        return int(bits[y, x]) if bits is not None and y < bits.shape[0] and x < bits.shape[1] else 0

    return {cell: (chr(BRAILLE | line | under(cell)), style) for cell, line in dots.items()}


def parent_digits(places: Sequence[Place]) -> Sequence[Place]:
    """The parents that get a digit: none where there is only one."""
    return places if len(places) > 1 else ()

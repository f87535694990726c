"""Placement of region labels on the screen, near their region and over as few dots as possible.

Each label, those of the largest regions first, takes the position near its region that hides the fewest dots and is
surrounded by dots of its own region. A leader line joins it to a region further away. Labels are left out once the
limit of hidden dots is reached. A label keeps its position while the map is panned.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.cells import Cells

MOST_HIDDEN = 0.03
"""Share of the lit dots of a view that all labels together may hide."""
ONE_HIDES = 0.25
"""Share of these dots that one label may hide."""
REACH = (14, 5)
"""Columns and rows that a name may be away from its region, at most,"""
_OF_PANE = 8
"""and as a share of the pane."""
FAINT = 0.25
"""Weight of a filtered-out dot relative to a matching one."""
_AWAY = 0.3
"""Cost in hidden dots of one column of distance from the region; a row costs twice as much."""
_OFF_CENTRE = 0.02
_FOREIGN = 0.1
"""Cost of a dot of another class beside a label, which would seem to belong to it."""
_BESIDE = 2
"""Blank columns between two names; rows: one."""
_LEADER_FROM = 2
"""Cells between a name and its region that are bridged by a leader."""

Cell = tuple[int, int]
"""Column and row."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label on the screen."""

    column: int
    """Of its first cell."""
    row: int
    text: str
    class_index: int
    """Into `CLASSES`; their number where no class prevails."""
    leader: tuple[tuple[int, int, str], ...] = ()
    """Cells (column, row) of the line to its region, each with its character."""

    def covers(self, cell: Cell) -> bool:
        """Whether it comes so near to a cell that a mark there would be hidden."""
        column, row = cell
        return (self.row == row and self.column - 2 <= column <= self.column + len(self.text) + 1) or any(
            y == row and abs(x - column) <= 1 for x, y, _ in self.leader
        )


@dataclass(frozen=True, slots=True)
class Region:
    """A region of a view that gets a label."""

    key: Cell
    """Identity of the region across views."""
    text: str
    class_index: int
    cell: Cell
    """A lit cell of the region, where the search for a position starts."""


@dataclass(slots=True)
class Placement:
    """Places labels, and remembers their offsets from the regions while the map is panned."""

    _grounds: object = None
    """What the remembered places hold for."""
    _held: dict[Cell, Cell] = field(default_factory=dict)
    """Of each region that has a name: where that begins, from the region's cell."""

    def place(
        self,
        regions: Sequence[Region],
        cells: Cells,
        *,
        grounds: object = None,
        by_class: bool = False,
        taken: Iterable[tuple[int, int, int]] = (),
    ) -> list[Label]:
        """Labels of these regions, the most important first; none over `taken` (column, row, width).

        Places of an earlier call hold as long as `grounds` are equal. `by_class`: colours of cells are classes, or
        kinds within one.
        """
        if grounds is None or grounds != self._grounds:
            self._grounds, self._held = grounds, {}
        ink = _ink(cells)
        sums = np.zeros((ink.shape[0], ink.shape[1] + 1))
        np.cumsum(ink, axis=1, out=sums[:, 1:])
        left = MOST_HIDDEN * float(sums[:, -1].sum())
        most = max(left * ONE_HIDES, 1.0) if left else 0.0
        free = np.ones(ink.shape, dtype=np.bool_)
        for column, row, width in taken:
            _take(free, column, row, width)
        labels = []
        others: dict[int, NDArray[np.float64]] = {}
        for region in sorted(regions, key=lambda each: each.key not in self._held):  # those that stand stay first
            hue = int(cells.colour[region.cell[1], region.cell[0]])
            if by_class and hue not in others:
                others[hue] = _piled(np.where(cells.colour == hue, 0.0, ink))
            foreign = others.get(hue)
            at, hidden = self._best_cell(region, sums, free, foreign, limit=min(most, left))
            if at is None:
                continue
            self._held[region.key] = at[0] - region.cell[0], at[1] - region.cell[1]
            own = cells.colour == hue if by_class else np.ones_like(free)
            leader = _leader(at, region, ink, free, own, limit=min(2 * most, left) - hidden)
            left -= hidden + sum(float(ink[y, x]) for x, y, _ in leader)
            for y in (at[1] - 1, at[1], at[1] + 1):
                _take(free, at[0] - _BESIDE, y, len(region.text) + 2 * _BESIDE)
            for x, y, _ in leader:
                _take(free, x, y, 1)
            labels.append(Label(*at, region.text, region.class_index, leader))
        return labels

    def _best_cell(
        self,
        region: Region,
        sums: NDArray[np.float64],
        free: NDArray[np.bool_],
        foreign: NDArray[np.float64] | None,
        *,
        limit: float,
    ) -> tuple[Cell | None, float]:
        """The first cell of a label and the number of dots it hides; None if it would hide too many."""
        (column, row), width = region.cell, len(region.text)
        rows, columns = free.shape
        held = self._held.get(region.key)
        if held is not None:
            first, tops = column + held[0], row + held[1]
            starts, lines = range(first, first + 1), range(tops, tops + 1)
        else:
            far = min(REACH[0], columns // _OF_PANE), min(REACH[1], rows // _OF_PANE)
            starts = range(column - width + 1 - far[0], column + far[0] + 1)
            lines = range(row - far[1], row + far[1] + 1)
        starts = range(max(starts.start, 0), min(starts.stop, columns - width + 1))
        lines = range(max(lines.start, 0), min(lines.stop, rows))
        if not starts or not lines:
            return None, 0.0
        x, y = np.arange(starts.start, starts.stop), np.arange(lines.start, lines.stop)
        begin, end = np.maximum(x - 1, 0), np.minimum(x + width + 1, columns)
        part = sums[lines.start : lines.stop]
        hidden = part[:, end] - part[:, begin]
        open_ = np.zeros((len(y), columns + 1), dtype=np.int64)
        np.cumsum(free[lines.start : lines.stop], axis=1, out=open_[:, 1:])
        fits = (open_[:, end] - open_[:, begin] == end - begin) & (hidden <= limit)
        if not fits.any():
            return None, 0.0
        aside = np.maximum(np.maximum(x - column, column - (x + width - 1)), 0)
        off_centre = np.abs(x + (width - 1) / 2 - column)
        away = aside[np.newaxis, :] + 2.0 * np.abs(y - row)[:, np.newaxis]
        cost = hidden + _AWAY * away + _OFF_CENTRE * off_centre[np.newaxis, :]
        if foreign is not None:
            cost = cost + _FOREIGN * _around(foreign, x, lines, width)
        cost = np.where(fits, cost, math.inf)
        at_y, at_x = divmod(int(cost.argmin()), len(x))
        return (int(x[at_x]), int(y[at_y])), float(hidden[at_y, at_x])


def _ink(cells: Cells) -> NDArray[np.float64]:
    """(R, C) weighted number of dots; filtered-out samples have less weight."""
    dots = np.bitwise_count(cells.bits).astype(np.float64)
    return np.where(cells.dim, FAINT * dots, dots)


def _piled(dots: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R + 3, C + 1) sums of all cells above and left, from the row before the first one on."""
    sums = np.zeros((dots.shape[0] + 3, dots.shape[1] + 1))
    np.cumsum(np.cumsum(dots, axis=1), axis=0, out=sums[2:-1, 1:])
    sums[-1] = sums[-2]
    return sums


def _around(sums: NDArray[np.float64], starts: NDArray[np.int64], lines: range, width: int) -> NDArray[np.float64]:
    """For a name of this width at each start and line: the dots in its cells and those right beside them."""
    begin, end = np.maximum(starts - 2, 0), np.minimum(starts + width + 2, sums.shape[1] - 1)
    below, above = np.arange(lines.start, lines.stop) + 3, np.arange(lines.start, lines.stop)
    across = sums[:, end] - sums[:, begin]
    result: NDArray[np.float64] = across[below] - across[above]
    return result


def _take(free: NDArray[np.bool_], column: int, row: int, width: int) -> None:
    if 0 <= row < free.shape[0]:
        free[row, max(0, column) : max(0, column + width)] = False


def _leader(
    at: Cell,
    region: Region,
    ink: NDArray[np.float64],
    free: NDArray[np.bool_],
    own: NDArray[np.bool_],
    *,
    limit: float,
) -> tuple[tuple[int, int, str], ...]:
    """The line from a name to the first dots of its region: along the name's row, then down or up; none right beside.

    Where it would hide more than `limit` dots it is drawn on bare ground alone; `own` (R, C) are cells of the region.
    """
    width = len(region.text)
    (start, row), (column, line) = at, region.cell
    beside = slice(max(0, row - 1), row + 2), slice(max(0, start - 2), start + width + 2)
    if ((ink[beside] > 0) & own[beside]).any():
        return ()
    side = 1 if column >= start + width else -1 if column < start else 0
    first = (start + width + 1 if side > 0 else start - 2) if side else column
    path: list[tuple[int, int, str]] = []
    if side:
        path += [(x, row, "─") for x in range(first, column, side)]
    step = 1 if line > row else -1
    if line != row:
        if side:
            path.append((column, row, ("╮" if step > 0 else "╯") if side > 0 else ("╭" if step > 0 else "╰")))
        path += [(column, y, "│") for y in range(row + step, line, step)]
    rows, columns = ink.shape
    path = [(x, y, char) for x, y, char in path if 0 <= y < rows and 0 <= x < columns]
    arrived = next((step for step, (x, y, _) in enumerate(path) if ink[y, x] and own[y, x]), len(path))
    path = [(x, y, char) for x, y, char in path[:arrived] if free[y, x]]
    if sum(float(ink[y, x]) for x, y, _ in path) > limit:
        path = [(x, y, char) for x, y, char in path if not ink[y, x]]
    return tuple(path) if len(path) >= _LEADER_FROM else ()

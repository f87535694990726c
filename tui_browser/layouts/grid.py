"""A map without gaps: every sample in a cell of its own on a grid, all of them moved as little as can be.

Little is the sum of squared moves: a linear assignment. Samples and cells are halved again and again into groups of
equal numbers, and the groups are assigned first. That tells what a cell is worth in each part of the grid, and an
assignment that starts from such prices is found ten times as fast. Up to `EXACT` samples all of them are assigned at
once, which is the optimum; above, windows of neighbouring cells are, overlapping, until a round of them gains little.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

EXACT = 4096
"""Up to so many samples the assignment is exact."""
ASPECT = 1.6
"""Columns for each row: a map of 150 x 46 cells in dots; its neighbours are then as far apart across as up."""
_FEW = 200
"""So few are assigned without prices."""
_GROUPS = 1024
"""Groups that are assigned exactly, at most."""
_WINDOW = 20
"""Cells on a side of a window."""
_GAIN = 0.002
"""A round of windows that gains less than this share of the cost is the last one."""
_ROUNDS = 6
_SETTLING = 100
"""Steps at most until prices agree; with a fair guess a few dozen do."""
_NOTHING = 1e-7
"""A difference of prices below this is rounding."""

Cells = NDArray[np.float64]
Chosen = NDArray[np.int64]


def grid_shape(count: int, *, aspect: float = ASPECT) -> tuple[int, int]:
    """Columns and rows of a grid with a cell for each of `count` samples, fewer than a row or a column of them free."""
    if count <= 0:
        return 0, 0
    columns = max(1, round(math.sqrt(count * aspect)))
    rows = -(-count // columns)
    return -(-count // rows), rows


def cell_centres(columns: int, rows: int) -> Cells:
    """Middles (columns * rows, 2) of the cells in the unit square, row by row from below."""
    x, y = (np.arange(columns) + 0.5) / max(1, columns), (np.arange(rows) + 0.5) / max(1, rows)
    return np.column_stack([np.tile(x, rows), np.repeat(y, columns)])


def to_grid(
    xy: FloatArray, *, aspect: float = ASPECT, on_round: Callable[[int, int], None] | None = None
) -> tuple[FloatArray, tuple[int, int]]:
    """Places (N, 2) on a grid, each in a cell of its own, and the grid's columns and rows.

    `xy` is (N, 2) in [0, 1]; samples without a place (NaN) get none. Equal places are told apart by their order.
    `on_round` hears how many rounds of how many are done.
    """
    places = np.full(xy.shape, np.nan, dtype=np.float32)
    good = np.flatnonzero(np.isfinite(xy).all(axis=1))
    columns, rows = grid_shape(len(good), aspect=aspect)
    points, cells = xy[good].astype(np.float64), cell_centres(columns, rows)
    chosen = _assigned(points, cells) if len(good) <= EXACT else _by_windows(points, cells, columns, on_round)
    places[good] = cells[chosen]
    return places, (columns, rows)


def nearest_free_cells(wanted: FloatArray, taken: FloatArray, *, columns: int, rows: int) -> FloatArray:
    """For samples that come later: places (n, 2) in free cells, each near to where it is `wanted` (n, 2), in order.

    `taken` (N, 2) are the places of the samples on the grid. Once no cell is free, the wanted place itself.
    """
    places = wanted.astype(np.float32).copy()
    cells = cell_centres(columns, rows)
    free = np.ones(len(cells), dtype=np.bool_)
    on = taken[np.isfinite(taken).all(axis=1)]
    across = np.clip((on[:, 0] * columns).astype(np.int64), 0, max(0, columns - 1))
    up = np.clip((on[:, 1] * rows).astype(np.int64), 0, max(0, rows - 1))
    free[(up * columns + across)[: len(on)] if len(cells) else slice(0)] = False
    left = np.flatnonzero(free)
    for row in np.flatnonzero(np.isfinite(wanted).all(axis=1)).tolist():
        if not len(left):
            break
        at = int(((cells[left] - wanted[row]) ** 2).sum(axis=1).argmin())
        places[row] = cells[left[at]]
        left = np.delete(left, at)
    return places


# --- assigning -------------------------------------------------------------------------------------------------------


def _assigned(points: Cells, cells: Cells) -> Chosen:
    """The cell (n,) of each point in the cheapest assignment; at least as many cells as points."""
    return _cheapest(points, cells, _guess(points, cells))


def _guess(points: Cells, cells: Cells) -> Cells:
    """What each cell is worth, as far as groups tell."""
    if len(points) <= _FEW:
        return np.zeros(len(cells))
    return _grouped(_filled(points, len(cells)), cells, groups=1 << (len(points).bit_length() - 3))[1]


def _cheapest(points: Cells, cells: Cells, prices: Cells) -> Chosen:
    """The same from prices (m,) of the cells: whatever they are, the outcome is an optimum."""
    from scipy.optimize import linear_sum_assignment  # 0.3 s; only the layout's own process comes here

    cost = np.zeros((len(cells), len(cells)))  # a cell that stays free is held by nobody, at no cost
    cost[: len(points)] = (points[:, :1] - cells[:, 0]) ** 2 + (points[:, 1:] - cells[:, 1]) ** 2
    cost -= prices
    if len(cells):
        cost -= cost.min(axis=1, keepdims=True)
        cost -= cost.min(axis=0)
    return np.asarray(linear_sum_assignment(cost)[1][: len(points)], dtype=np.int64)


def _filled(points: Cells, count: int) -> Cells:
    """`count` points: some of them twice, evenly spread, for the cells that stay free."""
    extra = np.linspace(0, len(points) - 1, count - len(points)).astype(np.int64)
    return np.concatenate([points, points[_halved(points)[extra]]])


def _grouped(points: Cells, cells: Cells, *, groups: int) -> tuple[Chosen, Cells]:
    """A cell for each of as many points, by groups (a power of two), and what each cell is worth by their prices."""
    count = len(points)
    from_points, from_cells = _halved(points), _halved(cells)
    bounds = (np.arange(groups + 1) * count) // groups
    sizes = np.diff(bounds)
    points_at, cells_at = (
        np.add.reduceat(each[order], bounds[:-1]) / sizes[:, np.newaxis]
        for each, order in ((points, from_points), (cells, from_cells))
    )
    guess = _guess(points_at, cells_at)
    goal = _cheapest(points_at, cells_at, guess)
    group = np.empty(count, dtype=np.int64)
    group[from_cells] = np.repeat(np.arange(groups), sizes)
    source = np.empty(groups, dtype=np.int64)
    source[goal] = np.arange(groups)
    # around the middle of a group a price grows with the way from the samples that come there
    slope = 2 * (cells_at - points_at[source])[group]
    prices = _prices(points_at, cells_at, goal, guess)[group] + (slope * (cells - cells_at[group])).sum(axis=1)
    return _dealt(from_points, from_cells, bounds, goal), prices


def _dealt(from_points: Chosen, from_cells: Chosen, bounds: Chosen, goal: Chosen) -> Chosen:
    """The members of each group on the cells of its goal; a group has one member more or less than another."""
    count = len(from_points)
    group = np.repeat(np.arange(len(goal)), np.diff(bounds))
    inside = np.arange(count) - bounds[group]
    there = bounds[goal][group] + inside
    fits = inside < np.diff(bounds)[goal][group]
    left = np.ones(count, dtype=np.bool_)
    left[there[fits]] = False
    there[~fits] = np.flatnonzero(left)
    chosen = np.empty(count, dtype=np.int64)
    chosen[from_points] = from_cells[there]
    return chosen


def _prices(points: Cells, cells: Cells, chosen: Chosen, guess: Cells) -> Cells:
    """What each cell (n,) is worth, so that each point has the best one for it; `chosen` is the cheapest way."""
    cost = (points[:, :1] - cells[:, 0]) ** 2 + (points[:, 1:] - cells[:, 1]) ** 2
    extra = np.ascontiguousarray((cost - cost[np.arange(len(points)), chosen][:, np.newaxis]).T)
    prices = guess
    for _ in range(_SETTLING):
        lower = np.minimum(prices, (extra + prices[chosen]).min(axis=1))
        settled = np.abs(lower - prices).max() < _NOTHING
        prices = lower
        if settled:
            break
    return prices


def _halved(points: Cells) -> Chosen:
    """An order of the points in which each half of each half ... lies together, cut across its longer side."""
    count = len(points)
    every = np.arange(count)
    order = every
    for depth in range(max(1, count).bit_length()):
        bounds = np.unique((np.arange(1 << depth) * count) >> depth)
        part = np.repeat(np.arange(len(bounds)), np.diff(np.append(bounds, count)))
        placed = points[order]
        extent = np.maximum.reduceat(placed, bounds) - np.minimum.reduceat(placed, bounds)
        axis = extent.argmax(axis=1)[part]
        order = order[np.lexsort((placed[every, 1 - axis], placed[every, axis], part))]
    return order


# --- many ------------------------------------------------------------------------------------------------------------


def _by_windows(points: Cells, cells: Cells, columns: int, on_round: Callable[[int, int], None] | None) -> Chosen:
    """The cell (n,) of each point, a few per cent from the cheapest."""
    held, prices = _grouped(_filled(points, len(cells)), cells, groups=_GROUPS)
    chosen = held[: len(points)]
    cost = _cost(points, cells, chosen)
    for turn in range(_ROUNDS):
        if on_round is not None:
            on_round(turn, _ROUNDS)
        for shift in ((0, 0), (1, 1)) if turn % 2 == 0 else ((1, 0), (0, 1)):
            _sweep(points, cells, prices, chosen, columns, shift)
        before, cost = cost, _cost(points, cells, chosen)
        if before - cost < _GAIN * before:
            break
    if on_round is not None:
        on_round(_ROUNDS, _ROUNDS)
    return chosen


def _cost(points: Cells, cells: Cells, chosen: Chosen) -> float:
    return float(((points - cells[chosen]) ** 2).sum())


def _sweep(points: Cells, cells: Cells, prices: Cells, chosen: Chosen, columns: int, shift: tuple[int, int]) -> None:
    """Assign the points within each window of cells anew; the windows begin half a window on where `shift` is 1."""
    half = _WINDOW // 2
    up, across = np.divmod(np.arange(len(cells)), columns)
    window = (up + shift[1] * half) // _WINDOW * (columns // _WINDOW + 2) + (across + shift[0] * half) // _WINDOW
    points_by, cells_by = np.argsort(window[chosen], kind="stable"), np.argsort(window, kind="stable")
    numbers = np.arange(int(window.max()) + 2)
    of_points = np.searchsorted(window[chosen], numbers, sorter=points_by)
    of_cells = np.searchsorted(window, numbers, sorter=cells_by)
    for number in np.flatnonzero(np.diff(of_points)).tolist():
        inside = points_by[of_points[number] : of_points[number + 1]]
        there = cells_by[of_cells[number] : of_cells[number + 1]]
        chosen[inside] = there[_cheapest(points[inside], cells[there], prices[there])]

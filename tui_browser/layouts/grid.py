"""The grid layout: every sample in a cell of its own, with the least sum of squared moves (linear assignment).

Samples and cells are split recursively into groups of equal size, and groups are assigned first. The dual prices of
that assignment are a start for the full one, which is then ten times as fast. Up to `EXACT` samples the assignment is
optimal. With more samples, overlapping windows of cells are reassigned until a round gains little.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

EXACT = 4096
"""Samples up to which the assignment is optimal."""
ASPECT = 1.6
"""Ratio of columns to rows; on a map of 150 x 46 terminal cells it gives equal distances in both directions."""
_NO_PRICES_UP_TO = 200
"""Samples that are assigned without initial prices."""
_GROUPS = 1024
"""Groups in the first assignment of a large grid."""
_WINDOW = 20
"""Side of a window in cells."""
_MIN_GAIN = 0.002
"""Relative gain of a round of windows below which the assignment ends."""
_ROUNDS = 6
_MAX_PRICE_STEPS = 100
_PRICE_TOLERANCE = 1e-7

Cells = NDArray[np.float64]
Chosen = NDArray[np.int64]


def grid_shape(count: int, *, aspect: float = ASPECT) -> tuple[int, int]:
    """Columns and rows of a grid for `count` samples, with less than one row or column of free cells."""
    if count <= 0:
        return 0, 0
    columns = max(1, round(math.sqrt(count * aspect)))
    rows = -(-count // columns)
    return -(-count // rows), rows


def cell_centres(columns: int, rows: int) -> Cells:
    """Centres (columns * rows, 2) of the cells in the unit square, row by row from the bottom."""
    x, y = (np.arange(columns) + 0.5) / max(1, columns), (np.arange(rows) + 0.5) / max(1, rows)
    return np.column_stack([np.tile(x, rows), np.repeat(y, columns)])


def to_grid(
    xy: FloatArray, *, aspect: float = ASPECT, on_round: Callable[[int, int], None] | None = None
) -> tuple[FloatArray, tuple[int, int]]:
    """Positions (N, 2) on a grid, one sample in a cell, and the grid's columns and rows.

    `xy` is (N, 2) in [0, 1]; NaN rows stay NaN. Samples at equal positions are ordered by row. `on_round` receives the
    number of finished rounds and of all rounds.
    """
    places = np.full(xy.shape, np.nan, dtype=np.float32)
    good = np.flatnonzero(np.isfinite(xy).all(axis=1))
    columns, rows = grid_shape(len(good), aspect=aspect)
    cells = cell_centres(columns, rows)
    places[good] = cells[assign_cells(xy[good].astype(np.float64), cells, columns=columns, on_round=on_round)]
    return places, (columns, rows)


def assign_cells(
    points: Cells, cells: Cells, *, columns: int, on_round: Callable[[int, int], None] | None = None
) -> Chosen:
    """(n,) cell of each point (n, 2), a different one for each; `cells` (m, 2) lie row by row on a grid, and n <= m."""
    return _assigned(points, cells) if len(points) <= EXACT else _by_windows(points, cells, columns, on_round)


def nearest_free_cells(wanted: FloatArray, taken: FloatArray, *, columns: int, rows: int) -> FloatArray:
    """Positions (n, 2) for new samples: the free cell nearest to the wanted position (n, 2), in order of rows.

    `taken` (N, 2) are the positions of the samples on the grid. Without a free cell it is the wanted position.
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
    """(n,) cell of each point in the optimal assignment; there are at least as many cells as points."""
    return _cheapest(points, cells, _guess(points, cells))


def _guess(points: Cells, cells: Cells) -> Cells:
    """(m,) initial prices of the cells, from an assignment of groups."""
    if len(points) <= _NO_PRICES_UP_TO:
        return np.zeros(len(cells))
    return _grouped(_filled(points, len(cells)), cells, groups=1 << (len(points).bit_length() - 3))[1]


def _cheapest(points: Cells, cells: Cells, prices: Cells) -> Chosen:
    """(n,) cell of each point in the optimal assignment, found faster the better the initial prices (m,) are."""
    from scipy.optimize import linear_sum_assignment  # 0.3 s; only the layout process calls this

    cost = np.zeros((len(cells), len(cells)))  # dummy points with zero cost take the free cells
    cost[: len(points)] = (points[:, :1] - cells[:, 0]) ** 2 + (points[:, 1:] - cells[:, 1]) ** 2
    cost -= prices
    if len(cells):
        cost -= cost.min(axis=1, keepdims=True)
        cost -= cost.min(axis=0)
    return np.asarray(linear_sum_assignment(cost)[1][: len(points)], dtype=np.int64)


def _filled(points: Cells, count: int) -> Cells:
    """`count` points: the given ones and duplicates, evenly distributed, for the free cells."""
    extra = np.linspace(0, len(points) - 1, count - len(points)).astype(np.int64)
    return np.concatenate([points, points[_halved(points)[extra]]])


def _grouped(points: Cells, cells: Cells, *, groups: int) -> tuple[Chosen, Cells]:
    """(n,) cell of each of n points by an assignment of `groups` groups (a power of two), and prices of the cells."""
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
    # within a group, extrapolate the price linearly from the group's centre
    slope = 2 * (cells_at - points_at[source])[group]
    prices = _prices(points_at, cells_at, goal, guess)[group] + (slope * (cells - cells_at[group])).sum(axis=1)
    return _dealt(from_points, from_cells, bounds, goal), prices


def _dealt(from_points: Chosen, from_cells: Chosen, bounds: Chosen, goal: Chosen) -> Chosen:
    """(n,) cell of each point, given the target group of each group; group sizes may differ by one."""
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
    """(n,) dual prices of the cells for the optimal assignment `chosen`."""
    cost = (points[:, :1] - cells[:, 0]) ** 2 + (points[:, 1:] - cells[:, 1]) ** 2
    extra = np.ascontiguousarray((cost - cost[np.arange(len(points)), chosen][:, np.newaxis]).T)
    prices = guess
    for _ in range(_MAX_PRICE_STEPS):
        lower = np.minimum(prices, (extra + prices[chosen]).min(axis=1))
        settled = np.abs(lower - prices).max() < _PRICE_TOLERANCE
        prices = lower
        if settled:
            break
    return prices


def _halved(points: Cells) -> Chosen:
    """(n,) order of the points by recursive bisection across the longer side, as in a k-d tree."""
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
    """(n,) cell of each point, with a cost a few per cent above the optimum."""
    held, prices = _grouped(_filled(points, len(cells)), cells, groups=_GROUPS)
    chosen = held[: len(points)]
    cost = _cost(points, cells, chosen)
    for turn in range(_ROUNDS):
        if on_round is not None:
            on_round(turn, _ROUNDS)
        for shift in ((0, 0), (1, 1)) if turn % 2 == 0 else ((1, 0), (0, 1)):
            _sweep(points, cells, prices, chosen, columns, shift)
        before, cost = cost, _cost(points, cells, chosen)
        if before - cost < _MIN_GAIN * before:
            break
    if on_round is not None:
        on_round(_ROUNDS, _ROUNDS)
    return chosen


def _cost(points: Cells, cells: Cells, chosen: Chosen) -> float:
    return float(((points - cells[chosen]) ** 2).sum())


def _sweep(points: Cells, cells: Cells, prices: Cells, chosen: Chosen, columns: int, shift: tuple[int, int]) -> None:
    """Reassign the points within each window of cells, in place; `shift` moves the windows by half their size."""
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

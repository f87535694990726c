"""A map on which every sample has room: it fills the unit square, and no two samples lie closer than a least distance.

Coordinates move part of the way towards their ranks, so that crowded parts get more of the square and empty ones less.
Copies of one place are laid out as a disc. Then samples that are too close push each other apart, round by round, with
a distance that grows to its goal: those around a pair make room first. The order on the map is kept nearly everywhere.
A sample that comes later takes the nearest spot that is free.

Distances are those of a pane: the square is taken to be `_SHAPE` times as wide as high.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.project import normalise
from tui_browser.records import FloatArray

TAIL = 2.5
"""Per cent of the samples on either end of an axis that the margin has room for."""
MARGIN = 0.024
"""Where the samples between the tails begin in the unit square; they end as far from the other edge."""
ROUNDS = 60
_MORE = 3
"""So many times the rounds are made where too many samples are still too close."""
_CROWDED, _TOO_MANY = 0.7, 0.02
"""Closer than this share of the least distance is too close; more pairs of them than this share of the samples."""
_SHAPE = 1.3
"""A pane of 106 x 41 cells is so many times as wide as high."""
_TO_RANKS = 0.3
"""How far coordinates move towards their ranks."""
_LEAST, _MOST = 0.5, 0.8
"""The least distance, in sides of the square that each sample would have if all had the same room; the more, the fewer
neighbours are kept. It grows from the one to the other where a dot would else be shared ..."""
_DOT = 1.25 / 164
"""... in heights of the map: so far apart, two samples have a dot each on a pane of 106 x 41 cells."""
_BEGIN = 0.5
"""The share of the least distance that the first round is after; the last third of them is after all of it."""
_STIFF = 0.25
"""How much of what is missing between two samples each of them gives way at a time."""
_PUSHERS = 16
"""Others that push a sample from one side, at most: heaps cost no more than the rest."""
_WORK = 3_000_000
"""Samples times rounds: 300,000 samples get 10 rounds."""
_FEWEST_ROUNDS = 4
_CLOSER = (0.7, 0.55)
"""Shares of the least distance at which a newcomer may lie from the others: it comes between three of them. The first
is tried close by only."""
_TRIED = (40, 600)
"""Spots that are tried for each of these."""
_GOLDEN = math.pi * (3 - math.sqrt(5))
_PACKED = 0.35
"""Step of a sunflower, in least distances: seeds closer than that, so that a heap pushes its neighbours aside and does
not begin among them."""
_NOTHING = 1e-9

Points = NDArray[np.float64]


def spread(
    flat: FloatArray, *, seed: int = 1, rounds: int = ROUNDS, on_round: Callable[[int, int], None] | None = None
) -> FloatArray:
    """Places (N, 2) in the unit square for a flat map (N, 2), all finite, whose axes mean nothing.

    95 % of the samples span nearly all of each axis. Equal coordinates come apart. `on_round` hears how many rounds of
    how many are done. The same for the same seed; about 0.5 s for 10,000 samples, more where they lie in heaps.
    """
    count = len(flat)
    if not count:
        return np.empty((0, 2), dtype=np.float32)
    framed = normalise(flat).astype(np.float64)
    ranked = np.column_stack([_ranks(axis) for axis in framed.T])
    box, least = np.array([_SHAPE, 1.0]), least_distance(count)
    points = _opened((framed + _TO_RANKS * (ranked - framed)) * box, least)
    rounds = max(_FEWEST_ROUNDS, min(rounds, _WORK // count))
    most = max(rounds, min(_MORE * rounds, _WORK // count))
    # a hair's breadth at random, since samples in one line would push each other along it only
    points += np.random.default_rng(seed).uniform(-0.02, 0.02, points.shape) * least
    np.clip(points, 0.0, box, out=points)
    for number in range(most):
        grown = min(1.0, _BEGIN + (1 - _BEGIN) * number / (0.67 * rounds))
        crowded = _push_apart(points, least * grown)
        np.clip(points, 0.0, box, out=points)
        if on_round is not None:
            on_round(number + 1, most)
        if number + 1 >= rounds and crowded <= _TOO_MANY * count:
            break
    return np.column_stack([_framed(axis) for axis in points.T]).astype(np.float32)


def least_distance(count: int) -> float:
    """What `count` samples are at least apart on a spread map, in heights of the map."""
    side = math.sqrt(_SHAPE / max(1, count))
    return min(max(_LEAST * side, _DOT), _MOST * side)


def own_spots(wanted: FloatArray, taken: FloatArray) -> FloatArray:
    """For samples that come later: places (n, 2), each apart from all others and near where it is `wanted` (n, 2).

    `taken` (N, 2) are the places of the samples on the map. None of them moves; rows of NaN are passed over.
    """
    places = np.array(wanted, dtype=np.float32)
    box = np.array([_SHAPE, 1.0])
    standing = taken[np.isfinite(taken).all(axis=1)] * box
    standing = standing[np.argsort(standing[:, 0], kind="stable")]
    coming = np.flatnonzero(np.isfinite(wanted).all(axis=1))
    least = least_distance(len(standing) + len(coming))
    seeds = _seeds(np.arange(_TRIED[-1]), 0.2 * least)
    reach = float(np.abs(seeds).max()) + least
    came = np.empty((len(coming), 2))
    for number, row in enumerate(coming.tolist()):
        middle = wanted[row].astype(np.float64) * box
        low, high = np.searchsorted(standing[:, 0], (middle[0] - reach, middle[0] + reach))
        around = np.concatenate([standing[low:high], came[:number]])
        around = around[(np.abs(around - middle) < reach).all(axis=1)]
        spots = middle + seeds
        spots = spots[((spots >= 0) & (spots <= box)).all(axis=1)]
        came[number] = _free_spot(spots if len(spots) else np.clip(middle, 0, box)[np.newaxis], around, least)
    places[coming] = came / box
    return places


def _free_spot(spots: Points, around: Points, least: float) -> Points:
    """The first of the spots (m, 2) that is far enough from all around it; where none is, the one that is furthest."""
    room = np.empty(0)
    for closer, tried in zip(_CLOSER, _TRIED, strict=True):
        more = spots[len(room) : tried, np.newaxis] - around
        room = np.concatenate([room, np.sqrt((more * more).sum(axis=2)).min(axis=1, initial=np.inf)])
        free = np.flatnonzero(room >= closer * least)
        if len(free):
            return np.asarray(spots[free[0]])
    return np.asarray(spots[room.argmax()])


# --- filling the square ----------------------------------------------------------------------------------------------


def _framed(values: Points) -> Points:
    """One axis (N,) in [0, 1]: straight between the tails, which are pressed into the margins.

    For points that have been in the box already, where nothing lies far out.
    """
    low, high = np.percentile(values, [TAIL, 100 - TAIL])
    if high - low < _NOTHING * max(1.0, float(np.abs(values).max())):  # nearly all are equal
        low, high = values.min(), values.max()
    if high - low < _NOTHING * max(1.0, float(np.abs(values).max())):
        return np.full(len(values), 0.5)
    straight = MARGIN + (values - low) * ((1 - 2 * MARGIN) / (high - low))
    below, above = np.maximum(MARGIN - straight, 0), np.maximum(straight - (1 - MARGIN), 0)
    return np.asarray(np.clip(straight + below * _pressed(below) - above * _pressed(above), 0.0, 1.0))


def _pressed(beyond: Points) -> float:
    """The share by which a tail is shortened so that it ends at the edge."""
    return max(0.0, 1 - MARGIN / max(float(beyond.max()), MARGIN))


def _ranks(values: Points) -> Points:
    """Where each of the values (N,) stands among all, 0 to 1; equal ones share the middle of their ranks."""
    ordered = np.sort(values)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2.0 * len(values))


# --- making room -----------------------------------------------------------------------------------------------------


def _opened(points: Points, least: float) -> Points:
    """The points (N, 2) with those on one place laid out around it like the seeds of a sunflower, in order."""
    order = np.lexsort(points.T)
    own = np.arange(len(points))
    first = np.append(True, (np.diff(points[order], axis=0) != 0).any(axis=1))
    turn = np.empty(len(points), dtype=np.int64)
    turn[order] = own - np.maximum.accumulate(np.where(first, own, 0))
    return points + _seeds(turn, _PACKED * least)


def _seeds(turn: NDArray[np.int64], step: float) -> Points:
    """Where the seeds of a sunflower lie around its middle (n, 2) by their number, from 0."""
    angle, radius = turn * _GOLDEN, step * np.sqrt(turn)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _push_apart(points: Points, least: float) -> int:
    """Move the points (N, 2), in place, away from those that are closer than `least`, by half of it at most.

    Returns how many pairs were much too close.
    """
    across, up = np.floor(points / least).astype(np.int64).T
    width = int(across.max()) + 3
    cell = (up + 1) * width + across + 1
    order = np.argsort(cell, kind="stable")
    sorted_points, cell = points[order], cell[order]
    starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=int(cell[-1]) + width + 2))])
    own = np.arange(len(points))
    x, y = np.ascontiguousarray(sorted_points[:, 0]), np.ascontiguousarray(sorted_points[:, 1])
    moved, crowded = np.zeros_like(sorted_points), 0
    # each pair once: who comes later in this cell or lies in the next one, and who lies in the three cells above
    for first, last in ((own + 1, starts[cell + 2]), (starts[cell + width - 1], starts[cell + width + 2])):
        held = np.minimum(last - first, _PUSHERS)
        one = np.repeat(own, held)
        other = np.arange(len(one)) + np.repeat(first - (np.cumsum(held) - held), held)
        to_x, to_y = x[one] - x[other], y[one] - y[other]
        apart = np.sqrt(to_x * to_x + to_y * to_y)
        close = np.flatnonzero((apart < least) & (apart > 0))
        one, other, apart = one[close], other[close], apart[close]
        crowded += int((apart < _CROWDED * least).sum())
        push = _STIFF * (least - apart) / apart
        for axis, way in enumerate((to_x[close] * push, to_y[close] * push)):
            moved[:, axis] += np.bincount(one, way, len(points)) - np.bincount(other, way, len(points))
    far = np.sqrt((moved * moved).sum(axis=1))
    moved *= np.minimum(1.0, 0.5 * least / np.maximum(far, _NOTHING))[:, np.newaxis]
    points[order] = sorted_points + moved
    return crowded

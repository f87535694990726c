"""The sample that an arrow key leads to.

An arrow searches the quadrant of the screen that it points at and takes the sample with the smallest distance along the
arrow (ties: the smallest distance across). This is the directed theta-four graph, which is strongly connected (Bose, De
Carufel, Hill, Smid: On the spanning and routing ratio of the directed theta-four graph). The proof requires that no two
positions share a diagonal. Here a diagonal belongs to the quadrant that it begins in the clockwise sense, as if the map
were rotated slightly, so that lattices and lines are connected too. An empty quadrant falls back to the nearest sample
on that side; without one, the cursor stays.

Samples at the same position are a stack: right and left go through it in row order before they leave it.

Distances are integers in screen units, so that ties are the same on every machine. Positions are sorted twice, into
vertical and horizontal slabs of equal size, each sorted across: an arrow searches slab by slab until the first hit, and
only a few positions in each.
"""

from __future__ import annotations

import bisect
import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

Direction = Literal["left", "right", "up", "down"]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

_UNIT = 1 << 24
"""Steps along the shorter side of the map: as fine as float32 near 1."""
_STRETCH = 16.0
"""The longer side is at most this many times the shorter one, so that squares of distances fit 64 bits."""
_FEW = 4096
"""Number of matching samples up to which all of them are compared."""
_TURNS = {"right": (0, 1, 1), "up": (1, 1, -1), "left": (0, -1, -1), "down": (1, -1, 1)}
"""Axis along, sign along, and the sign across that turns the direction into "right" (across is then upwards)."""


class _Slabs:
    """The places sorted along one axis into slabs of equal numbers, across the other within each."""

    def __init__(self, along: Ints, across: Ints) -> None:
        order = np.argsort(along)
        size = 1 + math.isqrt(len(along))
        slab = np.arange(len(along)) // size
        order = order[np.argsort((slab << 32) | across[order])]
        self.places = order
        self.along = along[order]
        self.across = across[order]
        self.starts = list(range(0, len(along), size))
        self.stops = [*self.starts[1:], len(along)]
        if len(along):
            self.lows: list[int] = np.minimum.reduceat(self.along, self.starts).tolist()
            self.highs: list[int] = np.maximum.reduceat(self.along, self.starts).tolist()
        else:
            self.starts, self.stops, self.lows, self.highs = [], [], [], []

    def between(self, slab: int, low: int, high: int) -> slice:
        """Places of the slab with `low` <= across <= `high`."""
        start, stop = self.starts[slab], self.stops[slab]
        part = self.across[start:stop]
        return slice(start + int(part.searchsorted(low, "left")), start + int(part.searchsorted(high, "right")))


class Walk:
    """N samples sorted for navigation; immutable. Sorting a million takes less than a second."""

    def __init__(self, xy: FloatArray, *, aspect: float = 1.0) -> None:
        """`xy` is (N, 2) in [0, 1], NaN off the map; `aspect` is `Viewport.aspect`."""
        aspect = min(max(aspect, 1 / _STRETCH), _STRETCH) if math.isfinite(aspect) else 1.0
        self._scale = np.array([max(1.0, aspect), max(1.0, 1 / aspect)]) * _UNIT
        rows = np.flatnonzero(np.isfinite(xy).all(axis=1))
        points = np.rint(xy[rows].astype(np.float64) * self._scale).astype(np.int64)
        key = (points[:, 0] << 32) + points[:, 1]
        order = np.argsort(key, kind="stable")
        key, rows, points = key[order], rows[order], points[order]
        first = np.ones(len(key), dtype=np.bool_)
        first[1:] = key[1:] != key[:-1]
        self._rows = rows
        self._firsts = np.append(np.flatnonzero(first), len(rows))
        self._place = np.full(len(xy), -1, dtype=np.int64)
        self._place[rows] = np.cumsum(first) - 1
        self._points = points[first]
        x, y = np.ascontiguousarray(self._points[:, 0]), np.ascontiguousarray(self._points[:, 1])
        self._slabs = (_Slabs(x, y), _Slabs(y, x))

    def __len__(self) -> int:
        """Number of samples with a position."""
        return len(self._rows)

    def stack(self, row: int, *, mask: Mask | None = None) -> NDArray[np.int64]:
        """Rows, ascending, of all matching samples at the position of this one; empty without a position."""
        place = int(self._place[row])
        return np.empty(0, dtype=np.int64) if place < 0 else self._members(place, mask)

    def step(self, row: int, direction: Direction, *, mask: Mask | None = None) -> int:
        """The row that an arrow leads to from `row`, itself where there is none.

        With `mask` (N,) only its samples are walked; `row` need not be one of them.
        """
        place = int(self._place[row])
        if place < 0:
            return row
        if direction in ("left", "right"):
            members = self._members(place, mask)
            at = int(members.searchsorted(row, "right" if direction == "right" else "left"))
            at -= direction == "left"
            if 0 <= at < len(members):
                return int(members[at])
        target = self._beside(place, direction, mask)
        if target is None:
            return row
        members = self._members(target, mask)
        return int(members[-1 if direction == "left" else 0])

    def nearest(self, point: tuple[float, float], *, mask: Mask | None = None) -> int | None:
        """The row of the sample nearest to a screen position (ties: the lowest row); None if there is none."""
        if not all(map(math.isfinite, point)) or not len(self._rows):
            return None
        x, y = (int(value) for value in np.rint(np.clip(point, -1.0, 2.0) * self._scale))
        few = self._few(mask)
        if few is not None:
            if not len(few):
                return None
            at = self._points[few]
            distance = (at[:, 0] - x) ** 2 + (at[:, 1] - y) ** 2
            close = few[distance == distance.min()]
        else:
            right, best = self._nearest(0, 1, x, y, mask, nearest=0, best=None)
            left, better = self._nearest(0, -1, x, y, mask, nearest=1, best=best)
            close = left if better != best else np.concatenate([right, left])
        rows = [int(self._members(int(place), mask)[0]) for place in close]
        return min(rows, default=None)

    # --- looking -----------------------------------------------------------------------------------------------------

    def _members(self, place: int, mask: Mask | None) -> NDArray[np.int64]:
        rows = self._rows[self._firsts[place] : self._firsts[place + 1]]
        return rows if mask is None else rows[mask[rows]]

    def _matching(self, places: Ints, mask: Mask | None) -> Mask:
        """Which of the places hold a matching sample."""
        if mask is None:
            return np.ones(len(places), dtype=np.bool_)
        matching: Mask = mask[self._rows[self._firsts[places]]]
        deep = np.flatnonzero(~matching & (self._firsts[places + 1] - self._firsts[places] > 1))
        for index in deep.tolist():
            matching[index] = len(self._members(int(places[index]), mask)) > 0
        return matching

    def _few(self, mask: Mask | None) -> Ints | None:
        """The positions with matching samples, ascending, if they are few enough to compare all."""
        if mask is None or np.count_nonzero(mask) > _FEW:
            return None
        places = self._place[np.flatnonzero(mask)]
        return np.unique(places[places >= 0])

    def _beside(self, place: int, direction: Direction, mask: Mask | None) -> int | None:
        """The position that an arrow leads to."""
        axis, sign, turn = _TURNS[direction]
        here, aside = int(self._points[place, axis]), int(self._points[place, 1 - axis])
        few = self._few(mask)
        if few is None:
            found = self._quarter(axis, sign, turn, here, aside, mask)
            if found is None:
                close, _ = self._nearest(axis, sign, here, aside, mask, nearest=1, best=None)
                found = self._choose(close, axis, sign, turn, here, aside)
            return found
        along = sign * (self._points[few, axis] - here)
        across = turn * (self._points[few, 1 - axis] - aside)
        in_quarter = (-along <= across) & (across < along)
        if in_quarter.any():
            return self._choose(few[in_quarter], axis, sign, turn, here, aside)
        ahead = along > 0
        if not ahead.any():
            return None
        distance = along[ahead] ** 2 + across[ahead] ** 2
        return self._choose(few[ahead][distance == distance.min()], axis, sign, turn, here, aside)

    def _choose(self, places: Ints, axis: int, sign: int, turn: int, here: int, aside: int) -> int | None:
        """The position with the smallest distance along the arrow, then across, then to its left."""
        if not len(places):
            return None
        along = sign * (self._points[places, axis] - here)
        across = turn * (self._points[places, 1 - axis] - aside)
        return int(places[np.lexsort((-across, np.abs(across), along))[0]])

    def _quarter(self, axis: int, sign: int, turn: int, here: int, aside: int, mask: Mask | None) -> int | None:
        """The first position in the quadrant that the arrow points at."""
        slabs = self._slabs[axis]
        found: list[Ints] = []
        least: int | None = None
        for slab in self._onwards(slabs, sign, here, 1):
            if least is not None and sign * ((slabs.lows if sign > 0 else slabs.highs)[slab] - here) > least:
                break
            reach = sign * ((slabs.highs if sign > 0 else slabs.lows)[slab] - here)
            reach = reach if least is None else min(reach, least)
            part = slabs.between(slab, aside - reach, aside + reach)
            if part.start == part.stop:
                continue
            along = sign * (slabs.along[part] - here)
            across = turn * (slabs.across[part] - aside)
            inside = (-along <= across) & (across < along)
            if least is not None:
                inside &= along <= least
            places = slabs.places[part][inside]
            matches = self._matching(places, mask)
            if matches.any():
                along = along[inside][matches]
                least = int(along.min())
                found.append(places[matches][along == least])
        return self._choose(np.concatenate(found), axis, sign, turn, here, aside) if found else None

    def _nearest(
        self, axis: int, sign: int, here: int, aside: int, mask: Mask | None, *, nearest: int, best: int | None
    ) -> tuple[Ints, int | None]:
        """The nearest places on one side, at least `nearest` along, no further than the squared distance `best`."""
        slabs = self._slabs[axis]
        found: Ints = np.empty(0, dtype=np.int64)
        for slab in self._onwards(slabs, sign, here, nearest):
            gap = max(0, sign * ((slabs.lows if sign > 0 else slabs.highs)[slab] - here))
            if best is not None and gap * gap > best:
                break
            reach = math.isqrt(best - gap * gap) if best is not None else 1 << 40
            part = slabs.between(slab, aside - reach, aside + reach)
            along = sign * (slabs.along[part] - here)
            distance = along**2 + (slabs.across[part] - aside) ** 2
            inside = along >= nearest
            if best is not None:
                inside &= distance <= best
            places = slabs.places[part][inside]
            matches = self._matching(places, mask)
            if not matches.any():
                continue
            distance = distance[inside][matches]
            closest = int(distance.min())
            here_found = places[matches][distance == closest]
            found = np.concatenate([found, here_found]) if closest == best else here_found
            best = closest
        return found, best

    @staticmethod
    def _onwards(slabs: _Slabs, sign: int, here: int, nearest: int) -> range:
        """Slabs that reach at least `nearest` along the arrow, nearest first."""
        if sign > 0:
            return range(bisect.bisect_left(slabs.highs, here + nearest), len(slabs.highs))
        return range(bisect.bisect_right(slabs.lows, here - nearest) - 1, -1, -1)

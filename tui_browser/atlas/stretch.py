"""How a layout is stretched over the pane: on each axis the bulk of the samples fills it, the rest is pressed aside.

A layout whose axes mean nothing may be drawn at unequal scales. Its robust box (2.5 to 97.5 percentile) fills the unit
square but for a rim on each side, into which what lies beyond is pressed in order: an outlier squeezes nobody, and
nobody is off the screen. The way is monotone on each axis and can be gone backwards, for a place that was clicked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tui_browser.atlas.viewport import WHOLE
from tui_browser.records import FloatArray

RIM = 0.02
"""Share of the unit square on each side for what lies beyond the robust box."""
FULL = 0.9
"""The robust box must span this share of the pane."""
AXES_CORNER = (0.10, 0.06)
"""Ground on the left and below for the ticks of a layout whose axes mean something."""
_PERCENTILES = (2.5, 97.5)
_MOST = 50_000
"""Of more samples than this every second, third ... one tells where the box is."""
_STEEPEST = 50.0
"""A map is not magnified further than this: what is nearly one place stays one."""
KEPT, _BEYOND = 0.8, 0.12
"""With a smaller share of the pane, or a greater share of the samples in one rim, the stretch is worked out anew: dots
that stay should not move because others come and go."""

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the places of a layout to those that are drawn, on each axis by itself, and back."""

    low: Pair = (0.0, 0.0)
    """Where the straight part of each axis begins in the layout,"""
    high: Pair = (1.0, 1.0)
    """where it ends,"""
    start: Pair = (0.0, 0.0)
    """and where that is drawn. What is beyond is pressed into the ground that is left, if any is."""
    stop: Pair = (1.0, 1.0)

    @property
    def plain(self) -> bool:
        """Whether the layout is drawn as it is."""
        return self == Stretch()

    def apply(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Drawn places (n, 2) or (2,) of places of the layout; NaN stays NaN."""
        places = np.asarray(xy, dtype=np.float64)
        drawn = np.empty_like(places)
        self._into(drawn.reshape(-1, 2), places.reshape(-1, 2))
        return drawn

    def _into(self, drawn: NDArray[np.floating], places: NDArray[np.floating]) -> None:
        """Fill `drawn` (n, 2); in the type of the arrays."""
        for axis in (0, 1):
            low, high, start, stop = self.low[axis], self.high[axis], self.start[axis], self.stop[axis]
            straight = places[:, axis] - low
            straight *= (stop - start) / (high - low)
            straight += start
            over, under = np.flatnonzero(straight > stop), np.flatnonzero(straight < start)
            straight[over] = stop + _pressed(straight[over] - stop, 1.0 - stop)
            straight[under] = start - _pressed(start - straight[under], start)
            drawn[:, axis] = straight

    def invert(self, drawn: ArrayLike) -> NDArray[np.float64]:
        """Places of the layout (n, 2) or (2,) of drawn places: the inverse of `apply`."""
        places = np.asarray(drawn, dtype=np.float64)
        xy = np.empty_like(places)
        for axis in (0, 1):
            low, high, start, stop = self.low[axis], self.high[axis], self.start[axis], self.stop[axis]
            over = _freed(np.maximum(places[..., axis] - stop, 0.0), 1.0 - stop)
            under = _freed(np.maximum(start - places[..., axis], 0.0), start)
            straight = np.clip(places[..., axis], start, stop) + over - under
            xy[..., axis] = low + (straight - start) * ((high - low) / (stop - start))
        return xy

    def draw(self, xy: FloatArray) -> FloatArray:
        """Drawn places (N, 2) of all samples; the same array where the layout is drawn as it is."""
        if self.plain:
            return xy
        drawn = np.empty_like(xy)
        self._into(drawn, xy)
        return drawn

    def holds(self, xy: FloatArray) -> bool:
        """Whether it still fills most of the pane with these samples (N, 2): then no dot moves."""
        some = _some(xy)
        if not len(some):
            return True
        box = np.percentile(self.apply(some), _PERCENTILES, axis=0)
        beyond = max(float((some < self.low).mean(axis=0).max()), float((some > self.high).mean(axis=0).max()))
        return bool((np.ptp(box, axis=0) >= KEPT * WHOLE).all()) and beyond <= _BEYOND


def stretch_of(xy: FloatArray, *, axes: bool = False, previous: Stretch | None = None) -> Stretch:
    """The stretch that fills the pane with a layout (N, 2), NaN off the map.

    With `axes` that mean something they keep their scales, and make room for their ticks. The `previous` stretch of the
    same layout is kept for as long as it holds.
    """
    if axes:
        return Stretch(start=AXES_CORNER)
    if previous is not None and previous.holds(xy):
        return previous
    some = _some(xy)
    if len(some) < 2:
        return Stretch()
    box = np.percentile(some, _PERCENTILES, axis=0)
    sides = [_side(float(low), float(high)) for low, high in zip(box[0], box[1], strict=True)]
    low, high, start, stop = zip(*sides, strict=True)
    return Stretch(low, high, start, stop)


def _side(low: float, high: float) -> tuple[float, float, float, float]:
    """One axis: an interval of the layout, and where it is drawn."""
    if high - low >= FULL * WHOLE:
        return 0.0, 1.0, 0.0, 1.0
    least = (1.0 - 2.0 * RIM) / _STEEPEST
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    return low, high, RIM, 1.0 - RIM


def _some(xy: FloatArray) -> NDArray[np.float64]:
    some = xy[:: -(-len(xy) // _MOST) or 1]
    return some[np.isfinite(some).all(axis=1)].astype(np.float64)


def _pressed(beyond: NDArray[np.floating], room: float) -> NDArray[np.floating]:
    """0 to infinity pressed into 0 to `room`, beginning at slope 1."""
    return room * (beyond / (room + beyond)) if room > 0 else np.zeros_like(beyond)


def _freed(pressed: NDArray[np.float64], room: float) -> NDArray[np.float64]:
    """The inverse of `_pressed`."""
    if room <= 0:
        return np.zeros_like(pressed)
    part = np.minimum(pressed / room, 1.0 - 1e-9)
    return room * part / (1.0 - part)

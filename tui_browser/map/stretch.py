"""Stretching of a layout over the pane: most samples fill it, outliers are compressed into a rim.

Layouts without meaningful axes may be drawn with different scales in x and y. The robust box (2.5th to 97.5th
percentile) fills the unit square except for a rim on each side, into which outliers are compressed in order. The
mapping is monotone on each axis and invertible, for mouse clicks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tui_browser.map.viewport import WHOLE
from tui_browser.records import FloatArray

RIM = 0.02
"""Width of the rim on each side of the unit square."""
FULL = 0.9
"""The robust box must span this share of the pane."""
AXES_CORNER = (0.10, 0.06)
"""Ground on the left and below for the ticks of a layout whose axes mean something."""
_PERCENTILES = (2.5, 97.5)
_MOST = 50_000
"""Samples used to find the box; of larger libraries an even selection."""
_STEEPEST = 50.0
"""Maximum magnification, so that nearly equal positions stay together."""
KEPT, _BEYOND = 0.8, 0.12
"""With a smaller share of the pane, or a greater share of the samples in one rim, the stretch is worked out anew: dots
that stay should not move because others come and go."""

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stretch:
    """An invertible mapping from layout positions to drawn positions, separately on each axis."""

    low: Pair = (0.0, 0.0)
    """Where the straight part of each axis begins in the layout,"""
    high: Pair = (1.0, 1.0)
    """where it ends,"""
    start: Pair = (0.0, 0.0)
    """and where that is drawn. What is beyond is pressed into the ground that is left, if any is."""
    stop: Pair = (1.0, 1.0)

    @property
    def plain(self) -> bool:
        """Whether the mapping is the identity."""
        return self == Stretch()

    def apply(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Drawn positions (n, 2) or (2,) of layout positions; NaN stays NaN."""
        places = np.asarray(xy, dtype=np.float64)
        drawn = np.empty_like(places)
        self._into(drawn.reshape(-1, 2), places.reshape(-1, 2))
        return drawn

    def _into(self, drawn: NDArray[np.floating], places: NDArray[np.floating]) -> None:
        """Fill `drawn` (n, 2); in float64 between, as the factor is large where the places are close together."""
        for axis in (0, 1):
            low, high, start, stop = self.low[axis], self.high[axis], self.start[axis], self.stop[axis]
            straight = np.subtract(places[:, axis], low, dtype=np.float64)
            straight *= (stop - start) / (high - low)
            straight += start
            over, under = np.flatnonzero(straight > stop), np.flatnonzero(straight < start)
            straight[over] = stop + _pressed(straight[over] - stop, 1.0 - stop)
            straight[under] = start - _pressed(start - straight[under], start)
            drawn[:, axis] = straight

    def invert(self, drawn: ArrayLike) -> NDArray[np.float64]:
        """Layout positions (n, 2) or (2,) of drawn positions; the inverse of `apply`."""
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
        """Drawn positions (N, 2) of all samples; the same array if the mapping is the identity."""
        if self.plain:
            return xy
        drawn = np.empty_like(xy)
        self._into(drawn, xy)
        return drawn

    def holds(self, xy: FloatArray) -> bool:
        """Whether the mapping still fits these samples (N, 2), so that it need not change."""
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
    """One axis: an interval of the layout and its drawn interval."""
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
    """Compress 0 to infinity into 0 to `room`, with slope 1 at 0."""
    return room * (beyond / (room + beyond)) if room > 0 else np.zeros_like(beyond)


def _freed(pressed: NDArray[np.float64], room: float) -> NDArray[np.float64]:
    """The inverse of `_pressed`."""
    if room <= 0:
        return np.zeros_like(pressed)
    part = np.minimum(pressed / room, 1.0 - 1e-9)
    return room * part / (1.0 - part)

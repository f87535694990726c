"""Round numbers along an axis, for its edge."""

from __future__ import annotations

import math

import numpy as np

from tui_browser.atlas.axes import HIGH, LOW, Scale

_STEPS = (1.0, 2.0, 5.0, 10.0)
_DECADE = (1.0, 2.0, 5.0)
_MOST_DECADES = 400
"""A scale of floats has no more powers of ten than this."""


def ticks(scale: Scale, low: float, high: float, *, most: int) -> list[tuple[float, float]]:
    """Places on the axis between `low` and `high`, in [0, 1], and the round numbers that stand there; `most` of them.

    Empty where the scale has no length.
    """
    if not (math.isfinite(scale.low) and math.isfinite(scale.high) and scale.high > scale.low and most > 0):
        return []
    first, last = (max(low, LOW) - LOW) / (HIGH - LOW), (min(high, HIGH) - LOW) / (HIGH - LOW)
    if last <= first:
        return []
    if scale.log and scale.low > 0:
        least, greatest = (scale.low * (scale.high / scale.low) ** part for part in (first, last))
        values = _decades(least, greatest, most=most)
    else:
        least, greatest = (scale.low + (scale.high - scale.low) * part for part in (first, last))
        values = _even(least, greatest, most=most)
    places = scale.apply(np.array(values, dtype=np.float64)).tolist()
    return list(zip(places, values, strict=True))


def _even(low: float, high: float, *, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from low to high."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next((factor * power for factor in _STEPS if (high - low) / (factor * power) <= most), 10.0 * power)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, first + most + 1) if number * step <= high + 1e-9 * step]


def _decades(low: float, high: float, *, most: int) -> list[float]:
    """1, 2 and 5 times powers of ten from low to high; powers alone where those are too many; even steps in a part of
    a decade."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)[:_MOST_DECADES]
    fine = _within([factor * 10.0**power for power in powers for factor in _DECADE], low, high)
    if len(fine) < 2:
        return _even(low, high, most=most)
    coarse = fine if len(fine) <= most else _within([10.0**power for power in powers], low, high)
    return coarse[:: -(-len(coarse) // most) or 1]


def _within(values: list[float], low: float, high: float) -> list[float]:
    return [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]

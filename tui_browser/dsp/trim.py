"""Where a sound begins: constant offsets and the hiss before the first hit do not count as sound."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray

SILENCE = 1e-4
"""A peak below this (-80 dBFS), offset taken off, is silence: a 16-bit file's dither and no more."""

_ONSET = 0.01
"""Sound starts 40 dB below the peak ..."""
_HISS_MOST = 0.03
"""... or above the hiss that the file begins with, as long as that lies 30 dB below the peak."""
_HISS_FACTOR = 3.0
_LEAD_S = 0.02
_FLAT = 0.002
_FEW = 4096


def dc_offset(mono: FloatArray) -> float:
    """The constant that a sound is shifted by; 0 where mean and median disagree about it.

    The mean of a kick and the median of a square wave lie far from zero without an offset; only what both
    say is one.
    """
    if len(mono) == 0:
        return 0.0
    few = mono[:: len(mono) // 2048 + 1]
    mean, median = float(mono.sum()) / len(mono), float(np.partition(few, len(few) // 2)[len(few) // 2])
    if mean * median <= 0.0:
        return 0.0
    return mean if abs(mean) < abs(median) else median


def leading_silence(mono: FloatArray, rate: int, *, offset: float | None = None) -> int:
    """Samples before the onset; `len(mono)` where there is no sound at all.

    Depends on levels within the sound only, so that gain does not move the onset. `offset` is its `dc_offset`,
    where that is known already.
    """
    if len(mono) == 0:
        return 0
    lead = mono[: max(1, int(_LEAD_S * rate))]
    rest = np.float32(_lead_offset(lead, dc_offset(mono) if offset is None else offset))
    peak = max(float(mono.max() - rest), -float(mono.min() - rest))
    if peak < SILENCE:
        return len(mono)
    hiss = _hiss(mono, rest, len(lead))
    return _first_above(mono, rest, max(_ONSET * peak, min(_HISS_FACTOR * hiss, _HISS_MOST * peak)))


def _first_above(mono: FloatArray, offset: np.float32, threshold: float) -> int:
    """Where the sound is first further from its offset than a threshold below its peak; the beginning is looked at
    first, and mostly enough."""
    few = np.abs(mono[:_FEW] - offset) > threshold
    at = int(few.argmax())
    return at if few[at] else int((np.abs(mono - offset) > threshold).argmax())


def _lead_offset(lead: FloatArray, whole: float) -> float:
    """The offset of what stands before a sound whose offset is `whole`: where it begins flat, its level there."""
    first = lead[: max(1, len(lead) // 4)]
    low, high = float(first.min()), float(first.max())
    level = (low + high) / 2
    flat = high - low <= _FLAT + 0.05 * abs(level)
    # A square wave begins flat as well, but its whole has no offset that agrees.
    return level if flat and 0.5 * abs(level) <= abs(whole) <= 2 * abs(level) and whole * level > 0 else whole


def _hiss(mono: FloatArray, offset: np.float32, length: int) -> float:
    """Peak of the quietest few milliseconds from the first sample that is not silent on."""
    start = _first_above(mono, offset, SILENCE * 0.5)
    part = np.abs(mono[start : start + length] - offset)
    step = max(1, length // 4)
    return min((float(part[i : i + step].max()) for i in range(0, max(1, len(part) - step + 1), step)), default=0.0)

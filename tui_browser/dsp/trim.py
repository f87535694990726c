"""Find the onset of a sound: DC offset and hiss before it do not count."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray

SILENCE = 1e-4
"""A sound with a lower peak (-80 dBFS, without offset) is silent; it may be the dither of a 16-bit file."""

_ONSET = 0.01
"""The onset is where the sound exceeds -40 dB relative to its peak ..."""
_MAX_HISS = 0.03
"""... or the hiss at the start of the file, up to -30 dB relative to the peak."""
_HISS_FACTOR = 3.0
_LEAD_S = 0.02
_FLAT = 0.002
_FIRST_SAMPLES = 4096


def dc_offset(mono: FloatArray) -> float:
    """DC offset of a sound; 0 when mean and median have different signs, else the smaller of both.

    Without an offset, the mean of a kick or the median of a square wave may be far from zero, but not both.
    """
    if len(mono) == 0:
        return 0.0
    thinned = mono[:: len(mono) // 2048 + 1]
    mean, median = float(mono.sum()) / len(mono), float(np.partition(thinned, len(thinned) // 2)[len(thinned) // 2])
    if mean * median <= 0.0:
        return 0.0
    return mean if abs(mean) < abs(median) else median


def leading_silence(mono: FloatArray, rate: int, *, offset: float | None = None) -> int:
    """Number of samples before the onset; `len(mono)` for silence.

    Gain does not move the onset. `offset` is the sound's `dc_offset`, if it is known already.
    """
    if len(mono) == 0:
        return 0
    lead = mono[: max(1, int(_LEAD_S * rate))]
    zero = np.float32(_lead_offset(lead, dc_offset(mono) if offset is None else offset))
    peak = max(float(mono.max() - zero), -float(mono.min() - zero))
    if peak < SILENCE:
        return len(mono)
    hiss = _hiss(mono, zero, len(lead))
    return _first_above(mono, zero, max(_ONSET * peak, min(_HISS_FACTOR * hiss, _MAX_HISS * peak)))


def _first_above(mono: FloatArray, offset: np.float32, threshold: float) -> int:
    """First sample further than `threshold` from `offset`; usually among the first samples, which are tried first."""
    above = np.abs(mono[:_FIRST_SAMPLES] - offset) > threshold
    at = int(above.argmax())
    return at if above[at] else int((np.abs(mono - offset) > threshold).argmax())


def _lead_offset(lead: FloatArray, whole: float) -> float:
    """The offset at the start of a sound with the offset `whole`: its level there if it starts flat, else `whole`."""
    first = lead[: max(1, len(lead) // 4)]
    low, high = float(first.min()), float(first.max())
    level = (low + high) / 2
    flat = high - low <= _FLAT + 0.05 * abs(level)
    # A square wave starts flat too, but has no overall offset that agrees.
    return level if flat and 0.5 * abs(level) <= abs(whole) <= 2 * abs(level) and whole * level > 0 else whole


def _hiss(mono: FloatArray, offset: np.float32, length: int) -> float:
    """Peak of the quietest few milliseconds after the first sample that is not silent."""
    start = _first_above(mono, offset, SILENCE * 0.5)
    part = np.abs(mono[start : start + length] - offset)
    step = max(1, length // 4)
    return min((float(part[i : i + step].max()) for i in range(0, max(1, len(part) - step + 1), step)), default=0.0)

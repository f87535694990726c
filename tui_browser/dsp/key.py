"""Key estimation: the chroma of a sound correlated with the profiles of the 24 keys.

Krumhansl-Schmuckler algorithm with the profiles by Krumhansl and Kessler (Krumhansl: Cognitive Foundations of Musical
Pitch, 1990). Only spectral peaks count, so that drums and noise have no key.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import power_spectra
from tui_browser.records import KEYS, FloatArray

_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)

_SIZE_S = 0.37
_RATE = 11_025
_FRAMES = 32
_LOW_HZ, _HIGH_HZ = 60.0, 2000.0
_PEAK_RATIO = 8.0
"""Least power of a partial relative to its surroundings."""
_TONAL_SHARE = 0.25
"""Least share of the partials in the total power."""
_SURROUNDINGS = 24
"""Bins to either side that a partial is compared with."""
_MIN_NOTES = 3
"""Fewer notes make no key."""
_MIN_CORRELATION = 0.6
_MIN_LEAD = 0.03
"""Least lead of the best key over the next one, its relative key excluded."""


def estimate_key(mono: FloatArray, rate: int) -> str | None:
    """The key of a sound (n,), one of `KEYS`; None without notes or a clear key."""
    notes = chroma(mono, rate)
    if notes is None or int((notes > 0.15 * notes.max()).sum()) < _MIN_NOTES:
        return None
    centred = notes - notes.mean()
    fits = _profiles() @ (centred / max(float(np.linalg.norm(centred)), 1e-30))
    best = int(fits.argmax())
    relative = (best + 9) % 12 + 12 if best < 12 else (best + 3) % 12
    others = np.delete(fits, [best, relative])
    return KEYS[best] if fits[best] >= _MIN_CORRELATION and fits[best] - others.max() >= _MIN_LEAD else None


def chroma(mono: FloatArray, rate: int) -> NDArray[np.float64] | None:
    """(12,) amplitude of each pitch class, C first, normalised to a maximum of 1; None without pitched content."""
    factor = max(1, rate // _RATE)
    low_rate = rate / factor
    size = 1 << round(math.log2(_SIZE_S * low_rate))
    if len(mono) // factor < size // 2:
        return None
    # A plain mean of neighbours is low-pass enough: what aliases is noise without partials.
    count = len(mono) // factor
    slow = np.zeros(max(count, size), dtype=np.float32)
    np.matmul(mono[: count * factor].reshape(count, factor), np.ones(factor, dtype=np.float32), out=slow[:count])
    frames = min(_FRAMES, 1 + 2 * (len(slow) - size) // size)
    starts = np.unique(np.linspace(0, len(slow) - size, frames).astype(np.intp))
    window, note, low, high = _window_and_notes(size, low_rate)
    power = power_spectra(slow, starts, window, bins=high + _SURROUNDINGS + 1)
    before, here, after = power[:, low - 1 : high - 1], power[:, low:high], power[:, low + 1 : high + 1]
    peak = (here > before) & (here >= after) & (here > _PEAK_RATIO * _smooth(power, low, high))
    frame, at = np.nonzero(peak)
    strong = (here[frame, at] + before[frame, at] + after[frame, at]).astype(np.float64)
    total = np.bincount(note[at], weights=np.sqrt(strong), minlength=12)
    all_power = float(here.sum(dtype=np.float64))
    if not all_power > 0.0 or float(strong.sum()) < _TONAL_SHARE * all_power or not total.max() > 0.0:
        return None
    return np.asarray(total / total.max())


@cache
def _window_and_notes(size: int, rate: float) -> tuple[FloatArray, NDArray[np.intp], int, int]:
    """The window, the pitch class of each bin used, and the range of those bins."""
    low, high = int(_LOW_HZ * size / rate), min(int(_HIGH_HZ * size / rate), size // 2 - 2)
    note = np.rint(12 * np.log2(np.arange(low, high) * (rate / size) / 440.0)).astype(np.intp) + 9
    return np.hanning(size + 1)[:-1].astype(np.float32), note % 12, low, high


def _smooth(power: FloatArray, low: int, high: int) -> NDArray[np.float64]:
    """(F, high - low) mean power around each bin, the bin included."""
    total = np.zeros((len(power), power.shape[1] + 1))
    np.cumsum(power, axis=1, dtype=np.float64, out=total[:, 1:])
    index = np.arange(low, high)
    first, last = np.maximum(index - _SURROUNDINGS, 0), np.minimum(index + _SURROUNDINGS + 1, power.shape[1])
    return np.asarray((total[:, last] - total[:, first]) / (last - first))


@cache
def _profiles() -> NDArray[np.float64]:
    """(24, 12) profile of each of `KEYS`, zero mean, unit length."""
    rows = np.array([np.roll(profile, root) for profile in (_MAJOR, _MINOR) for root in range(12)])
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

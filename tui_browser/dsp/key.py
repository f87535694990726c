"""The key of a sound: how its energy spreads over the twelve notes, compared with the profiles of the keys.

Profiles by Krumhansl and Kessler (Krumhansl: Cognitive Foundations of Musical Pitch, 1990), compared by correlation
(the Krumhansl-Schmuckler algorithm). Only what stands out of its surroundings counts, so that drums and noise have
no key.
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
_PEAK = 8.0
"""A partial has so many times the power of what lies around it."""
_TONAL = 0.25
"""Share of the power in this range that partials must have."""
_AROUND = 24
"""Bins to both sides that a partial is compared with."""
_NOTES = 3
"""One or two notes are no key."""
_ALIKE = 0.6
_AHEAD = 0.03
"""By how much the best key must fit better than the next that is not its relative."""


def estimate_key(mono: FloatArray, rate: int) -> str | None:
    """One of `KEYS`, by what sounds in (n,) samples; None where there are no notes, or no clear key."""
    notes = chroma(mono, rate)
    if notes is None or int((notes > 0.15 * notes.max()).sum()) < _NOTES:
        return None
    centred = notes - notes.mean()
    fits = _profiles() @ (centred / max(float(np.linalg.norm(centred)), 1e-30))
    best = int(fits.argmax())
    relative = (best + 9) % 12 + 12 if best < 12 else (best + 3) % 12
    rest = np.delete(fits, [best, relative])
    return KEYS[best] if fits[best] >= _ALIKE and fits[best] - rest.max() >= _AHEAD else None


def chroma(mono: FloatArray, rate: int) -> NDArray[np.float64] | None:
    """(12,) how much of each note sounds, C first, the largest 1; None where nothing has a pitch."""
    factor = max(1, rate // _RATE)
    low_rate = rate / factor
    size = 1 << round(math.log2(_SIZE_S * low_rate))
    if len(mono) // factor < size // 2:
        return None
    # A plain mean of neighbours is low pass enough: what folds down is noise, and noise has no partials.
    count = len(mono) // factor
    slow = np.zeros(max(count, size), dtype=np.float32)
    np.matmul(mono[: count * factor].reshape(count, factor), np.ones(factor, dtype=np.float32), out=slow[:count])
    frames = min(_FRAMES, 1 + 2 * (len(slow) - size) // size)
    starts = np.unique(np.linspace(0, len(slow) - size, frames).astype(np.intp))
    window, note, low, high = _plan(size, low_rate)
    power = power_spectra(slow, starts, window, bins=high + _AROUND + 1)
    before, here, after = power[:, low - 1 : high - 1], power[:, low:high], power[:, low + 1 : high + 1]
    peak = (here > before) & (here >= after) & (here > _PEAK * _smooth(power, low, high))
    frame, at = np.nonzero(peak)
    strong = (here[frame, at] + before[frame, at] + after[frame, at]).astype(np.float64)
    total = np.bincount(note[at], weights=np.sqrt(strong), minlength=12)
    all_power = float(here.sum(dtype=np.float64))
    if not all_power > 0.0 or float(strong.sum()) < _TONAL * all_power or not total.max() > 0.0:
        return None
    return np.asarray(total / total.max())


@cache
def _plan(size: int, rate: float) -> tuple[FloatArray, NDArray[np.intp], int, int]:
    """The window, the note of each bin that is looked at, and the first and the last of those bins."""
    low, high = int(_LOW_HZ * size / rate), min(int(_HIGH_HZ * size / rate), size // 2 - 2)
    note = np.rint(12 * np.log2(np.arange(low, high) * (rate / size) / 440.0)).astype(np.intp) + 9
    return np.hanning(size + 1)[:-1].astype(np.float32), note % 12, low, high


def _smooth(power: FloatArray, low: int, high: int) -> NDArray[np.float64]:
    """(K, high - low) mean of each bin's surroundings, itself and its neighbours included."""
    total = np.zeros((len(power), power.shape[1] + 1))
    np.cumsum(power, axis=1, dtype=np.float64, out=total[:, 1:])
    index = np.arange(low, high)
    first, last = np.maximum(index - _AROUND, 0), np.minimum(index + _AROUND + 1, power.shape[1])
    return np.asarray((total[:, last] - total[:, first]) / (last - first))


@cache
def _profiles() -> NDArray[np.float64]:
    """(24, 12) what each of `KEYS` sounds like, its mean taken off, of unit length."""
    rows = np.array([np.roll(profile, root) for profile in (_MAJOR, _MINOR) for root in range(12)])
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

"""The key of a sound: how its energy spreads over the twelve notes, compared with the profiles of the keys.

Profiles by Krumhansl and Kessler (Krumhansl: Cognitive Foundations of Musical Pitch, 1990), compared by correlation
(the Krumhansl-Schmuckler algorithm). Only what stands out of its surroundings counts, so that drums and noise have
no key.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
_NOTES = 3
"""One or two notes are no key."""
_ALIKE = 0.6
_AHEAD = 0.03
"""By how much the best key must fit better than the next that is not its relative."""


def key_of(mono: FloatArray, rate: int) -> str | None:
    """One of `KEYS`, by what sounds in (n,) samples; None where there are no notes, or no clear key."""
    notes = chroma(mono, rate)
    if notes is None or int((notes > 0.15 * notes.max()).sum()) < _NOTES:
        return None
    centred = notes - notes.mean()
    fits = np.array([_fit(centred, np.roll(profile, root)) for profile in (_MAJOR, _MINOR) for root in range(12)])
    best = int(fits.argmax())
    relative = (best + 9) % 12 + 12 if best < 12 else (best + 3) % 12
    rest = np.delete(fits, [best, relative])
    return KEYS[best] if fits[best] >= _ALIKE and fits[best] - rest.max() >= _AHEAD else None


def chroma(mono: FloatArray, rate: int) -> NDArray[np.float64] | None:
    """(12,) how much of each note sounds, C first, the largest 1; None where nothing has a pitch."""
    factor = max(1, rate // _RATE)
    low_rate = rate / factor
    size = 1 << round(np.log2(_SIZE_S * low_rate))
    if len(mono) // factor < size // 2:
        return None
    # A plain mean of neighbours is low pass enough: what folds down is noise, and noise has no partials.
    slow = mono[: len(mono) // factor * factor].reshape(-1, factor).mean(axis=1)
    padded = slow if len(slow) >= size else np.pad(slow, (0, size - len(slow)))
    count = min(_FRAMES, 1 + 2 * (len(padded) - size) // size)
    starts = np.unique(np.linspace(0, len(padded) - size, max(1, count)).astype(np.intp))
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    low, high = int(_LOW_HZ * size / low_rate), min(int(_HIGH_HZ * size / low_rate), size // 2 - 2)
    note = np.rint(12 * np.log2(np.arange(low, high) * (low_rate / size) / 440.0)).astype(np.intp) + 9
    total, tonal, all_power = np.zeros(12), 0.0, 0.0
    for start in starts.tolist():
        parts = np.fft.rfft(padded[start : start + size] * window)
        power = np.square(np.abs(parts)).astype(np.float64)
        around = _smooth(power, 24)[low:high]
        here = power[low:high]
        peak = (here > power[low - 1 : high - 1]) & (here >= power[low + 1 : high + 1]) & (here > _PEAK * around)
        at = np.flatnonzero(peak)
        strong = here[at] + power[low - 1 : high - 1][at] + power[low + 1 : high + 1][at]
        np.add.at(total, note[at] % 12, np.sqrt(strong))
        tonal += float(strong.sum())
        all_power += float(here.sum())
    if not all_power > 0.0 or tonal < _TONAL * all_power or not total.max() > 0.0:
        return None
    return np.asarray(total / total.max())


def _smooth(power: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Mean of each bin's surroundings, itself and its neighbours included."""
    total = np.concatenate(([0.0], np.cumsum(power)))
    index = np.arange(len(power))
    first, last = np.maximum(index - reach, 0), np.minimum(index + reach + 1, len(power))
    return np.asarray((total[last] - total[first]) / (last - first))


def _fit(notes: NDArray[np.float64], profile: NDArray[np.float64]) -> float:
    centred = profile - profile.mean()
    size = float(np.linalg.norm(notes) * np.linalg.norm(centred))
    return float(notes @ centred) / size if size > 0.0 else 0.0

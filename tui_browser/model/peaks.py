"""Where and how high a sound peaks: its crest and the end of its rise, measured in one sound and given to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.decoder_shape import RATE
from tui_browser.records import FloatArray

_LOUDEST_S = 0.050
_ENVELOPE = 88
"""Samples (2 ms) of the envelope by which a rise is measured."""
_RISEN = 0.9
"""A sound has risen where its envelope first reaches this share of its highest value."""
_EARLIER, _LATER = 0.85, 0.93
"""How high the envelope may be before the end of the rise, and at least is there, as shares of its highest value."""
_CREST_MARGIN_DB = 0.7
"""Crest that is left above what is asked for: taking peaks down takes the spectrum of the onset with them."""
_START = 22
"""Samples (0.5 ms) over which a sound is faded in: few recordings begin at their peak."""
_MAX_CUT_DB = 9.0
"""Most that `give_peak` lowers a part of a sound."""
_LOOKAHEAD, _PASSES = 96, 3
"""Samples by which a gain is ahead of a peak, and how often the limiter looks again."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Where and how high a sound peaks."""

    crest_db: float
    """Its peak above the RMS of its loudest 50 ms."""
    rise_s: float
    """Time at which its envelope has risen."""


def measure_peak(sound: FloatArray) -> Peak:
    """The peak of a sound (n,) at `RATE`."""
    return Peak(_crest_db(sound), _rise_s(sound))


def give_peak(sound: NDArray[np.float64], peak: Peak) -> NDArray[np.float64]:
    """The sound (n,), not silent, lowered in places so that it peaks about where and as high as `peak` says."""
    shaped = sound.copy()
    start = shaped[:_START]
    start *= np.linspace(0.0, 1.0, len(start))
    return _place_rise(_limit_crest(shaped, peak.crest_db + _CREST_MARGIN_DB), peak.rise_s)


def _crest_db(sound: FloatArray) -> float:
    """0 for silence."""
    peak = float(np.abs(sound).max(initial=0.0))
    if not 1e-30 < peak < np.inf:
        return 0.0
    return -10 * float(np.log10(_loudest_power(np.asarray(sound, dtype=np.float64) / peak)))


def _rise_s(sound: FloatArray) -> float:
    """Time at which the envelope of a sound (n,) at `RATE` has risen; 0 for silence."""
    envelope = _envelope(sound.astype(np.float64))
    return float(np.argmax(envelope >= _RISEN * envelope.max(initial=0.0))) / RATE if len(envelope) else 0.0


def _limit_crest(sound: NDArray[np.float64], most_db: float) -> NDArray[np.float64]:
    """The sound (n,) with peaks turned down to about `most_db` above its loudest 50 ms, by a gain that moves slowly."""
    for _ in range(_PASSES):
        limit = np.sqrt(_loudest_power(sound)) * 10 ** (most_db / 20)
        if np.abs(sound).max(initial=0.0) <= 1.01 * limit:
            break
        sound = _lowered(sound, limit / np.maximum(np.abs(sound), 1e-30))
    return sound


def _place_rise(sound: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """The sound (n,) lowered before and after a time, so that it has risen then and not much earlier or later."""
    if len(sound) <= 2 * _ENVELOPE:
        return sound
    envelope = _envelope(sound)
    at = min(max(0, round(seconds * RATE)), len(envelope) - 1)
    if envelope.max() <= 0:
        return sound
    least = 10 ** (-_MAX_CUT_DB / 20)
    near = envelope[max(0, at - _ENVELOPE // 2) : at + _ENVELOPE // 2].max()
    later = max(near, min(envelope[at:].max(), near / _LATER), least * envelope[at:].max())
    limit = np.full(len(envelope), later)
    limit[: max(0, at - _ENVELOPE // 2)] = _EARLIER * later
    wanted = np.clip(limit / np.maximum(envelope, 1e-30), least, 1.0)
    if wanted.min() == 1.0:
        return sound
    middle = np.ones(len(sound))
    middle[_ENVELOPE // 2 : _ENVELOPE // 2 + len(wanted)] = wanted
    return _lowered(sound, middle)


def _lowered(sound: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sound times a smooth gain that is nowhere above `wanted` (n,) or 1."""
    below = np.flatnonzero(wanted < 1.0)
    part = slice(max(0, below[0] - 2 * _LOOKAHEAD), below[-1] + 2 * _LOOKAHEAD)
    padded = np.pad(np.minimum(wanted[part], 1.0), 2 * _LOOKAHEAD, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * _LOOKAHEAD + 1).min(axis=1)
    window = np.hanning(2 * _LOOKAHEAD + 3)[1:-1]
    lowered = sound.copy()
    lowered[part] *= np.convolve(lowest, window / window.sum(), mode="valid")
    return lowered


def _envelope(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n - 87,) RMS of the 2 ms from each sample on."""
    if len(samples) <= _ENVELOPE:
        return np.abs(samples)
    sums = np.concatenate([[0.0], np.cumsum(np.square(samples))])
    return np.asarray(np.sqrt(np.maximum(sums[_ENVELOPE:] - sums[:-_ENVELOPE], 0.0) / _ENVELOPE))


def _loudest_power(samples: NDArray[np.float64]) -> float:
    """Mean power of the loudest 50 ms."""
    size = round(_LOUDEST_S * RATE)
    sums = np.cumsum(np.square(np.pad(samples, (1, max(0, size - len(samples))))))
    return float((sums[size:] - sums[:-size]).max()) / size

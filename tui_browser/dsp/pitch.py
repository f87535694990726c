"""Pitch of a sound: by its period, or by a single low partial.

The period is found with the normalised square difference function (McLeod, Wyvill: A Smarter Way to Find Pitch,
2005). A tom whose pitch falls never repeats itself exactly: there the strongest low partial is the pitch.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import spectra
from tui_browser.records import FloatArray

_NAN = float("nan")

_PERIOD_RATE = 16_000
_PERIOD_FRAME = 1600
"""100 ms: three periods of the lowest pitch."""
_PERIOD_LOW_HZ, _PERIOD_HIGH_HZ = 30.0, 3000.0
_PERIOD_FRAMES_S = (0.02, 0.12)
"""Start times of the frames."""
_PERIODIC = 0.85
"""Least normalised autocorrelation of a period."""

_PARTIAL_RATE = 4000
_PARTIAL_LOW_HZ, _PARTIAL_HIGH_HZ = 45.0, 500.0
_ATTACK_S, _ANALYSED_S = 0.02, 0.4
_PARTIAL_SHARE, _RUMBLE_HZ, _BODY_HZ = 0.4, 20.0, 1000.0
"""Least share of the power between these frequencies in the partial and its surroundings, a third to either side: the
rattle of a stick lies above, and does not hide the drum."""
_THIRD = 1.25
_FFT_SIZE = 4096
_STEP = 64


def periodic_pitch(sound: FloatArray, rate: int) -> float:
    """Pitch in Hz of a sound (n,) that starts at its onset; NaN without a clear period.

    The clearer of two frames decides.
    """
    factor = max(1, round(rate / _PERIOD_RATE))
    low_rate = rate / factor
    size = int(_PERIOD_FRAME * low_rate / _PERIOD_RATE)
    usable = min(len(sound) // factor, int(_PERIOD_FRAMES_S[-1] * low_rate) + size)
    # A plain mean of neighbours is low-pass enough to find a period.
    low = sound[: usable * factor].reshape(usable, factor) @ np.full(factor, 1.0 / factor, dtype=np.float32)
    size = min(len(low), size)
    shortest, longest = int(low_rate / _PERIOD_HIGH_HZ), min(int(low_rate / _PERIOD_LOW_HZ), size // 2)
    if longest <= shortest + 2:
        return _NAN
    starts = sorted({min(len(low) - size, int(at * low_rate)) for at in _PERIOD_FRAMES_S})
    frames = np.stack([low[start : start + size] for start in starts])
    frames -= frames.sum(axis=1, keepdims=True) / np.float32(size)
    best_clarity, best_hz = _PERIODIC, _NAN
    for similarity in _nsdf(frames, longest + 2):
        if similarity[shortest:longest].max() <= best_clarity:
            continue
        lag, clarity = _period(similarity, shortest, longest)
        if clarity > best_clarity:
            best_clarity, best_hz = clarity, low_rate / lag
    return best_hz


def _nsdf(frames: FloatArray, lags: int) -> NDArray[np.float64]:
    """(F, lags) normalised square difference function of frames (F, n): 1 at lags where a frame repeats exactly."""
    count, size = frames.shape
    length = _fast_fft_length(size + lags)
    lines = spectra(frames, length).view(np.float32)
    np.square(lines, out=lines)
    lines[:, ::2] += lines[:, 1::2]
    lines[:, 1::2] = 0.0
    correlation = np.fft.irfft(lines.view(np.complex64), length)[:, :lags]
    energy = np.zeros((count, size + 1))
    np.cumsum(np.square(frames), axis=1, out=energy[:, 1:])
    whole = energy[:, -1:]
    both = energy[:, size : size - lags : -1] - energy[:, :lags]
    both += whole
    quiet = both < 1e-9 * whole
    np.maximum(both, 1e-12, out=both)
    similarity = np.asarray(correlation / both, dtype=np.float64)
    similarity *= 2.0 * length**2
    similarity[quiet] = 0.0
    return similarity


@cache
def _fast_fft_length(least: int) -> int:
    """The next length with a fast Fourier transform: a power of 2 times 1, 3, 5, 9 or 15."""
    return min(factor << max(0, (-(-least // factor) - 1).bit_length()) for factor in (1, 3, 5, 9, 15))


def _period(similarity: NDArray[np.float64], shortest: int, longest: int) -> tuple[float, float]:
    """The first lag with a peak close to the highest, to a fraction of a sample, and its height."""
    negative = np.flatnonzero(similarity[:longest] < 0)
    first = max(shortest, int(negative[0]) if len(negative) else longest)
    part = similarity[first : longest + 1]
    if len(part) < 3:
        return 1.0, 0.0
    peaks = np.flatnonzero((part[1:-1] >= part[:-2]) & (part[1:-1] > part[2:])) + 1
    if len(peaks) == 0:
        return 1.0, 0.0
    left, top, right = part[peaks - 1], part[peaks], part[peaks + 1]
    bend = np.minimum(left - 2 * top + right, -1e-12)
    height = top - np.square(left - right) / (8 * bend)  # of a parabola through the three points
    first_high = int(np.argmax(height >= 0.93 * height.max()))
    shift = 0.5 * (left[first_high] - right[first_high]) / bend[first_high]
    return first + int(peaks[first_high]) + float(shift), float(height[first_high])


def low_partial(sound: FloatArray, rate: int) -> float:
    """Frequency in Hz of a partial between 45 and 500 Hz that stands out below 1 kHz in a sound (n,); NaN without one.

    `sound` starts at its onset.
    """
    factor = max(1, rate // _PARTIAL_RATE)
    slow_sound = sound[: min(len(sound), int(_ANALYSED_S * rate)) // factor * factor]
    slow_sound = slow_sound.reshape(-1, factor) @ np.full(factor, 1.0 / factor, dtype=np.float32)
    low_rate = rate / factor
    skip = int(_ATTACK_S * low_rate)
    part = slow_sound[skip:] if len(slow_sound) - skip > int(0.06 * low_rate) else slow_sound
    part = part[: min(len(part) // _STEP * _STEP, _FFT_SIZE)]  # few different lengths, so that their windows are cached
    if len(part) < int(0.03 * low_rate):
        return float("nan")
    lines = spectra(part * _window(len(part)), _FFT_SIZE)
    power = np.square(lines.real) + np.square(lines.imag)
    hz = low_rate / _FFT_SIZE
    low, high = int(_PARTIAL_LOW_HZ / hz) + 1, int(_PARTIAL_HIGH_HZ / hz) + 1
    top = low + int(power[low:high].argmax())
    near = float(power[int(top / _THIRD) : int(top * _THIRD) + 1].sum())
    whole = float(power[int(_RUMBLE_HZ / hz) : int(_BODY_HZ / hz) + 1].sum())
    return top * hz if near > _PARTIAL_SHARE * whole > 0.0 else float("nan")


@cache
def _window(size: int) -> FloatArray:
    return np.hanning(size + 2)[1:-1].astype(np.float32)

"""What can be measured of one sound without a model: length, brightness, noise, pitch, attack, loudness."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import power_spectra, spectra
from tui_browser.dsp.partial import low_partial
from tui_browser.dsp.trim import SILENCE, dc_offset
from tui_browser.records import Descriptors, FloatArray

QUIETEST_DB = -120.0
"""Loudness of digital silence: a number, so that a library can be sorted by it."""
LOUDNESS_WINDOW_S = 0.05

_NAN = float("nan")
_ANALYSED_S = 4.0
"""Brightness, noise, pitch and attack look at this much from the onset on."""
_USUAL = (1e-2, 1e2)
"""Peaks at which squares keep all their digits."""
_FEWEST = 16
"""Samples below which there is a loudness and nothing else."""
_FRAME = 1024
_FRAMES = 16
_PITCH_RATE = 16_000
_PITCH_FRAME = 1600
"""100 ms: three periods of the lowest pitch that is looked for."""
_PITCH_LOW_HZ, _PITCH_HIGH_HZ = 30.0, 3000.0
_PITCH_AT = (0.02, 0.12)
"""Seconds at which the frames begin."""
_DARK_HZ = 1500.0
"""Sounds below this brightness may have the pitch of a single low partial."""
_PITCH_SURE = 0.85
"""Normalised autocorrelation from which a period is believed."""


def describe(mono: FloatArray, rate: int, *, onset: int, offset: float | None = None) -> Descriptors:
    """The numbers of one sound, (n,) samples at any finite level; NaN only where a value means nothing.

    Gain moves `loudness_db` and nothing else. Loudness is that of the whole, everything else looks at the first
    seconds from `onset` on. `offset` is the sound's `dc_offset`, where that is known already.
    """
    duration_s = len(mono) / rate
    level, peak = _level(mono, offset)
    loudness = _decibels(level, peak, rate)
    sound = level[max(0, onset) : max(0, onset) + int(_ANALYSED_S * rate)]
    if len(sound) < _FEWEST or max(float(sound.max()), -float(sound.min())) * peak < SILENCE:
        return Descriptors(duration_s, _NAN, _NAN, _NAN, _NAN, loudness)
    power, hz = _spectrum(sound, rate)
    brightness_hz, pitch_hz = _centroid(power, hz), _pitch(sound, rate)
    if math.isnan(pitch_hz) and brightness_hz < _DARK_HZ:
        pitch_hz = low_partial(sound, rate)
    return Descriptors(
        duration_s=duration_s,
        brightness_hz=brightness_hz,
        noisiness=_flatness(power, hz),
        pitch_hz=pitch_hz,
        attack_s=_attack(sound, rate),
        loudness_db=loudness,
    )


def loudness_db(mono: FloatArray, rate: int) -> float:
    """dBFS of the loudest 50 ms RMS (of the whole where it is shorter), offset taken off; at least -120."""
    return _decibels(*_level(mono), rate)


def _level(mono: FloatArray, offset: float | None = None) -> tuple[FloatArray, float]:
    """The sound with its offset taken off, and the peak that it has to be multiplied with to be as loud as it was.

    At usual levels that is 1 and the sound as it is, else the sound is brought to peak 1; zeros where there is none.
    """
    peak = max(float(mono.max()), -float(mono.min())) if len(mono) else 0.0
    if not peak > 1e-30:
        return np.zeros_like(mono), 0.0
    if _USUAL[0] < peak < _USUAL[1]:
        offset = dc_offset(mono) if offset is None else offset
        return mono if offset == 0.0 else mono - np.float32(offset), 1.0
    level = mono * np.float32(1.0 / peak)
    level -= np.float32(dc_offset(level))
    return level, peak


def _decibels(level: FloatArray, peak: float, rate: int) -> float:
    if len(level) == 0 or not peak > 0.0:
        return QUIETEST_DB
    mean_square = _loudest(level, max(1, round(LOUDNESS_WINDOW_S * rate)))
    if mean_square <= 0.0:
        return QUIETEST_DB
    return max(QUIETEST_DB, 10.0 * math.log10(mean_square) + 20.0 * math.log10(peak))


def _loudest(level: FloatArray, window: int) -> float:
    """Largest mean square of any `window` samples, found in steps of a fiftieth of it."""
    if len(level) <= window:
        return float(np.dot(level, level)) / len(level)
    step = max(1, window // 50)
    count = len(level) // step
    rows = level[: count * step].reshape(count, step)
    energy = np.einsum("ij,ij->i", rows, rows)
    total = np.concatenate(([0.0], np.cumsum(energy, dtype=np.float64)))
    width = min(window // step, count)
    best = float((total[width:] - total[:-width]).max()) / (width * step)
    last = level[-window:]
    return max(best, float(np.dot(last, last)) / window)


def _spectrum(sound: FloatArray, rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean power of (B,) bins over frames, the first of which is centred on the onset, and their hertz."""
    size = _FRAME
    while size > 256 and size > 2 * len(sound):
        size //= 2
    while size / rate < 0.015 and size < 16384:  # high rates: as fine in hertz as at 44.1 kHz
        size *= 2
    padded = np.zeros(size // 2 + max(len(sound), size // 2), dtype=np.float32)
    padded[size // 2 : size // 2 + len(sound)] = sound
    last = len(padded) - size
    count = min(_FRAMES, 1 + -(-last // (size // 2)))
    starts = np.arange(count) * last // max(1, count - 1)
    power = power_spectra(padded, starts, _window(size)).sum(axis=0).astype(np.float64) / count
    hz = np.arange(size // 2 + 1, dtype=np.float64) * (rate / size)
    return power, np.asarray(hz, dtype=np.float64)


@cache
def _window(size: int) -> FloatArray:
    return np.hanning(size + 1)[:-1].astype(np.float32)


def _centroid(power: NDArray[np.float64], hz: NDArray[np.float64]) -> float:
    total = float(power[1:].sum())
    return float(power[1:] @ hz[1:]) / total if total > 0 else _NAN


def _flatness(power: NDArray[np.float64], hz: NDArray[np.float64]) -> float:
    """Geometric over arithmetic mean of band powers between 50 Hz and 16 kHz."""
    used = power[(hz >= 50.0) & (hz <= min(16_000.0, 0.45 * 2 * hz[-1]))]
    group = max(1, len(used) // 96)  # a few bins together: one short noise is as flat as a long one
    bands = used[: len(used) // group * group].reshape(-1, group).mean(axis=1)
    mean = float(bands.mean()) if len(bands) else 0.0
    if mean <= 0.0:
        return _NAN
    return float(min(1.0, np.exp(np.log(np.maximum(bands / mean, 1e-9)).mean())))


def _attack(sound: FloatArray, rate: int) -> float:
    """Seconds from 10 % to 90 % of the peak of a 2 ms envelope, each at its first crossing."""
    step = max(1, rate // 500)
    whole = len(sound) // step
    frames, rest = sound[: whole * step].reshape(whole, step), sound[whole * step :]
    envelope = np.zeros(1 + whole + 1, dtype=np.float32)
    np.einsum("ij,ij->i", frames, frames, out=envelope[1:-1])
    envelope[-1] = np.dot(rest, rest)
    np.sqrt(envelope / np.float32(step), out=envelope)
    peak = float(envelope.max())
    low, high = (_crossing(envelope, share * peak) for share in (0.1, 0.9))
    return (high - low) * step / rate


def _crossing(envelope: FloatArray, level: float) -> float:
    after = int(np.argmax(envelope >= level))
    before = float(envelope[after - 1])
    return after - 1 + (level - before) / (float(envelope[after]) - before)


def _pitch(sound: FloatArray, rate: int) -> float:
    """Hertz of the surer of two frames by normalised autocorrelation; NaN where none is sure."""
    factor = max(1, round(rate / _PITCH_RATE))
    low_rate = rate / factor
    size = int(_PITCH_FRAME * low_rate / _PITCH_RATE)
    usable = min(len(sound) // factor, int(_PITCH_AT[-1] * low_rate) + size)
    # A plain mean of neighbours: enough of a low pass to find a period.
    low = sound[: usable * factor].reshape(usable, factor) @ np.full(factor, 1.0 / factor, dtype=np.float32)
    size = min(len(low), size)
    shortest, longest = int(low_rate / _PITCH_HIGH_HZ), min(int(low_rate / _PITCH_LOW_HZ), size // 2)
    if longest <= shortest + 2:
        return _NAN
    starts = sorted({min(len(low) - size, int(at * low_rate)) for at in _PITCH_AT})
    frames = np.stack([low[start : start + size] for start in starts])
    frames -= frames.sum(axis=1, keepdims=True) / np.float32(size)
    best_sure, best_hz = _PITCH_SURE, _NAN
    for similarity in _nsdf(frames, longest + 2):
        if similarity[shortest:longest].max() <= best_sure:
            continue
        lag, sure = _period(similarity, shortest, longest)
        if sure > best_sure:
            best_sure, best_hz = sure, low_rate / lag
    return best_hz


def _nsdf(frames: FloatArray, lags: int) -> NDArray[np.float64]:
    """(F, lags) autocorrelation over the energy of both parts, 1 where a frame (F, n) repeats itself (McLeod)."""
    count, size = frames.shape
    length = _length(size + lags)
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
def _length(least: int) -> int:
    """The next length that a Fourier transform is quick with: powers of 2 times 1, 3, 5, 9 or 15."""
    return min(factor << max(0, (-(-least // factor) - 1).bit_length()) for factor in (1, 3, 5, 9, 15))


def _period(similarity: NDArray[np.float64], shortest: int, longest: int) -> tuple[float, float]:
    """The first lag whose peak comes near the highest one, to a fraction of a sample, and how sure it is."""
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
    height = top - np.square(left - right) / (8 * bend)  # of a parabola through the three: high pitches fall between
    which = int(np.argmax(height >= 0.93 * height.max()))
    shift = 0.5 * (left[which] - right[which]) / bend[which]
    return first + int(peaks[which]) + float(shift), float(height[which])

"""Descriptors of one sound: duration, brightness, noisiness, pitch, attack and loudness."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import power_spectra
from tui_browser.dsp.pitch import low_partial, periodic_pitch
from tui_browser.dsp.trim import SILENCE, dc_offset
from tui_browser.records import Descriptors, FloatArray

QUIETEST_DB = -120.0
"""Loudness of digital silence; finite, so that it can be sorted."""
LOUDNESS_WINDOW_S = 0.05

_NAN = float("nan")
_ANALYSED_S = 4.0
"""Length after the onset that brightness, noisiness, pitch and attack are measured on."""
_SAFE_PEAKS = (1e-2, 1e2)
"""Peaks whose squares lose no precision in float32."""
_MIN_SAMPLES = 16
"""Shorter sounds have a loudness only."""
_FRAME = 1024
_FRAMES = 16
_DARK_HZ = 3000.0
"""Sounds of lower brightness may get the pitch of a single low partial."""


def describe(mono: FloatArray, rate: int, *, onset: int, offset: float | None = None) -> Descriptors:
    """Descriptors of a sound (n,) at any finite level; NaN where undefined.

    Gain changes `loudness_db` only. Loudness is measured on the whole sound, everything else on the first seconds from
    sample `onset`. `offset` is the sound's `dc_offset`, if it is known already.
    """
    duration_s = len(mono) / rate
    level, peak = _level(mono, offset)
    loudness = _decibels(level, peak, rate)
    sound = level[max(0, onset) : max(0, onset) + int(_ANALYSED_S * rate)]
    if len(sound) < _MIN_SAMPLES or max(float(sound.max()), -float(sound.min())) * peak < SILENCE:
        return Descriptors(duration_s, _NAN, _NAN, _NAN, _NAN, loudness)
    power, hz = _spectrum(sound, rate)
    brightness_hz, pitch_hz = _centroid(power, hz), periodic_pitch(sound, rate)
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
    """RMS of the loudest 50 ms (of the whole if shorter) in dBFS, without DC offset; at least -120."""
    return _decibels(*_level(mono), rate)


def _level(mono: FloatArray, offset: float | None = None) -> tuple[FloatArray, float]:
    """The sound without DC offset, and the factor that restores its level.

    At safe levels the factor is 1; other sounds are normalised to a peak of 1. Silence gives zeros and 0.
    """
    peak = max(float(mono.max()), -float(mono.min())) if len(mono) else 0.0
    if not peak > 1e-30:
        return np.zeros_like(mono), 0.0
    if _SAFE_PEAKS[0] < peak < _SAFE_PEAKS[1]:
        offset = dc_offset(mono) if offset is None else offset
        return mono if offset == 0.0 else mono - np.float32(offset), 1.0
    level = mono * np.float32(1.0 / peak)
    level -= np.float32(dc_offset(level))
    return level, peak


def _decibels(level: FloatArray, peak: float, rate: int) -> float:
    if len(level) == 0 or not peak > 0.0:
        return QUIETEST_DB
    mean_square = _largest_mean_square(level, max(1, round(LOUDNESS_WINDOW_S * rate)))
    if mean_square <= 0.0:
        return QUIETEST_DB
    return max(QUIETEST_DB, 10.0 * math.log10(mean_square) + 20.0 * math.log10(peak))


def _largest_mean_square(level: FloatArray, window: int) -> float:
    """Largest mean square of any `window` samples, searched in steps of a fiftieth of a window."""
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
    """(B,) mean power of bins over the frames, the first centred on the onset; and (B,) their frequencies in Hz."""
    size = _FRAME
    while size > 256 and size > 2 * len(sound):
        size //= 2
    while size / rate < 0.015 and size < 16384:  # keeps the frequency resolution of 44.1 kHz at higher rates
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
    """Ratio of geometric to arithmetic mean of band powers between 50 Hz and 16 kHz."""
    used = power[(hz >= 50.0) & (hz <= min(16_000.0, 0.45 * 2 * hz[-1]))]
    group = max(1, len(used) // 96)  # averaging bins makes short noise as flat as long noise
    bands = used[: len(used) // group * group].reshape(-1, group).mean(axis=1)
    mean = float(bands.mean()) if len(bands) else 0.0
    if mean <= 0.0:
        return _NAN
    return float(min(1.0, np.exp(np.log(np.maximum(bands / mean, 1e-9)).mean())))


def _attack(sound: FloatArray, rate: int) -> float:
    """Seconds between the first crossings of 10 % and 90 % of the peak of a 2 ms envelope."""
    step = max(1, rate // 500)
    whole = len(sound) // step
    frames, remainder = sound[: whole * step].reshape(whole, step), sound[whole * step :]
    envelope = np.zeros(1 + whole + 1, dtype=np.float32)
    np.einsum("ij,ij->i", frames, frames, out=envelope[1:-1])
    envelope[-1] = np.dot(remainder, remainder)
    np.sqrt(envelope / np.float32(step), out=envelope)
    peak = float(envelope.max())
    low, high = (_crossing(envelope, share * peak) for share in (0.1, 0.9))
    return (high - low) * step / rate


def _crossing(envelope: FloatArray, level: float) -> float:
    after = int(np.argmax(envelope >= level))
    before = float(envelope[after - 1])
    return after - 1 + (level - before) / (float(envelope[after]) - before)

"""Waveform augmentation: how the same sound differs between real sample libraries.

Each function takes and returns a mono float32 sound that starts at its onset. Augmentations that would change the class
are limited for that class: a shortened open hat is a closed hat, a kick an octave higher is a tom.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tui_browser.records import CLASSES, FloatArray

Rng = np.random.Generator

_LONG = frozenset(CLASSES.index(name) for name in ("hat_open", "cymbal"))
_SHORT = frozenset(CLASSES.index(name) for name in ("hat_closed",))
_PITCHED = frozenset(CLASSES.index(name) for name in ("kick", "tom"))


def augment_waveform(
    sound: FloatArray, label: int, rng: Rng, *, rate: int, other: FloatArray | None = None
) -> FloatArray:
    """A random variation of a sound of class `label`; `other`, a sound of the same class, may be mixed into it."""
    augmentations: list[tuple[float, Callable[[FloatArray], FloatArray]]] = [
        (0.15, lambda x: _layer(x, other, rng)),
        (0.75, lambda x: _change_speed(x, label, rng)),
        (0.35, lambda x: _shorten(x, label, rng, rate=rate)),
        (0.10, lambda x: _comb_filter(x, rng, rate=rate)),
        (0.30, lambda x: _distort(x, rng)),
        (0.15, lambda x: _compress(x, rng, rate=rate)),
        (0.20, lambda x: _add_reverb(x, label, rng, rate=rate)),
        (0.25, lambda x: _lower_sample_rate(x, rng, rate=rate)),
        (0.20, lambda x: _quantise(x, rng)),
        (0.25, lambda x: _add_noise(x, rng)),
        (0.50, lambda x: _shift_onset(x, rng, rate=rate)),
    ]
    sound = _normalise(sound)
    for probability, augmentation in augmentations:
        if rng.random() < probability:
            sound = _normalise(augmentation(sound))
    return sound


def _normalise(x: FloatArray) -> FloatArray:
    peak = np.float32(np.abs(x).max(initial=0.0))
    return np.asarray(x / peak if peak > 1e-30 else x, dtype=np.float32)


def _layer(x: FloatArray, other: FloatArray | None, rng: Rng) -> FloatArray:
    if other is None or not len(other):
        return x
    out = np.zeros(max(len(x), len(other)), dtype=np.float32)
    out[: len(x)] = x
    out[: len(other)] += _normalise(other) * np.float32(10 ** (-rng.uniform(0, 18) / 20))
    return out


def _change_speed(x: FloatArray, label: int, rng: Rng) -> FloatArray:
    """Change speed and pitch together, as a sampler's keys do."""
    import soxr

    limit = 0.25 if label in _PITCHED else 0.5
    octaves = float(np.clip(rng.normal(0, 0.2), -limit, limit))
    if abs(octaves) < 0.01:
        return x
    resampled = np.asarray(soxr.resample(x, 1000.0 * 2**octaves, 1000.0, quality="LQ"), dtype=np.float32)
    return resampled if len(resampled) else x


def _shorten(x: FloatArray, label: int, rng: Rng, *, rate: int) -> FloatArray:
    """Cut the end with a short fade, or add a faster decay."""
    min_s = 0.45 if label in _LONG else 0.06
    keep = int(rate * max(min_s, rng.exponential(0.35)))
    if rng.random() < 0.5 and len(x) > keep:
        x = x[:keep].copy()
        fade = min(len(x), int(rate * rng.uniform(0.001, 0.03)))
        x[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        return x
    seconds = rng.uniform(0.5 if label in _LONG else 0.08, 2.0)
    return np.asarray(
        x * np.exp(np.arange(len(x), dtype=np.float32) * np.float32(-3.0 / (seconds * rate))).astype(np.float32),
        dtype=np.float32,
    )


def _comb_filter(x: FloatArray, rng: Rng, *, rate: int) -> FloatArray:
    """Add a delayed copy, as a near wall or a flanger does."""
    delay = int(rate * rng.uniform(0.0004, 0.008))
    out = np.concatenate([x, np.zeros(delay, dtype=np.float32)])
    out[delay:] += x * np.float32(rng.uniform(-0.7, 0.7))
    return out


def _distort(x: FloatArray, rng: Rng) -> FloatArray:
    gain = np.float32(10 ** (rng.uniform(0, 26) / 20))
    if rng.random() < 0.3:
        return np.asarray(np.clip(x * gain, -1, 1), dtype=np.float32)
    bias = np.float32(rng.uniform(0, 0.3))
    return np.asarray(np.tanh(x * gain + bias) - np.tanh(bias), dtype=np.float32)


def _compress(x: FloatArray, rng: Rng, *, rate: int) -> FloatArray:
    """Reduce the gain of loud parts after an attack time, so that the tail comes up."""
    block = max(1, int(rate * rng.uniform(0.003, 0.015)))
    count = -(-len(x) // block)
    level = np.abs(np.pad(x, (0, count * block - len(x)))).reshape(count, block).max(axis=1) + 1e-3
    gain = (level / level.max()) ** np.float32(-rng.uniform(0.2, 0.6))
    gain = np.minimum(gain, 10.0)
    return x * np.asarray(np.interp(np.arange(len(x)) / block, np.arange(count) + 1.0, gain), dtype=np.float32)


def _add_reverb(x: FloatArray, label: int, rng: Rng, *, rate: int) -> FloatArray:
    """Convolve with decaying low-passed noise, a model of a room."""
    seconds = rng.uniform(0.05, 0.12 if label in _SHORT else 0.7)
    tail = rng.standard_normal(int(rate * seconds)).astype(np.float32)
    tail *= np.exp(np.linspace(0, -6.0, len(tail), dtype=np.float32))
    size = 1 << int(len(x) + len(tail) - 1).bit_length()
    spectrum = np.fft.rfft(tail, size)
    corner = rng.uniform(0.05, 0.8) * len(spectrum)
    spectrum /= 1.0 + (np.arange(len(spectrum), dtype=np.float32) / np.float32(corner)) ** 2
    wet = np.asarray(np.fft.irfft(np.fft.rfft(x, size) * spectrum, size)[: len(x) + len(tail)], dtype=np.float32)
    wet *= np.float32(10 ** (-rng.uniform(8, 28) / 20) / max(float(np.abs(wet).max()), 1e-9))
    wet[: len(x)] += x
    return wet


def _lower_sample_rate(x: FloatArray, rng: Rng, *, rate: int) -> FloatArray:
    """Reduce the sample rate, band-limited or by sample-and-hold with its images."""
    import soxr

    lower = float(np.exp(rng.uniform(np.log(9000), np.log(30000))))
    if rng.random() < 0.5:
        small = soxr.resample(x, rate, lower, quality="LQ")
        back = np.asarray(soxr.resample(small, lower, rate, quality="LQ"), dtype=np.float32)
        return back if len(back) else x
    return np.asarray(
        x[(np.floor(np.arange(len(x)) * (lower / rate)) * (rate / lower)).astype(np.intp)], dtype=np.float32
    )


def _quantise(x: FloatArray, rng: Rng) -> FloatArray:
    """Quantise to 8 to 12 bits, linearly or by mu-law."""
    steps = np.float32(2 ** (rng.integers(7, 12)))
    level = np.float32(10 ** (-rng.uniform(0, 12) / 20))
    x = x * level
    if rng.random() < 0.4:
        mu = np.float32(255.0)
        curved = np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)
        held = np.round(curved * 127) / np.float32(127)
        return np.asarray(np.sign(held) * np.expm1(np.abs(held) * np.log1p(mu)) / mu, dtype=np.float32)
    return np.asarray(np.round(x * steps) / steps, dtype=np.float32)


def _add_noise(x: FloatArray, rng: Rng) -> FloatArray:
    """Add a floor of white or brown noise."""
    noise: FloatArray = rng.standard_normal(len(x)).astype(np.float32)
    if rng.random() < 0.4:
        noise = np.cumsum(noise, dtype=np.float32)
        noise -= np.linspace(noise[0], noise[-1], len(noise), dtype=np.float32)
    noise /= max(float(np.abs(noise).max(initial=0.0)), 1e-9)
    return x + noise * np.float32(10 ** (-rng.uniform(28, 70) / 20))


def _shift_onset(x: FloatArray, rng: Rng, *, rate: int) -> FloatArray:
    """Shift the onset slightly, as detection errors do."""
    shift = int(rate * rng.uniform(-0.0015, 0.004))
    return x[-shift:] if shift < 0 and len(x) > -4 * shift else np.pad(x, (max(0, shift), 0))

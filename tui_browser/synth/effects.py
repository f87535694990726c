"""Effects of a recording chain: distortion, reverb, gates, converters, tape."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth import noise
from tui_browser.synth.signal import RATE, add_at, chance, log_uniform, n_samples, normalise, time_axis, uniform


def drive(sound: FloatArray, amount: float, *, lean: float = 0.0) -> FloatArray:
    """Soft clipping; `amount` 0 does nothing, `lean` makes it asymmetric."""
    if amount <= 0:
        return sound
    gain = np.float32(1 + amount)
    shifted = normalise(sound) * gain + np.float32(lean)
    bent: FloatArray = np.tanh(shifted) - np.tanh(np.float32(lean))
    return bent


def crush(sound: FloatArray, bits: float) -> FloatArray:
    """The sound quantised to `bits`, which need not be an integer."""
    steps = np.float32(2.0 ** (bits - 1))
    return (np.round(normalise(sound) * steps) / steps).astype(np.float32, copy=False)


def hold(sound: FloatArray, rate_hz: float) -> FloatArray:
    """Sample-and-hold at `rate_hz` without a reconstruction filter, so that images remain."""
    if rate_hz >= RATE:
        return sound
    step = rate_hz / RATE
    at = (np.floor(np.arange(len(sound)) * step) / step).astype(np.intp)
    held: FloatArray = sound[np.minimum(at, len(sound) - 1)]
    return held


def room_impulse(rng: np.random.Generator, seconds: float, *, tone_hz: float, early: float = 1.0) -> FloatArray:
    """Impulse response of a room without the direct sound: early reflections and a tail with T60 = `seconds`."""
    n = n_samples(0.75 * seconds)
    size_s = uniform(rng, 0.004, 0.03) * min(1.0, 0.3 + seconds)
    absorption = uniform(rng, 0.2, 0.9)
    tail = noise.decaying(rng, n, noise.lowpass(tone_hz), tau=seconds / 6.9, faster=absorption, pivot=1500.0)
    tail *= np.minimum(time_axis(n) / np.float32(size_s), 1.0)
    tail *= np.float32(1.0 / (np.sqrt(float((tail * tail).sum())) + 1e-9))
    for _ in range(int(rng.integers(4, 12))):
        at = n_samples(size_s * uniform(rng, 0.3, 2.5))
        if at < n:
            tail[at] += np.float32(early * uniform(rng, -0.4, 0.4))
    return tail


def room(sound: FloatArray, impulse: FloatArray, wet: float) -> FloatArray:
    """The sound with reverb; `wet` is the RMS ratio of reverb to direct sound."""
    n = len(sound) + len(impulse) - 1
    size = noise.fast_length(n)
    spectrum = noise.filtered(sound, size) * noise.filtered(impulse, size)
    reverberant = np.fft.irfft(spectrum, size)[:n].astype(np.float32, copy=False)
    energy = float(reverberant @ reverberant) + 1e-12
    reverberant *= np.float32(wet * np.sqrt(float(sound @ sound) / energy))
    reverberant[: len(sound)] += sound
    return reverberant


def gate(sound: FloatArray, seconds: float, release: float = 0.01) -> FloatArray:
    """The sound cut after `seconds`, with a fade of `release` seconds."""
    n = min(len(sound), n_samples(seconds + release))
    closed = sound[:n].copy()
    tail = min(n_samples(release), n)
    closed[n - tail :] *= np.linspace(1, 0, tail, dtype=np.float32)
    return closed


def tape(rng: np.random.Generator, sound: FloatArray, hiss_db: float) -> FloatArray:
    """Hiss, saturation and wow, as on a cassette."""
    n = len(sound)
    time = np.arange(n, dtype=np.float64)
    waver = uniform(rng, 0.5, 6) * np.sin(time * (2 * np.pi * uniform(rng, 2, 8) / RATE) + rng.random() * 6.28)
    bent = np.interp(time + waver, time, sound).astype(np.float32)
    level = np.float32(10 ** (hiss_db / 20) * float(np.abs(bent).max(initial=0)))
    return drive(bent, uniform(rng, 0.2, 1.2)) + level * noise.coloured(
        rng, n, noise.highpass(log_uniform(rng, 200, 4000))
    )


def echo(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
    """Three fading repeats."""
    gap = n_samples(log_uniform(rng, 0.05, 0.25))
    out = np.zeros(len(sound) + 3 * gap, dtype=np.float32)
    feedback = uniform(rng, 0.2, 0.55)
    for turn in range(4):
        add_at(out, sound, turn * gap, feedback**turn)
    return out


def finish(rng: np.random.Generator, sound: FloatArray, *, floor_db: float = -62.0) -> FloatArray:
    """The sound trimmed to its audible part, faded out, sometimes cropped, with a random peak of 0.3 to 1."""
    offset = float(sound.mean())
    sound = normalise(sound - np.float32(offset) if abs(offset) > 0.02 else sound)
    loud = np.flatnonzero(np.abs(sound) > 10 ** (floor_db / 20))
    if len(loud) == 0:
        return sound
    start = max(int(loud[0]) - int(rng.integers(0, 90)), 0)
    sound = sound[start : int(loud[-1]) + 1]
    if chance(rng, 0.08):
        sound = sound[: max(int(len(sound) * uniform(rng, 0.35, 0.8)), 441)]
    tail = min(len(sound) // 4, n_samples(uniform(rng, 0.001, 0.02)))
    sound = sound.copy()
    if tail:
        sound[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
    level = np.float32(uniform(rng, 0.3, 1.0))  # rounding must not exceed full scale
    levelled: FloatArray = np.minimum(np.maximum(sound * level, np.float32(-1)), np.float32(1))
    return levelled

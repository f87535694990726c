"""Pitched sounds: basses, leads, plucks, bells, chords, pads, voices, calls."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth import effects, noise
from tui_browser.synth.signal import (
    RATE,
    add_at,
    chance,
    decay,
    layer,
    log_uniform,
    modal_bank,
    n_samples,
    normalise,
    oscillator_phase,
    uniform,
    weighted_choice,
)
from tui_browser.synth.styles import KitStyle


def partials(
    rng: np.random.Generator, n: int, pitch: float, *, slope: float, odd: bool = False, tau: float = np.inf
) -> FloatArray:
    """(n,) harmonic tone; partial k has amplitude 1 / k ** slope, higher partials decay faster if `tau` is finite."""
    order = np.arange(1, max(2, min(80, int(16000 / pitch))), 2 if odd else 1)
    return modal_bank(
        n, (pitch * order).astype(np.float64), tau / order**0.7, order**-slope, phases=rng.random(len(order)) * 0.1
    )


def envelope(rng: np.random.Generator, n: int) -> FloatArray:
    """(n,) a random envelope with attack, sustain and release."""
    level = np.ones(n, dtype=np.float32)
    rise, end = int(n * uniform(rng, 0.005, 0.3)) + 1, int(n * uniform(rng, 0.05, 0.5)) + 1
    level[:rise] = np.linspace(0, 1, rise, dtype=np.float32)
    level[-end:] *= np.linspace(1, 0, end, dtype=np.float32) ** 2
    return level


def bass(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """A bass note: an oscillator through a closing low-pass filter."""
    n = n_samples(log_uniform(rng, 0.15, 2.0))
    pitch = log_uniform(rng, 32, 130)
    raw = partials(rng, n, pitch, slope=uniform(rng, 0.9, 2.0), odd=chance(rng, 0.3))
    dull = noise.apply(raw, noise.lowpass(pitch * uniform(rng, 1.5, 5), uniform(rng, 0.7, 4)))
    bright = noise.apply(raw, noise.lowpass(pitch * uniform(rng, 6, 25), uniform(rng, 0.7, 4)))
    blend = decay(n, log_uniform(rng, 0.03, 0.4))
    return effects.drive((dull + (bright - dull) * blend) * envelope(rng, n), log_uniform(rng, 0.02, 2))


def lead(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """A lead note: saw, pulse, FM or a folded sine, with slight vibrato."""
    n = n_samples(log_uniform(rng, 0.2, 2.0))
    pitch = log_uniform(rng, 130, 1200)
    bent = pitch * (1 + uniform(rng, 0, 0.012) * np.sin(np.arange(n) * (2 * np.pi * uniform(rng, 4, 7) / RATE)))
    phase = oscillator_phase(bent, n)
    shape = weighted_choice(rng, {"saw": 1.0, "pulse": 1.0, "fm": 1.0, "fold": 0.6})
    if shape == "saw":
        tone = phase * 2 - 1
    elif shape == "pulse":
        tone = np.where(phase < uniform(rng, 0.1, 0.5), 1.0, -1.0).astype(np.float32)
    elif shape == "fm":
        swell = np.float32(log_uniform(rng, 0.1, 1.2)) * decay(n, log_uniform(rng, 0.05, 1.0))
        tone = np.sin((phase + swell * np.sin(phase * np.float32(6.283 * int(rng.integers(1, 8))))) * np.float32(6.283))
    else:
        tone = np.sin(np.sin(phase * np.float32(6.283)) * np.float32(uniform(rng, 1, 8)))
    return noise.apply(tone * envelope(rng, n), noise.lowpass(pitch * uniform(rng, 2, 20), uniform(rng, 0.7, 3)))


def pluck(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """A plucked string: partials that decay faster the higher they are."""
    pitch = log_uniform(rng, 80, 1600)
    n = n_samples(log_uniform(rng, 0.2, 2.0))
    tone = partials(rng, n, pitch, slope=uniform(rng, 0.6, 2.0), tau=log_uniform(rng, 0.1, 1.0))
    pick_noise = noise.burst(rng, 0.02, noise.bandpass(pitch * 4, 1))
    return layer(normalise(tone), normalise(pick_noise) * np.float32(uniform(rng, 0, 0.3)))


def mallet(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Marimbas, glocks, music boxes, kalimbas, triangles, gongs: bars and bells with a clear pitch."""
    table = (
        (1, 3.93, 9.54, 17.0),
        (1, 2.756, 5.404, 8.933, 13.34),
        (1, 2, 3, 4.2, 5.4),
        (0.5, 1, 1.2, 1.5, 2, 2.6, 3, 4.1),
        (1, 6.27, 17.5),
    )
    ratios = np.array(table[int(rng.integers(len(table)))]) * (1 + 0.01 * rng.standard_normal())
    pitch = log_uniform(rng, 90, 2500)
    tau = log_uniform(rng, 0.08, 1.2)
    n = n_samples(min(tau * 6, 3.5))
    loud = rng.uniform(0.1, 1, len(ratios)) / ratios**0.5
    return modal_bank(n, pitch * ratios, tau / ratios ** uniform(rng, 0.3, 1.2), loud)


def chord(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """A chord, held or stabbed."""
    root = log_uniform(rng, 90, 400)
    steps = ((0, 4, 7), (0, 3, 7), (0, 3, 7, 10), (0, 4, 7, 11), (0, 5, 7), (0, 7, 12))[int(rng.integers(6))]
    n = n_samples(log_uniform(rng, 0.15, 2.5))
    level = envelope(rng, n) if chance(rng, 0.5) else decay(n, log_uniform(rng, 0.05, 0.6))
    total = np.zeros(n, dtype=np.float32)
    slope = uniform(rng, 0.8, 1.8)
    for step in steps:
        total += partials(rng, n, root * 2 ** (step / 12) * (1 + 0.003 * rng.standard_normal()), slope=slope)
    return noise.apply(total * level, noise.lowpass(log_uniform(rng, 500, 9000), uniform(rng, 0.6, 2)))


def pad(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """A slow swell of detuned voices."""
    n = n_samples(log_uniform(rng, 1.0, 3.5))
    pitch = log_uniform(rng, 70, 500)
    total = np.zeros(n, dtype=np.float32)
    for voice in range(int(rng.integers(2, 5))):
        detuned = pitch * (1 + 0.006 * rng.standard_normal()) * (1, 1, 1.5, 2)[voice % 4]
        total += partials(rng, n, detuned, slope=uniform(rng, 0.9, 1.6))
    total += np.float32(uniform(rng, 0, 1)) * noise.coloured(rng, n, noise.bandpass(pitch * 4, 2))
    swell = np.abs(np.sin(np.linspace(0, np.pi, n, dtype=np.float32))) ** np.float32(uniform(rng, 0.3, 1.5))
    return noise.apply(total, noise.lowpass(log_uniform(rng, 600, 6000))) * swell


def voice(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """A short voice: a buzzing source through two vowels' formants, cross-faded."""
    n = n_samples(log_uniform(rng, 0.12, 1.2))
    base = log_uniform(rng, 85, 380)
    drift = np.interp(np.arange(n), np.linspace(0, n, 5), base * (1 + 0.12 * rng.standard_normal(5)))
    source = (1 - 2 * oscillator_phase(drift, n)) + np.float32(log_uniform(rng, 0.02, 0.8)) * noise.white(rng, n)
    vowels = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
    size = log_uniform(rng, 0.85, 1.4)
    spoken = []
    for vowel in (vowels[int(rng.integers(5))], vowels[int(rng.integers(5))]):
        parts = [noise.bandpass(formant * size, uniform(rng, 5, 14)) for formant in vowel]
        spoken.append(sum(noise.apply(source, part) / (k + 1) for k, part in enumerate(parts)))
    blend = np.linspace(0, 1, n, dtype=np.float32)
    sound = (spoken[0] * (1 - blend) + spoken[1] * blend) * envelope(rng, n)
    if chance(rng, 0.5):
        hiss = noise.burst(
            rng, log_uniform(rng, 0.03, 0.15), noise.bandpass(log_uniform(rng, 2500, 7500), 1.0), tau=0.05
        )
        late = np.zeros(len(hiss) + n, dtype=np.float32)
        add_at(late, hiss, 0, uniform(rng, 0.05, 0.4))
        add_at(late, normalise(np.asarray(sound, dtype=np.float32)), int(len(hiss) * 0.7))
        return late
    return np.asarray(sound, dtype=np.float32)


def cycle(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """A single-cycle waveform, or two cycles."""
    n = int(rng.integers(200, 1400))
    order = np.arange(1, 24)
    amplitude = rng.random(23) / order ** uniform(rng, 0.5, 2)
    turn = np.arange(n, dtype=np.float64) * int(rng.integers(1, 3)) / n
    wave = (amplitude[:, None] * np.sin(2 * np.pi * (order[:, None] * turn + rng.random(23)[:, None]))).sum(0)
    return np.asarray(wave, dtype=np.float32)


def call(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Chirps, barks, whistles: a short pitch curve with overtones, repeated up to four times."""
    n = n_samples(log_uniform(rng, 0.05, 0.4))
    pitch = log_uniform(rng, 250, 5000)
    curve = np.interp(np.arange(n), np.linspace(0, n, 4), pitch * 2 ** (0.5 * rng.standard_normal(4)))
    phase = oscillator_phase(curve, n) * np.float32(6.283)
    call = np.sin(phase + np.float32(uniform(rng, 0, 2)) * np.sin(phase)) * np.hanning(n).astype(np.float32)
    call += np.float32(uniform(rng, 0, 0.3)) * noise.white(rng, n) * np.abs(call)
    total = np.zeros(n * 6, dtype=np.float32)
    for turn in range(int(rng.integers(1, 5))):
        add_at(total, call, int(turn * n * uniform(rng, 1.0, 1.5)))
    return total

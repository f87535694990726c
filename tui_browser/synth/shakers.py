"""Shakers, maracas, cabasas and tambourines: many small impacts shaped by one gesture."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth import noise
from tui_browser.synth.signal import (
    RATE,
    add_at,
    chance,
    decay,
    from_db,
    layer,
    log_uniform,
    modal_bank,
    n_samples,
    normalise,
    uniform,
    weighted_choice,
)
from tui_browser.synth.styles import KitStyle


def shaker(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """Beads or jingles moved by hand: a soft onset and a grainy body."""
    if style.engine != "acoustic" and not chance(rng, 0.35):
        return _machine_maracas(rng, style)
    make = weighted_choice(rng, {_beads: 0.5, _cabasa: 0.15, _tambourine: 0.35})
    return make(rng, style)


def _gesture(rng: np.random.Generator, seconds: float) -> FloatArray:
    """(n,) strength of the shaking: one or two swells."""
    n = n_samples(seconds)
    time = np.linspace(0, 1, n, dtype=np.float32)
    top = uniform(rng, 0.2, 0.65)
    rising = (time / np.float32(top)).clip(max=1) ** np.float32(log_uniform(rng, 0.8, 3.0))
    falling = ((1 - time) / np.float32(1 - top)).clip(0, 1) ** np.float32(log_uniform(rng, 1.0, 4.0))
    level: FloatArray = (rising * falling).astype(np.float32)
    if chance(rng, 0.3):
        again = np.zeros(n + int(n * uniform(rng, 0.4, 0.9)), dtype=np.float32)
        add_at(again, level, 0, uniform(rng, 0.15, 0.8))
        add_at(again, level, len(again) - n)
        return again
    return level


def _machine_maracas(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    rise = log_uniform(rng, 0.004, 0.045)
    tau = log_uniform(rng, 0.006, 0.05) * style.length**0.4
    n = n_samples(rise + tau * 7)
    level = decay(n, tau, attack=rise)
    filters = [noise.highpass(log_uniform(rng, 2500, 7500), uniform(rng, 0.7, 1.5))]
    if chance(rng, 0.6):
        filters.append(noise.bandpass(log_uniform(rng, 4000, 9500), log_uniform(rng, 0.6, 3.0)))
    sound = noise.coloured(rng, n, *filters) * level
    if chance(rng, 0.25):
        double = np.zeros(n + n_samples(rise + tau * 3), dtype=np.float32)
        add_at(double, sound, 0, uniform(rng, 0.2, 0.8))
        add_at(double, sound, len(double) - n)
        return double
    return sound


def _beads(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    level = _gesture(rng, log_uniform(rng, 0.05, 0.4) * style.length**0.3)
    n = len(level) + n_samples(0.05)
    density = np.zeros(n, dtype=np.float32)
    density[: len(level)] = level * np.float32(log_uniform(rng, 1500, 30000))
    body = log_uniform(rng, 3000, 10000)
    filters = [noise.bandpass(body, log_uniform(rng, 0.7, 4.0)), noise.highpass(log_uniform(rng, 900, 4000))]
    if chance(rng, 0.5):
        filters.append(noise.bell(body * uniform(rng, 0.3, 0.7), 3, uniform(rng, 0, 9)))
    hits = noise.grains(rng, density)
    hits[: len(level)] *= np.float32(0.3) + level
    return noise.apply(hits, *filters)


def _cabasa(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    level = _gesture(rng, log_uniform(rng, 0.06, 0.5))
    n = len(level)
    teeth = log_uniform(rng, 40, 300)
    comb = np.float32(0.4) + np.float32(0.6) * (np.modf(np.arange(n) * (teeth / RATE))[0] < uniform(rng, 0.2, 0.6))
    filters = [
        noise.highpass(log_uniform(rng, 2500, 6500)),
        noise.bell(log_uniform(rng, 4000, 11000), 1.0, uniform(rng, 3, 12)),
    ]
    sound: FloatArray = noise.coloured(rng, n, *filters) * level * comb.astype(np.float32)
    return sound


def _tambourine(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Jingles: bright metallic modes excited many times."""
    pairs = int(rng.integers(8, 40))
    tau = log_uniform(rng, 0.015, 0.12)
    ring_n = n_samples(tau * 6)
    pitches = log_uniform(rng, 2800, 5000) * rng.uniform(1.0, 3.6, pairs)
    ring = modal_bank(ring_n, pitches, tau * rng.uniform(0.4, 1.3, pairs), rng.standard_normal(pairs))
    hit = chance(rng, 0.6)
    if hit:
        gesture = decay(n_samples(log_uniform(rng, 0.04, 0.25)), log_uniform(rng, 0.01, 0.07))
    else:
        gesture = _gesture(rng, log_uniform(rng, 0.1, 0.4))
    strokes = noise.grains(rng, gesture * np.float32(log_uniform(rng, 300, 6000)))
    if hit:
        strokes[0] = 1.0
    sound = noise.convolve(strokes, ring, noise.highpass(log_uniform(rng, 1600, 4500)))
    parts = [normalise(sound)]
    if hit and chance(rng, 0.6):
        skin = noise.burst(
            rng, 0.08, noise.bandpass(log_uniform(rng, 200, 1800), 0.8), tau=log_uniform(rng, 0.004, 0.02)
        )
        parts.append(normalise(skin) * np.float32(from_db(uniform(rng, -24, -6))))
    return layer(*parts)

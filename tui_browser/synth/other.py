"""Sounds of the class `other`: the pitched sounds of `tones`, noises, effects, hand drums, loops, found sounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth import effects, noise
from tui_browser.synth.drums import kick, membrane, tom
from tui_browser.synth.metals import hat_closed, hat_open
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
    oscillator_phase,
    sine,
    uniform,
    weighted_choice,
)
from tui_browser.synth.snares import snare
from tui_browser.synth.styles import KitStyle
from tui_browser.synth.tones import bass, call, chord, cycle, envelope, lead, mallet, pad, pluck, voice


def other(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A sound outside the ten percussion classes."""
    return weighted_choice(rng, _SOUNDS)(rng, style)


def _steady_noise(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    n = n_samples(log_uniform(rng, 0.3, 3.0))
    filters = [noise.tilt(uniform(rng, -7, 2))]
    if chance(rng, 0.4):
        filters.append(noise.bandpass(log_uniform(rng, 150, 9000), log_uniform(rng, 0.5, 10)))
    flutter = np.float32(1) + np.float32(uniform(rng, 0, 0.9)) * sine(log_uniform(rng, 0.5, 40), n)
    return noise.coloured(rng, n, *filters) * flutter * envelope(rng, n)


def _riser(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    n = n_samples(log_uniform(rng, 0.6, 3.5))
    low, high = log_uniform(rng, 60, 500), log_uniform(rng, 800, 9000)
    path = low * (high / low) ** np.linspace(0, 1, n) ** uniform(rng, 0.6, 2.0)
    swell = np.linspace(0, 1, n, dtype=np.float32) ** np.float32(uniform(rng, 0.7, 3))
    tone = np.sin(oscillator_phase(path, n) * np.float32(6.283)) * np.float32(uniform(rng, 0, 1))
    hiss = noise.coloured(rng, n, noise.highpass(log_uniform(rng, 200, 4000))) * np.float32(uniform(rng, 0.1, 0.7))
    sound = (tone + hiss) * swell
    return np.ascontiguousarray(sound[::-1]) if chance(rng, 0.4) else sound


def _reversed(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    make = weighted_choice(rng, {hat_open: 1.0, snare: 1.0, tom: 0.5, mallet: 1.0, pluck: 1.0})
    return np.ascontiguousarray(make(rng, style)[::-1])


def _zap(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    n = n_samples(log_uniform(rng, 0.06, 0.8))
    start, end = log_uniform(rng, 800, 9000), log_uniform(rng, 60, 800)
    if chance(rng, 0.25):
        start, end = end, start
    path = end + (start - end) * np.exp(-np.arange(n) / RATE / log_uniform(rng, 0.01, 0.25))
    if chance(rng, 0.4):
        path = path * (1 + uniform(rng, 0.1, 0.8) * np.sin(np.arange(n) * (6.283 * log_uniform(rng, 8, 300) / RATE)))
    phase = oscillator_phase(np.maximum(path, 20), n)
    tone = np.sin(phase * np.float32(6.283)) if chance(rng, 0.6) else np.where(phase < 0.5, 1, -1).astype(np.float32)
    return tone * envelope(rng, n) * decay(n, log_uniform(rng, 0.1, 0.6))


def _game(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Blips, coins and power-ups of early computer games."""
    notes = int(rng.integers(1, 9))
    each = n_samples(log_uniform(rng, 0.03, 0.15))
    pitch, step = log_uniform(rng, 200, 1500), 2 ** (int(rng.integers(-7, 13)) / 12)
    path = np.repeat([np.clip(pitch * step**i, 60, 8000) for i in range(notes)], each)
    phase = oscillator_phase(path, len(path))
    tone = np.where(phase < (0.5, 0.25, 0.125)[int(rng.integers(3))], 1.0, -1.0).astype(np.float32)
    return tone * envelope(rng, len(tone))


def _wood(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Claves, wood blocks, agogos, bottles, coins: one or more taps on a hard object."""
    hard = log_uniform(rng, 250, 4200)
    ratios = np.concatenate([[1.0], np.sort(rng.uniform(1.4, 6, int(rng.integers(1, 6))))])
    tau = log_uniform(rng, 0.004, 0.12)
    tap = modal_bank(n_samples(tau * 8), hard * ratios, tau / ratios**0.7, rng.uniform(0.1, 1, len(ratios)) / ratios)
    click = noise.burst(rng, 0.008, noise.bandpass(hard * 2, 1), tau=0.001)
    tap = layer(normalise(tap), normalise(click) * np.float32(uniform(rng, 0, 0.4)))
    if chance(rng, 0.75):
        return tap
    total = np.zeros(n_samples(0.9), dtype=np.float32)
    at, gap = 0.0, log_uniform(rng, 0.02, 0.12)
    while at < 0.8:
        add_at(total, tap, int(at * RATE), uniform(rng, 0.4, 1))
        at += gap * uniform(rng, 0.8, 1.25)
    return total


def _glass(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Glass that breaks, or something that crinkles or rattles."""
    n = n_samples(log_uniform(rng, 0.15, 1.8))
    density = decay(n, log_uniform(rng, 0.05, 0.6)) * np.float32(log_uniform(rng, 30, 3000))
    hits = noise.grains(rng, density) * decay(n, log_uniform(rng, 0.1, 1))
    count = int(rng.integers(3, 30))
    ring = modal_bank(
        n_samples(0.2), rng.uniform(700, 12000, count), log_uniform(rng, 0.003, 0.05), rng.standard_normal(count)
    )
    return noise.convolve(hits, ring)


def _scrape(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """A guiro, a zip, a vibraslap, a creak: a series of clicks that slows down or speeds up."""
    n = n_samples(log_uniform(rng, 0.2, 1.2))
    pulses = oscillator_phase(log_uniform(rng, 15, 90) * np.linspace(1, uniform(rng, 0.3, 3), n), n)
    clicks = np.zeros(n, dtype=np.float32)
    clicks[1:][np.diff(pulses) < 0] = 1
    clicks *= rng.uniform(0.5, 1, n).astype(np.float32)
    centre = log_uniform(rng, 600, 5000)
    return noise.apply(clicks, noise.bandpass(centre, uniform(rng, 1, 12)), noise.bell(centre * 2, 2, 6)) * envelope(
        rng, n
    )


def _hand_drum(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Congas, bongos, djembes, tablas: open, muted or slapped."""
    pitch = log_uniform(rng, 90, 520)
    slap = float(rng.random())
    skin = membrane(
        rng,
        pitch,
        log_uniform(rng, 0.025, 0.25),
        bend=uniform(rng, 1.0, 1.15),
        bend_s=0.03,
        overtones=log_uniform(rng, 0.3, 2.5) * (0.4 + slap),
        damping=uniform(rng, 0.2, 0.9),
    )
    hand = noise.burst(rng, 0.04, noise.bandpass(pitch * uniform(rng, 2, 9), 0.8), tau=log_uniform(rng, 0.001, 0.009))
    return layer(normalise(skin), normalise(hand) * np.float32(from_db(uniform(rng, -24, -4) + 6 * slap)))


def _body(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Snaps, stomps, doors, knocks: dull or sharp impacts in a room."""
    centre = log_uniform(rng, 70, 3500)
    blow = noise.burst(
        rng,
        log_uniform(rng, 0.05, 0.4),
        noise.bandpass(centre, log_uniform(rng, 0.5, 6)),
        tau=log_uniform(rng, 0.005, 0.07),
    )
    return effects.room(
        normalise(blow),
        effects.room_impulse(rng, log_uniform(rng, 0.1, 0.8), tone_hz=log_uniform(rng, 1000, 8000)),
        log_uniform(rng, 0.1, 1.0),
    )


def _loop(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A bar of a drum machine."""
    step = n_samples(log_uniform(rng, 0.09, 0.18))
    total = np.zeros(step * 16, dtype=np.float32)
    hits = [normalise(make(rng, style)) for make in (kick, snare, hat_closed, _wood)]
    pattern = ((0, 7, 10), (4, 12), tuple(range(0, 16, 2)), (3, 6, 11))
    for sound, places, gain in zip(hits, pattern, (1.0, 0.8, 0.4, 0.4), strict=True):
        for at in places:
            if chance(rng, 0.85):
                add_at(total, sound, at * step + int(rng.integers(0, 200)), gain)
    return total[: step * int(rng.choice([4, 8, 16]))]


def _drone(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Machines, hums and metallic drones."""
    n = n_samples(log_uniform(rng, 0.5, 3))
    base = log_uniform(rng, 40, 900)
    count = int(rng.integers(3, 24))
    pitches = base * rng.uniform(1, 9, count)
    tone = modal_bank(n, pitches, np.inf, rng.random(count), phases=rng.random(count))
    flutter = np.float32(1) + np.float32(0.8) * sine(log_uniform(rng, 0.3, 30), n, start=float(rng.random()))
    hum = noise.coloured(rng, n, noise.bandpass(base * 3, 0.7)) * np.float32(log_uniform(rng, 0.05, 2))
    sound: FloatArray = (normalise(tone) + hum * np.float32(0.3)) * flutter * envelope(rng, n)
    return sound


def _crackle(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Crackle of vinyl, rain, fire or paper."""
    n = n_samples(log_uniform(rng, 0.3, 2.5))
    density = np.full(n, log_uniform(rng, 20, 4000), dtype=np.float32)
    rough = noise.grains(rng, density) * np.exp(rng.standard_normal(n, dtype=np.float32) * np.float32(0.8))
    return noise.apply(rough, noise.bandpass(log_uniform(rng, 500, 6000), 0.5)) * envelope(rng, n)


def _struck_metal(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    """Triangles, finger cymbals, agogos, anvils, sleigh bells: bars and small plates, struck once or shaken."""
    lowest = log_uniform(rng, 400, 4500)
    count = int(rng.integers(4, 14))
    ratios = np.concatenate([[1.0], np.sort(rng.uniform(1.3, 9, count))])
    tau = log_uniform(rng, 0.03, 1.2)
    loud = rng.uniform(0.1, 1, count + 1) / ratios**0.4
    ring = modal_bank(n_samples(min(tau * 6, 3.0)), lowest * ratios, tau / ratios**0.5, loud)
    click = noise.burst(rng, 0.006, noise.bandpass(min(lowest * 3, 12000), 1), tau=0.0012)
    hit = layer(normalise(ring), normalise(click) * np.float32(uniform(rng, 0.05, 0.6)))
    if chance(rng, 0.75):
        return hit
    total = np.zeros(n_samples(log_uniform(rng, 0.25, 1.4)), dtype=np.float32)
    at, gap = 0.0, log_uniform(rng, 0.01, 0.09)
    while at < len(total) / RATE - 0.05:
        add_at(total, hit, int(at * RATE), uniform(rng, 0.2, 1))
        at += gap * uniform(rng, 0.5, 1.5)
    return total


_SOUNDS: Mapping[Callable[[np.random.Generator, KitStyle], FloatArray], float] = {
    bass: 1.3,
    lead: 1.2,
    pluck: 1.1,
    mallet: 1.3,
    chord: 1.0,
    pad: 0.6,
    _steady_noise: 0.9,
    _riser: 0.6,
    _reversed: 0.6,
    _zap: 1.2,
    _game: 0.8,
    voice: 1.6,
    cycle: 0.5,
    _wood: 1.3,
    _glass: 0.8,
    _scrape: 0.7,
    _hand_drum: 1.6,
    _body: 1.0,
    _loop: 0.5,
    _drone: 0.6,
    _crackle: 0.5,
    call: 0.7,
}

_KINDS: Mapping[str, Mapping[Callable[[np.random.Generator, KitStyle], FloatArray], float]] = {
    "perc_hand": {_hand_drum: 1.0},
    "perc_metal": {_struck_metal: 1.0},
    "perc_wood": {_wood: 2.0, _scrape: 1.0},
    "bass": {bass: 1.0},
    "pluck": {pluck: 1.0},
    "mallet": {mallet: 1.0},
    "synth": {lead: 1.5, cycle: 1.0, pad: 1.0, chord: 0.7, _drone: 0.5},
    "voice": {voice: 1.0},
    "fx": {_riser: 1.0, _reversed: 0.7, _zap: 1.5, _game: 1.2, _steady_noise: 1.0},
    "foley": {_glass: 1.0, _body: 1.2, _crackle: 1.0},
    "loop_drum": {_loop: 1.0},
}
"""What is synthesised of each kind; the others are recorded or played from sound fonts."""

SYNTHESISED_KINDS = tuple(_KINDS)


def of_kind(kind: str, rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A sound of one of `SYNTHESISED_KINDS`."""
    return weighted_choice(rng, _KINDS[kind])(rng, style)

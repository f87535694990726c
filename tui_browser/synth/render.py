"""Rendering of one sound: the instrument of a class, then the signal chain of the kit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth import drums, effects, metals, noise, other, shakers, snares, styles
from tui_browser.synth.signal import (
    RATE,
    chance,
    from_db,
    layer,
    log_uniform,
    modal_bank,
    n_samples,
    normalise,
    time_axis,
    uniform,
    weighted_choice,
)
from tui_browser.synth.styles import KitStyle

_OVERDUBBED = ("shaker", "cowbell", "clap", "other", *other.SYNTHESISED_KINDS)
"""Not played on the drum kit, so the kit does not ring with them."""

_INSTRUMENTS: Mapping[str, Callable[[np.random.Generator, KitStyle], FloatArray]] = {
    "kick": drums.kick,
    "snare": snares.snare,
    "clap": snares.clap,
    "rim": snares.rim,
    "hat_closed": metals.hat_closed,
    "hat_open": metals.hat_open,
    "cymbal": metals.cymbal,
    "tom": drums.tom,
    "cowbell": metals.cowbell,
    "shaker": shakers.shaker,
    "other": other.other,
    **{kind: partial(other.of_kind, kind) for kind in other.SYNTHESISED_KINDS},
}


def draw_kit(rng: np.random.Generator, name: str | None = None) -> KitStyle:
    """A random kit style for `render`, of the archetype `name` in `styles.ARCHETYPES` if it is given."""
    return styles.draw_style(rng, name)


def render(kind: str, rng: np.random.Generator, style: KitStyle | None = None, *, rate: int = 44100) -> FloatArray:
    """(n,) float32 mono sound of a class at `rate` Hz: finite, peak at most 1, deterministic for the state of `rng`.

    `kind` is one of `DRUM_CLASSES` or `SYNTHESISED_KINDS`; another value raises KeyError. Without a `style`, a random
    one is drawn.
    """
    make = _INSTRUMENTS[kind]
    style = styles.draw_style(rng) if style is None else style
    sound = _chain(rng, make(rng, style), style, kind)
    sound = effects.finish(rng, sound)
    if rate != RATE:
        import soxr  # 5 ms; only for other rates

        sound = np.clip(soxr.resample(sound, RATE, rate), -1.0, 1.0).astype(np.float32)
    return np.ascontiguousarray(sound, dtype=np.float32)


def _chain(rng: np.random.Generator, sound: FloatArray, style: KitStyle, kind: str) -> FloatArray:
    """Apply the kit's mixer, room, converters and tape, with small random differences between sounds."""
    sound = normalise(sound)
    if style.bleed_db and kind not in _OVERDUBBED:
        sound = _add_sympathetic_ringing(rng, sound, style)
    if style.drive > 0.02 and chance(rng, 0.8):
        sound = effects.drive(sound, style.drive * log_uniform(rng, 0.5, 1.6))
    filters: list[noise.Filter] = []
    slope = style.bright_db + uniform(rng, -1, 1)
    if abs(slope) > 0.4:
        filters.append(noise.tilt(slope))
    bumps = int(rng.integers(2, 6)) if style.engine == "acoustic" else int(chance(rng, 0.35))
    filters += [  # position of the stroke and of the microphone
        noise.bell(log_uniform(rng, 80, 14000), log_uniform(rng, 0.6, 4), uniform(rng, -9, 9)) for _ in range(bumps)
    ]
    if style.low_hz:
        filters.append(noise.highpass(style.low_hz))
    if style.high_hz:
        filters.append(noise.lowpass(style.high_hz))
    room_probability = 0.35 if kind in ("cymbal", "hat_open") else 0.9  # long metallic sounds mask the room
    sound = noise.apply(sound, *filters)
    if style.room_s and chance(rng, room_probability):
        sound = _add_room(rng, sound, style, kind)
    if style.rate_hz:
        if chance(rng, 0.65):
            sound = noise.apply(sound, noise.lowpass(style.rate_hz * 0.45), noise.lowpass(style.rate_hz * 0.5))
        sound = effects.hold(sound, style.rate_hz * log_uniform(rng, 0.9, 1.1))
    if style.bits and style.bits < 16:
        sound = effects.crush(sound, style.bits)
    if style.hiss_db:
        sound = effects.tape(rng, sound, style.hiss_db + uniform(rng, -6, 3))
    return sound


def _add_sympathetic_ringing(rng: np.random.Generator, sound: FloatArray, style: KitStyle) -> FloatArray:
    """Add humming toms and buzzing snare wires, which a sound sets off in a real kit."""
    n = n_samples(uniform(rng, 0.25, 0.8))
    drums = modal_bank(n, np.array(style.kit_hz), log_uniform(rng, 0.06, 0.35), rng.random(5), phases=rng.random(5))
    wires = noise.decaying(
        rng, n, noise.highpass(log_uniform(rng, 200, 2500)), tau=log_uniform(rng, 0.03, 0.16), faster=0.3
    )
    wires *= np.minimum(time_axis(n) / np.float32(0.006), 1)
    hum = normalise(drums) * np.float32(from_db(style.bleed_db + uniform(rng, -6, 6)))
    buzz = normalise(wires) * np.float32(from_db(style.bleed_db + uniform(rng, -14, 4)))
    return layer(sound, hum, buzz)


def _add_room(rng: np.random.Generator, sound: FloatArray, style: KitStyle, kind: str) -> FloatArray:
    wet = style.room_wet * log_uniform(rng, 0.6, 1.5) * weighted_choice(rng, {1.0: 0.8, 0.4: 0.2})
    if kind == "kick":
        wet *= 0.5
    impulse = effects.room_impulse(np.random.default_rng(style.room_seed), style.room_s, tone_hz=style.room_hz)
    sound = effects.room(sound, impulse, wet)
    if style.gate_s and kind not in ("cymbal", "hat_open"):
        sound = effects.gate(sound, style.gate_s)
    return sound

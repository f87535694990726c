"""Kit styles: parameters that all sounds of a kit share, such as engine, tuning, converters and room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tui_browser.synth.signal import chance, log_uniform, uniform, weighted_choice

METALS = (
    (205.3, 304.4, 369.6, 522.7, 540.0, 800.0),
    (245.0, 306.0, 365.0, 415.0, 437.0, 619.0),
    (317.0, 465.0, 820.0, 1150.0, 1320.0, 1700.0),
    (263.0, 400.0, 421.0, 474.0, 587.0, 845.0),
)
"""Frequencies in Hz of the six oscillators of hats and cymbals in analogue machines."""


@dataclass(frozen=True, slots=True)
class KitStyle:
    """One kit: sounds rendered with the same style have the same character."""

    name: str
    """The archetype that it was drawn from."""
    engine: str
    """How its drums are synthesised by default: analog, acoustic or fm."""
    tune: float
    """Factor on pitches."""
    length: float
    """Factor on decay times."""
    bright_db: float
    """Tilt of the spectrum in dB per octave."""
    metal: tuple[float, ...]
    """Frequencies in Hz of the six oscillators of hats and cymbals."""
    drive: float
    """Amount of distortion."""
    bits: float
    """Bit depth of the converter; 0 for none."""
    rate_hz: float
    """Sample rate of the converter; 0 for none."""
    low_hz: float
    """High-pass cutoff of the recording chain; 0 for none."""
    high_hz: float
    """Low-pass cutoff of the recording chain; 0 for none."""
    room_s: float
    """T60 of the room; 0 for a dry kit."""
    room_hz: float
    """Low-pass cutoff of the reverb."""
    room_wet: float
    """RMS ratio of reverb to direct sound."""
    room_seed: int
    gate_s: float
    """Time after which the reverb is gated; 0 for no gate."""
    hiss_db: float
    """Level of tape or converter noise; 0 for none."""
    brush: bool
    """Played with brushes."""
    bleed_db: float
    """Level of the sympathetic ringing of the rest of the kit; 0 for none."""
    kit_hz: tuple[float, ...]
    """Frequencies in Hz of the sympathetic ringing."""


@dataclass(frozen=True, slots=True)
class _Archetype:
    """Ranges (low, high) and probabilities (`_p`) that a style is drawn from."""

    weight: float
    engines: Mapping[str, float]
    tune: tuple[float, float] = (0.8, 1.25)
    length: tuple[float, float] = (0.6, 1.5)
    bright_db: tuple[float, float] = (-1.5, 1.0)
    drive: tuple[float, float] = (0.0, 0.4)
    bits: tuple[float, ...] = (0,)
    rates: tuple[float, ...] = (0,)
    low_hz: tuple[float, float] = (0, 0)
    high_hz: tuple[float, float] = (0, 0)
    room_p: float = 0.1
    room_s: tuple[float, float] = (0.15, 0.8)
    wet: tuple[float, float] = (0.05, 0.4)
    gated_p: float = 0.0
    hiss_db: tuple[float, float] = (0, 0)
    brush_p: float = 0.0
    bleed_p: float = 0.0


_ANALOG = {"analog": 1.0}
_ACOUSTIC = {"acoustic": 1.0}

ARCHETYPES: Mapping[str, _Archetype] = {
    "eight": _Archetype(1.4, _ANALOG, drive=(0, 0.3), length=(0.5, 2.0)),
    "nine": _Archetype(1.3, _ANALOG, drive=(0.1, 0.8), bits=(0, 0, 8, 6), rates=(0, 0, 31250)),
    "six": _Archetype(1.0, _ANALOG, tune=(0.9, 1.5), length=(0.4, 1.0)),
    "rhythm box": _Archetype(
        1.0, _ANALOG, tune=(0.9, 1.6), length=(0.3, 1.0), high_hz=(6000, 14000), room_p=0.15, hiss_db=(-65, -45)
    ),
    "modular": _Archetype(0.8, {"analog": 0.7, "fm": 0.3}, tune=(0.6, 1.8), length=(0.3, 2.0), drive=(0, 2.0)),
    "first digital": _Archetype(
        1.3,
        {"acoustic": 0.85, "analog": 0.15},
        bits=(8, 8, 7),
        rates=(22050, 27500, 32000),
        length=(0.35, 0.9),
        room_p=0.3,
    ),
    "twelve bit": _Archetype(
        1.2, {"acoustic": 0.6, "analog": 0.4}, bits=(12, 12, 8), rates=(26040, 26040, 20000, 13000), drive=(0.1, 1.2)
    ),
    "digital": _Archetype(
        1.2, {"acoustic": 0.65, "analog": 0.25, "fm": 0.1}, bits=(0, 12, 16), rates=(0, 32000, 25000), room_p=0.45
    ),
    "electronic pads": _Archetype(0.6, {"analog": 0.8, "fm": 0.2}, tune=(0.8, 1.6), length=(0.8, 1.8), room_p=0.3),
    "studio": _Archetype(
        3.0, _ACOUSTIC, bleed_p=0.85, tune=(0.75, 1.3), room_p=0.92, room_s=(0.25, 1.2), wet=(0.15, 1.2), drive=(0, 0.3)
    ),
    "live room": _Archetype(
        1.6, _ACOUSTIC, bleed_p=1.0, length=(0.8, 1.8), room_p=1.0, room_s=(0.4, 1.6), wet=(0.3, 1.5)
    ),
    "jazz": _Archetype(
        1.1,
        _ACOUSTIC,
        bleed_p=0.9,
        tune=(1.0, 1.6),
        length=(0.9, 2.0),
        bright_db=(-2, 0.5),
        room_p=0.92,
        wet=(0.15, 1.0),
        brush_p=0.35,
    ),
    "metal": _Archetype(
        0.9, _ACOUSTIC, bleed_p=0.8, tune=(0.8, 1.1), bright_db=(0, 2), room_p=0.9, wet=(0.15, 1.0), drive=(0.2, 1.0)
    ),
    "gated": _Archetype(
        0.8, {"acoustic": 0.8, "analog": 0.2}, room_p=1.0, room_s=(0.8, 2.0), wet=(0.6, 1.6), gated_p=0.9
    ),
    "trap": _Archetype(
        1.2, {"analog": 0.75, "acoustic": 0.25}, length=(0.5, 2.2), bright_db=(-0.5, 1.5), drive=(0, 1.5)
    ),
    "house": _Archetype(1.0, {"analog": 0.8, "acoustic": 0.2}, drive=(0.1, 1.0), room_p=0.25),
    "cassette": _Archetype(
        1.0,
        {"acoustic": 0.6, "analog": 0.4},
        bright_db=(-3, 0),
        low_hz=(40, 150),
        high_hz=(4000, 11000),
        hiss_db=(-62, -36),
        room_p=0.4,
        drive=(0.2, 1.5),
    ),
    "old record": _Archetype(
        0.8,
        _ACOUSTIC,
        bleed_p=0.8,
        low_hz=(50, 200),
        high_hz=(4500, 12000),
        hiss_db=(-60, -38),
        room_p=0.8,
        drive=(0.2, 1.2),
    ),
    "four operators": _Archetype(0.8, {"fm": 1.0}, tune=(0.7, 1.6), bits=(0, 12, 10), room_p=0.15),
    "toy": _Archetype(
        0.6,
        {"acoustic": 0.5, "analog": 0.3, "fm": 0.2},
        tune=(1.1, 2.0),
        length=(0.3, 0.8),
        bits=(8, 6, 5),
        rates=(8000, 11025, 16000),
    ),
    "broken": _Archetype(
        0.5, {"analog": 0.5, "fm": 0.3, "acoustic": 0.2}, tune=(0.5, 2), drive=(0.5, 5), bits=(0, 8, 5), room_p=0.3
    ),
    "found": _Archetype(0.5, _ACOUSTIC, tune=(0.7, 1.8), length=(0.3, 0.9), room_p=0.8, wet=(0.2, 1.0)),
}


def draw_style(rng: np.random.Generator, name: str | None = None) -> KitStyle:
    """A random style, of the archetype `name` if it is given; raises KeyError if that is not in `ARCHETYPES`."""
    if name is None:
        name = weighted_choice(rng, {name: archetype.weight for name, archetype in ARCHETYPES.items()})
    kind = ARCHETYPES[name]
    metal: tuple[float, ...] = METALS[int(rng.integers(len(METALS)))]
    if chance(rng, 0.4):
        metal = tuple(sorted(log_uniform(rng, 180, 1500) for _ in range(6)))
    roomy = chance(rng, kind.room_p)
    stretch = log_uniform(rng, 0.85, 1.3)
    return KitStyle(
        name=name,
        engine=weighted_choice(rng, kind.engines),
        tune=log_uniform(rng, *kind.tune),
        length=log_uniform(rng, *kind.length),
        bright_db=uniform(rng, *kind.bright_db),
        metal=tuple(pitch * stretch for pitch in metal),
        drive=uniform(rng, *kind.drive) * float(rng.random()),
        bits=kind.bits[int(rng.integers(len(kind.bits)))],
        rate_hz=kind.rates[int(rng.integers(len(kind.rates)))],
        low_hz=log_uniform(rng, *kind.low_hz) if kind.low_hz[0] else 0.0,
        high_hz=log_uniform(rng, *kind.high_hz) if kind.high_hz[0] else 0.0,
        room_s=log_uniform(rng, *kind.room_s) if roomy else 0.0,
        room_hz=log_uniform(rng, 1500, 12000),
        room_wet=log_uniform(rng, *kind.wet),
        room_seed=int(rng.integers(1 << 31)),
        gate_s=uniform(rng, 0.12, 0.4) if chance(rng, kind.gated_p) else 0.0,
        hiss_db=uniform(rng, *kind.hiss_db) if kind.hiss_db[0] else 0.0,
        brush=chance(rng, kind.brush_p),
        bleed_db=uniform(rng, -50, -24) if chance(rng, kind.bleed_p) else 0.0,
        kit_hz=tuple(log_uniform(rng, 60, 420) for _ in range(5)),
    )

"""For each sound word, processing after which it fits a sound better, and after which it fits worse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth.signal import normalise, uniform
from tui_browser.training.sound_words import processing as p

_BRIGHTER = p.one_of(p.tilt((1.5, 4.0)), p.bell((6000, 11000), (8, 16), q=0.6))
_DARKER = p.one_of(p.lowpass((700, 2500)), p.tilt((-5.0, -2.0)))
_CLOSED = p.lowpass((400, 1300), steep=True)
_SOFT_ATTACK = p.fade_in((0.008, 0.04))
_SLOW = p.fade_in((0.06, 0.4))
_SHARPER = p.accent((6, 12))
_FLATTER = p.accent((-12, -6))
_SHORTER = p.shorten((0.015, 0.08))
_LONGER = p.chain(p.lengthen((2.0, 4.0)))
_LOWS = p.bell((60, 120), (9, 18), q=0.8)
_NO_LOWS = p.highpass((180, 400))
_THIN = p.highpass((400, 1200))
_ROOM = p.room((0.4, 2.5), (0.3, 0.9))
_HALL = p.room((1.2, 3.5), (0.4, 1.0))
_DRIVEN = p.one_of(p.drive((3, 40), lean=0.5), p.clip((-30, -9)))
_GRIT = p.chain(p.crush((3.5, 5.5)), p.sometimes(p.drive((2, 8))))
_HISS = p.with_floor((-38, -20), (2500, 6000))
_NOISE = p.with_noise((1.0, 3.0), (300, 2000))
_METAL = p.struck((900, 9000), (0.08, 0.5), (12, 40), (0.8, 2.0))
_WOOD = p.struck((250, 1600), (0.008, 0.035), (3, 7), (1.0, 2.5))
_GLASS = p.struck((1800, 3500), (0.1, 0.5), (3, 7), (0.8, 2.0), sparse=True)
_RING = p.struck((250, 3000), (0.25, 0.9), (1, 4), (0.7, 1.6))
_DAMP = p.chain(p.shorten((0.02, 0.09)), p.sometimes(p.lowpass((1500, 5000))))
_BODY = p.bell((110, 260), (7, 14), q=0.8)
_ROUGH = p.flutter((25, 90), (0.7, 1.0))

MORE_AND_LESS: dict[str, tuple[p.Process, p.Process]] = {
    "bright": (_BRIGHTER, _DARKER),
    "dark": (_DARKER, _BRIGHTER),
    "dull": (p.chain(p.lowpass((800, 2500)), p.sometimes(_SOFT_ATTACK)), p.chain(_BRIGHTER, p.sometimes(_SHARPER))),
    "muffled": (_CLOSED, _BRIGHTER),
    "crisp": (p.chain(p.bell((5000, 11000), (8, 15), q=0.7), p.sometimes(_SHARPER)), p.chain(p.lowpass((1500, 4000)))),
    "airy": (p.bell((11000, 15000), (12, 20), q=0.7), p.lowpass((3500, 7500), steep=True)),
    "brittle": (
        p.chain(p.highpass((900, 2500)), p.bell((4000, 8000), (6, 12))),
        p.chain(_BODY, p.lowpass((3000, 8000))),
    ),
    "warm": (
        p.chain(p.bell((180, 380), (5, 11), q=0.7), p.lowpass((2500, 6000)), p.sometimes(p.drive((0.5, 2)))),
        p.chain(p.bell((180, 380), (-10, -4), q=0.7), p.tilt((1.0, 3.0))),
    ),
    "mellow": (p.chain(p.lowpass((900, 3000)), _SOFT_ATTACK), p.chain(_BRIGHTER, p.sometimes(_DRIVEN))),
    "harsh": (
        p.chain(p.bell((2500, 5000), (9, 16), q=1.0), p.one_of(p.clip((-18, -8)), p.drive((3, 12)))),
        p.chain(p.bell((2500, 5000), (-14, -6), q=1.0), p.sometimes(p.lowpass((3000, 8000)))),
    ),
    "smooth": (p.chain(p.lowpass((1500, 5000)), _SOFT_ATTACK), p.one_of(_ROUGH, _DRIVEN, _GRIT)),
    "rough": (p.one_of(_ROUGH, p.chain(_DRIVEN, _ROUGH)), p.chain(p.lowpass((2500, 7000)))),
    "boomy": (p.chain(_LOWS, p.sometimes(p.lengthen((1.5, 2.5)))), _NO_LOWS),
    "deep": (
        p.chain(p.varispeed((0.45, 0.85)), p.sometimes(_LOWS)),
        p.chain(p.varispeed((1.2, 2.2)), p.sometimes(_NO_LOWS)),
    ),
    "rumbling": (p.with_floor((-14, -4), (20, 30), (70, 160)), p.highpass((150, 300))),
    "thin": (_THIN, p.chain(_BODY, p.sometimes(p.drive((0.5, 2))))),
    "fat": (p.chain(_BODY, p.drive((1, 5))), p.highpass((250, 700))),
    "heavy": (
        p.chain(p.bell((60, 180), (8, 15), q=0.7), p.drive((1.5, 6)), p.sometimes(p.lengthen((1.2, 1.8)))),
        p.chain(p.highpass((250, 700)), p.sometimes(p.shorten((0.04, 0.15)))),
    ),
    "muddy": (
        p.chain(p.bell((180, 380), (10, 17), q=0.8), p.lowpass((1200, 4000))),
        p.chain(p.bell((180, 380), (-14, -7), q=0.8), _BRIGHTER),
    ),
    "clear": (
        p.chain(p.bell((180, 380), (-14, -7), q=0.8), _BRIGHTER),
        p.chain(p.one_of(_ROOM, p.bell((180, 380), (10, 17), q=0.8)), p.lowpass((1200, 4000))),
    ),
    "boxy": (p.bell((380, 650), (12, 20), q=1.8), p.bell((380, 650), (-18, -8), q=1.2)),
    "nasal": (p.bell((850, 1600), (14, 22), q=2.2), p.bell((850, 1600), (-18, -8), q=1.2)),
    "tinny": (
        p.chain(p.highpass((600, 1200)), p.bell((2000, 4000), (8, 15), q=1.5), p.lowpass((5000, 9000))),
        p.chain(_BODY, p.sometimes(_LOWS)),
    ),
    "hollow": (
        p.chain(p.comb((0.0008, 0.003), (0.75, 1.0)), p.bell((700, 1500), (-16, -8), q=0.7)),
        p.bell((500, 1500), (6, 12), q=0.7),
    ),
    "punchy": (
        p.chain(_SHARPER, p.bell((70, 180), (3, 7)), p.sometimes(p.shorten((0.08, 0.25)))),
        p.one_of(p.chain(_FLATTER, _SOFT_ATTACK), _SOFT_ATTACK),
    ),
    "snappy": (
        p.chain(_SHARPER, p.shorten((0.02, 0.09))),
        p.one_of(_SOFT_ATTACK, p.chain(_SOFT_ATTACK, _LONGER), _LONGER),
    ),
    "clicky": (p.with_click, p.one_of(_SOFT_ATTACK, p.chain(_SOFT_ATTACK, p.lowpass((2500, 6000))))),
    "noisy": (_NOISE, p.with_tone((1.0, 3.0))),
    "tonal": (p.with_tone((1.5, 4.0)), _NOISE),
    "metallic": (_METAL, p.one_of(_WOOD, p.lowpass((2000, 6000)))),
    "wooden": (_WOOD, p.one_of(_METAL, _BRIGHTER)),
    "glassy": (_GLASS, p.one_of(_WOOD, p.lowpass((1500, 5000)))),
    "sustained": (p.chain(_LONGER, p.sometimes(_FLATTER)), p.shorten((0.03, 0.15))),
    "tight": (p.shorten((0.025, 0.1)), p.one_of(p.spread((0.008, 0.05)), _LONGER, _ROOM)),
    "loose": (p.one_of(p.spread((0.01, 0.06)), p.chain(_LONGER, p.spread((0.005, 0.03)))), p.shorten((0.025, 0.1))),
    "soft": (
        p.chain(p.lowpass((1000, 3500)), _SOFT_ATTACK),
        p.chain(_SHARPER, p.sometimes(p.bell((2500, 6000), (5, 11)))),
    ),
    "gentle": (
        p.chain(p.lowpass((1000, 3500)), _SOFT_ATTACK),
        p.chain(p.drive((3, 15)), p.bell((2500, 5000), (4, 10))),
    ),
    "hard": (
        p.chain(_SHARPER, p.bell((2000, 5000), (5, 11)), p.sometimes(p.clip((-12, -4)))),
        p.chain(p.lowpass((1200, 4000)), _SOFT_ATTACK),
    ),
    "aggressive": (
        p.chain(p.drive((5, 25)), p.bell((2000, 5000), (6, 12)), p.sometimes(_SHARPER)),
        p.chain(p.lowpass((1200, 4000)), p.sometimes(_SOFT_ATTACK)),
    ),
    "distorted": (_DRIVEN, p.same),
    "clean": (p.same, p.one_of(_DRIVEN, _GRIT, _HISS, p.hold((3000, 9000)))),
    "dirty": (p.one_of(p.chain(_DRIVEN, _HISS), p.chain(_DRIVEN, _GRIT), p.chain(_GRIT, p.hold((4000, 9000)))), p.same),
    "gritty": (
        p.one_of(_GRIT, p.chain(_DRIVEN, _GRIT), p.chain(p.hold((4000, 9000)), p.drive((2, 10)))),
        p.lowpass((2500, 7000)),
    ),
    "crunchy": (p.chain(p.hold((3500, 9000)), p.drive((3, 15))), p.same),
    "fuzzy": (p.chain(p.clip((-36, -20)), p.sometimes(p.lowpass((4000, 9000)))), p.same),
    "crushed": (p.chain(p.crush((2.0, 4.0)), p.sometimes(p.hold((4000, 10000)))), p.same),
    "lofi": (
        p.chain(p.hold((5000, 11000)), p.crush((4.5, 6.5)), p.lowpass((2500, 5500)), p.highpass((120, 300))),
        p.same,
    ),
    "dusty": (
        p.chain(
            p.lowpass((3000, 7000)),
            p.highpass((100, 250)),
            p.with_crackle,
            p.with_floor((-38, -24), (300, 1500), (4000, 9000)),
        ),
        p.same,
    ),
    "hissy": (_HISS, p.lowpass((2500, 6000))),
    "roomy": (p.room((0.3, 1.2), (0.4, 1.0)), p.shorten((0.04, 0.15))),
    "spacious": (_HALL, p.shorten((0.04, 0.15))),
    "wet": (_ROOM, p.shorten((0.04, 0.15))),
    "dry": (p.shorten((0.05, 0.2)), _ROOM),
    "dead": (_DAMP, p.one_of(_ROOM, _RING)),
    "echoing": (p.chain(p.shorten((0.05, 0.15)), p.echo), p.shorten((0.05, 0.15))),
    "ringing": (_RING, _DAMP),
    "damped": (_DAMP, p.one_of(_RING, _LONGER)),
    "swelling": (_SLOW, _SHARPER),
    "percussive": (p.chain(_SHARPER, p.shorten((0.03, 0.15))), p.one_of(_SLOW, p.chain(_LONGER, _SLOW))),
    "sizzling": (
        p.chain(p.with_noise((1.0, 3.0), (6000, 9000)), p.with_floor((-36, -22), (6000, 9000), tail_s=0.4)),
        p.lowpass((2500, 6000)),
    ),
    "buzzy": (p.chain(p.with_tone((1.5, 4.0), wave="saw"), p.sometimes(p.drive((1, 4)))), p.lowpass((1500, 5000))),
}
"""What makes a sound more of a word, and what makes it less."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two versions of one sound: the word fits the first better."""

    more: FloatArray
    less: FloatArray


_PEAK = (0.3, 1.0)
_PLAYED_SOFTLY = (0.05, 0.7)
_SOFTER_IS_QUIETER = {"soft": True, "gentle": True, "hard": False, "aggressive": False}
"""Words whose soft side (the first one, or the second) is quieter in recordings, too; elsewhere levels tell nothing."""


def contrast(word: str, rng: np.random.Generator, sound: FloatArray) -> Contrast:
    """Two versions of a sound, of which at least one is processed."""
    more, less = MORE_AND_LESS[word]
    which = rng.integers(3)
    both = more is p.same, less is p.same
    fitting = more(rng, sound) if which != 1 or both[1] else sound
    other = less(rng, sound) if which != 0 or both[0] else sound
    softer_fits = _SOFTER_IS_QUIETER.get(word)
    return Contrast(
        _levelled(rng, fitting, _PLAYED_SOFTLY if softer_fits is True else _PEAK),
        _levelled(rng, other, _PLAYED_SOFTLY if softer_fits is False else _PEAK),
    )


def _levelled(rng: np.random.Generator, sound: FloatArray, peak: p.Range) -> FloatArray:
    """A random peak; the end faded, as an editor cuts a sample."""
    sound = normalise(sound) * np.float32(uniform(rng, *peak))
    tail = min(len(sound) // 4, 441)
    if tail:
        sound[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
    return sound

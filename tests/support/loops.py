"""Loops and long files made in code: rhythms played on sounds, hits in a recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tests.support.sounds import RATE
from tui_browser.records import FloatArray
from tui_browser.synth.render import draw_kit, render

RHYTHMS: Mapping[str, Mapping[str, Sequence[int]]] = {
    "four": {"kick": (0, 4, 8, 12), "snare": (4, 12), "hat_closed": (2, 6, 10, 14)},
    "break": {"kick": (0, 2, 10), "snare": (4, 7, 9, 12), "hat_closed": (0, 2, 4, 6, 8, 10, 12, 14)},
    "half": {"kick": (0, 6, 11), "snare": (8,), "hat_closed": tuple(range(16))},
}
"""Which sixteenths of a bar each sound falls on."""


def drum_kit(seed: int) -> dict[str, FloatArray]:
    """A kick, a snare and a closed hat of one kit."""
    rng = np.random.default_rng(seed)
    style = draw_kit(rng)
    levels = {"kick": 1.0, "snare": 0.8, "hat_closed": 0.4}
    return {kind: np.float32(level) * render(kind, rng, style) for kind, level in levels.items()}


def drum_loop(rhythm: str, sounds: Mapping[str, FloatArray], *, bpm: float, bars: int = 2) -> FloatArray:
    """A loop, mono at 44.1 kHz, that ends where its last bar ends."""
    step = 60.0 / bpm / 4.0
    hits = [
        ((16 * bar + place) * step, sounds[kind])
        for bar in range(bars)
        for kind, places in RHYTHMS[rhythm].items()
        for place in places
    ]
    return recording(hits, seconds=16 * bars * step)


def recording(hits: Sequence[tuple[float, FloatArray]], *, seconds: float, noise_db: float = -120.0) -> FloatArray:
    """Sounds at these seconds over a little noise, peak 0.9."""
    count = round(seconds * RATE)
    out = np.zeros(count, dtype=np.float32)
    for at, sound in hits:
        first = round(at * RATE)
        out[first : first + len(sound)] += sound[: count - first]
    out *= np.float32(0.9 / np.abs(out).max())
    hiss = np.random.default_rng(0).standard_normal(count).astype(np.float32)
    return out + hiss * np.float32(10 ** (noise_db / 20))

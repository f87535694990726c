"""Points of a sound word in all samples: how well it fits the sound, and whether the file is called so."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.search.named_rows import NamedRows
from tui_browser.search.sound_strengths import WordStrength
from tui_browser.search.word_points import NO_MATCH

SPAN = 1_000.0
"""Points of the strongest sound: they outweigh every difference between names and classes of other words."""
TITLED = 0.5
"""A file that is called so is ahead of one that sounds as much so, by half of the whole span."""


def sound_points(sound: WordStrength, names: NamedRows | None) -> FloatArray:
    """(N,) points: NO_MATCH for what neither sounds so nor is called so."""
    points = np.where(sound.fits, sound.strength * np.float32(SPAN), NO_MATCH).astype(np.float32)
    if names is None:
        return points
    points[names.named] = sound.strength[names.named] * np.float32(SPAN)
    points[names.titled] += np.float32(SPAN * TITLED)
    return points

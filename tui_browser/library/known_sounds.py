"""What sound words mean in the spaces of the models there are."""

from __future__ import annotations

import functools
import os

from tui_browser.config.places import data_dir, shipped
from tui_browser.search.sound_strengths import SoundStrengths, nearest_directions
from tui_browser.search.word_directions import FILE, WordDirections, read_directions

_MOST_MODELS = 1_000


def known_sounds() -> SoundStrengths:
    """Strengths by the directions of the user's models and the shipped ones, read when a sound word is first used."""
    return SoundStrengths(_directions_of)


def _directions_of(space: str) -> WordDirections | None:
    return nearest_directions(_all_directions(), space)


@functools.cache
def _all_directions() -> dict[str, WordDirections]:
    """The directions by space; those of the shipped models first."""
    found: dict[str, WordDirections] = {}
    for base in (shipped("models"), os.path.join(data_dir(), "models")):
        try:
            names = sorted(os.listdir(base))[:_MOST_MODELS]
        except OSError:
            continue
        for name in names:
            directions = read_directions(os.path.join(base, name, FILE))
            if directions is not None:
                found.setdefault(directions.space, directions)
    return found

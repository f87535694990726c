"""Words for classes: class names in any spelling, and common names of drums."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tui_browser.records import CLASSES
from tui_browser.search.toms import LEVELS

ClassWords = Mapping[str, frozenset[int]]

_SYNONYMS: dict[str, str] = {
    "kick": "kick kicks kik bd bassdrum bass-drum",
    "snare": "snare snares sd",
    "clap": "clap claps cp handclap handclaps",
    "rim": "rim rims rs rimshot rimshots sidestick",
    "hat_closed": "hat_closed hat hats hh hihat hihats hi-hat hi-hats ch chh closed closedhat closedhats",
    "hat_open": "hat_open hat hats hh hihat hihats hi-hat hi-hats oh ohh open openhat openhats",
    "cymbal": "cymbal cymbals cym crash ride",
    "tom": "tom toms",
    "cowbell": "cowbell cowbells cb",
    "shaker": "shaker shakers maracas",
    "other": "other others",
}
CLASS_WORDS: dict[str, frozenset[int]] = {
    word: frozenset(i for i, name in enumerate(CLASSES) if word in _SYNONYMS[name].split())
    for words in _SYNONYMS.values()
    for word in words.split()
}
"""Indices into `CLASSES` by word."""

_SIZES = {**{name: level for level, name in enumerate(LEVELS)}, "middle": 1}
TOM_SIZES = {form: level for name, level in _SIZES.items() for form in (f"tom-{name}", f"{name}-tom")}
"""Index into `LEVELS` by `normalised` name."""


def class_words(names: Sequence[str]) -> ClassWords:
    """Class indices by word, for a model with classes of these names."""
    if tuple(names) == CLASSES:
        return CLASS_WORDS
    indices: dict[str, set[int]] = {}
    for index, name in enumerate(names):
        lower = name.lower()
        for word in (lower, lower.replace(" ", "_"), lower.replace(" ", "-"), *_SYNONYMS.get(lower, "").split()):
            indices.setdefault(word, set()).add(index)
    return {word: frozenset(classes) for word, classes in indices.items()}


def normalised(name: str) -> str:
    """The name in lower case with single hyphens: `hat_closed` and `Hat closed` -> `hat-closed`."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or name.lower()


def by_normalised_name(meant: ClassWords) -> ClassWords:
    """The same classes by `normalised` word."""
    by_name: dict[str, frozenset[int]] = {}
    for word, classes in meant.items():
        by_name[normalised(word)] = by_name.get(normalised(word), frozenset()) | classes
    return by_name

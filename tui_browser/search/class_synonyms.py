"""What a word may mean as a class: its name, however it is written, and the names that people give to drums."""

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
"""What a word may mean as a class: indices into `CLASSES`."""

_SIZES = {**{name: level for level, name in enumerate(LEVELS)}, "middle": 1}
TOM_SIZES = {form: level for name, level in _SIZES.items() for form in (f"tom-{name}", f"{name}-tom")}
"""A size of tom as it is `normalised` -> index into `LEVELS`."""


def class_words(names: Sequence[str]) -> ClassWords:
    """What a word may mean as a class of a model with classes of these names: its name, or one like it."""
    if tuple(names) == CLASSES:
        return CLASS_WORDS
    found: dict[str, set[int]] = {}
    for index, name in enumerate(names):
        own = name.lower()
        for word in (own, own.replace(" ", "_"), own.replace(" ", "-"), *_SYNONYMS.get(own, "").split()):
            found.setdefault(word, set()).add(index)
    return {word: frozenset(indices) for word, indices in found.items()}


def normalised(name: str) -> str:
    """A name written in one way: `hat_closed` and `Hat closed` are `hat-closed`, `tom (low)` is `tom-low`."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or name.lower()


def by_normalised_name(meant: ClassWords) -> ClassWords:
    """The same classes by their `normalised` names, whole names going before other words for them."""
    found: dict[str, frozenset[int]] = {}
    for word, classes in meant.items():
        found[normalised(word)] = found.get(normalised(word), frozenset()) | classes
    return found

"""A model's classes and `CLASSES`: the place of each, which gives colour and letter, and the index of one in a model.

A class of a shipped model has the place of its name, whatever its index in the model. Other classes, of a model of
one's own, take the places that are left, in order; when these are used up, a class looks like an unclassed sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.records.vocabulary import CLASSES, KINDS, OTHER


def colour_places(class_names: Sequence[str]) -> NDArray[np.uint8]:
    """(256,) place in `CLASSES` of each class index of a model; `len(CLASSES)` for unclassed and further classes."""
    return _places(tuple(class_names))


@cache
def _places(class_names: tuple[str, ...]) -> NDArray[np.uint8]:
    places = np.full(256, len(CLASSES), dtype=np.uint8)
    left = iter([at for at, name in enumerate(CLASSES) if name not in class_names])
    for index, name in enumerate(class_names[:256]):
        places[index] = CLASSES.index(name) if name in CLASSES else next(left, len(CLASSES))
    places.flags.writeable = False
    return places


def colour_names(class_names: Sequence[str]) -> tuple[str, ...]:
    """(27,) the model's class that has each place in `CLASSES`; empty where none has."""
    names = [""] * len(CLASSES)
    for name, place in zip(class_names, colour_places(class_names).tolist(), strict=False):
        if place < len(CLASSES):
            names[place] = name
    return tuple(names)


def index_in_model(class_names: Sequence[str], name: str) -> int | None:
    """Index of one of `CLASSES` in a model's classes, None where it has no such class.

    For a model that knows only drums a kind of other sounds is `other`.
    """
    if name not in class_names and name in KINDS:
        name = OTHER
    return class_names.index(name) if name in class_names else None

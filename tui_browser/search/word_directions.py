"""Directions of sound words: along each, sounds fit its word better and better.

A direction is a weight for each descriptor and one for each number of the model's embedding. In the space of another
model the weights of descriptors alone are used; both are learned by `training.sound_words`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FEATURES, FloatArray
from tui_browser.safe_files import read_bounded

FILE = "words.json"
"""Name of the file in a model's folder."""
FORMAT = 1
DESCRIPTORS = ("duration_s", "brightness_hz", "noisiness", "pitch_hz", "attack_s", "loudness_db")
"""What directions are made of, beside the embedding."""
_OFFSETS = {"duration_s": 0.01, "brightness_hz": 50.0, "noisiness": 1e-3, "pitch_hz": 1.0, "attack_s": 1e-3}
"""Added before the logarithm; loudness has none."""
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WordDirection:
    """Weights of one word."""

    alone: FloatArray
    """(K + 1,) of `descriptor_columns`, where the embedding is of another space or unknown."""
    mixed: FloatArray
    """(K + 1,) of `descriptor_columns`, beside the embedding."""
    vector: FloatArray
    """(D,) of the embedding."""


@dataclass(frozen=True, slots=True)
class WordDirections:
    """The directions of all words that are learned."""

    space: str
    """Space that the weights of embeddings belong to."""
    usual: FloatArray
    """(K,) what stands for a descriptor that is unknown."""
    words: Mapping[str, WordDirection]


def descriptor_columns(features: FloatArray, usual: FloatArray | None = None) -> FloatArray:
    """(N, K + 1) descriptors as directions use them, from columns of `FEATURES`.

    These are logarithms; the last says whether there is a pitch. An unknown one is NaN, or its `usual` value.
    """
    columns = np.empty((len(features), len(DESCRIPTORS) + 1), dtype=np.float32)
    for place, name in enumerate(DESCRIPTORS):
        column = features[:, FEATURES.index(name)]
        with np.errstate(invalid="ignore", divide="ignore"):
            columns[:, place] = np.log(column + np.float32(_OFFSETS[name])) if name in _OFFSETS else column * 0.1
        if usual is not None:
            np.copyto(columns[:, place], usual[place], where=~np.isfinite(columns[:, place]))
    columns[:, -1] = np.isfinite(features[:, FEATURES.index("pitch_hz")])
    return columns


def projected(direction: WordDirection, columns: FloatArray, vectors: FloatArray | None) -> FloatArray:
    """(N,) how far each sound lies along a direction; `vectors` of its space, or None."""
    if vectors is None:
        return columns @ direction.alone
    along: FloatArray = vectors @ direction.vector
    along += columns @ direction.mixed
    return along


def read_directions(path: str) -> WordDirections | None:
    """The directions in a file; None where there is none, or it cannot be used: words then mean names only."""
    try:
        return _parsed(json.loads(read_bounded(path, _MOST_BYTES)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def directions_text(directions: WordDirections, about: Mapping[str, Any]) -> str:
    """The file, with one word a line; `about` says how they were learned."""
    head = {"format": FORMAT, "space": directions.space, **about, "descriptors": [*DESCRIPTORS, "has_pitch"]}
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    lines.append(f' "usual": {json.dumps(_short(directions.usual))}')
    words = [
        f"  {json.dumps(word)}: {json.dumps([_short(each.alone), _short(each.mixed), _short(each.vector)])}"
        for word, each in sorted(directions.words.items())
    ]
    return "{\n" + ",\n".join(lines) + ',\n "words": {\n' + ",\n".join(words) + "\n }\n}\n"


def _short(numbers: FloatArray) -> list[float]:
    return [float(f"{number:.3g}") for number in numbers.tolist()]


def _parsed(stored: Any) -> WordDirections:
    """Raises ValueError, KeyError or TypeError for what is no such file."""
    if stored["format"] != FORMAT:
        raise ValueError("another version")
    words = {}
    size = None
    for word, (alone, mixed, vector) in stored["words"].items():
        size = len(vector) if size is None else size
        count = len(DESCRIPTORS) + 1
        words[str(word)] = WordDirection(_numbers(alone, count), _numbers(mixed, count), _numbers(vector, size))
    return WordDirections(str(stored["space"]), _numbers(stored["usual"], len(DESCRIPTORS)), words)


def _numbers(stored: list[float], count: int) -> NDArray[np.float32]:
    numbers = np.array([float(number) for number in stored], dtype=np.float32)
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers.tolist()):
        raise ValueError("a weight is missing or not finite")
    return numbers

"""How well a sound word fits each sample of a library, from 0 to 1.

A sample's place along the word's direction becomes two shares: of the library's samples that the word fits worse, and
of those of its class. Their mean is its strength; it has the word where either is in the upper quarter. So `bright`
finds hats and cymbals, and `bright kick` the kicks that are bright for kicks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FEATURES, FloatArray, Snapshot
from tui_browser.search.file_columns import FileColumns
from tui_browser.search.name_index import NameIndex
from tui_browser.search.named_rows import NamedRows
from tui_browser.search.sound_vocabulary import BY_DESCRIPTOR, BY_WIDTH
from tui_browser.search.word_directions import WordDirections, descriptor_columns, projected

UPPER_SHARE = 3 / 4
"""A word fits what is above this share of the library, or of its class."""
_MONO, _WIDE = 0.02, 0.3
"""Width up to which a file sounds mono, and from which on it sounds wide."""
_STEPS = 4_096
_MOST_COUNTED = 20_000
"""Samples of which the shares are counted; in a larger library evenly chosen ones."""
_SLOPE = 1e-3
"""Share by which what lies farther along is ahead where nothing was counted, so that the order is always strict."""

DirectionsOf = Callable[[str], WordDirections | None]
"""The directions for a space; those of another space serve by their descriptors."""


@dataclass(frozen=True, slots=True, eq=False)
class WordStrength:
    """One word in one snapshot."""

    strength: FloatArray
    """(N,) 0 to 1; 0 where nothing is known."""
    fits: NDArray[np.bool_]
    """(N,) whether the word may be said of the sample."""


def no_directions(_space: str) -> WordDirections | None:
    """Where no model was asked: words mean names, lengths and levels only."""
    return None


class SoundStrengths:
    """Strengths of words in the newest snapshot that was asked for; for any number of threads."""

    def __init__(self, directions_of: DirectionsOf = no_directions) -> None:
        self._directions_of = directions_of
        self._guard = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._words: dict[str, WordStrength] = {}
        self._columns: FloatArray | None = None
        self._index: NameIndex | None = None
        self._named: dict[bytes, NamedRows] = {}

    def named(self, text: bytes, index: NameIndex) -> NamedRows:
        """The rows whose names have a word as typed."""
        with self._guard:
            if index is not self._index:
                self._index, self._named = index, {}
            if text not in self._named:
                self._named[text] = NamedRows(index, text)
            return self._named[text]

    def of(self, word: str, snapshot: Snapshot, files: Callable[[], FileColumns]) -> WordStrength:
        """The strengths of a word of `SOUND_WORDS`; `files` is asked only for words on stereo."""
        with self._guard:
            if snapshot is not self._snapshot:
                self._snapshot, self._words, self._columns = snapshot, {}, None
            known = self._words.get(word)
            if known is None:
                known = _of_width(word, files().width) if word in BY_WIDTH else self._along(word, snapshot)
                self._words[word] = known
            return known

    def _along(self, word: str, snapshot: Snapshot) -> WordStrength:
        if word in BY_DESCRIPTOR:
            name, sign = BY_DESCRIPTOR[word]
            return ranked(snapshot.features[:, FEATURES.index(name)] * np.float32(sign), snapshot.classes)
        directions = self._directions_of(snapshot.space)
        direction = directions.words.get(word) if directions is not None else None
        if directions is None or direction is None:
            return _unknown(len(snapshot))
        if self._columns is None:
            self._columns = descriptor_columns(snapshot.features, directions.usual)
        vectors = snapshot.vectors
        if directions.space != snapshot.space or vectors is None or vectors.shape[1] != len(direction.vector):
            vectors = None
        along = projected(direction, self._columns, vectors)
        along[~np.isfinite(snapshot.features[:, FEATURES.index("brightness_hz")])] = np.nan  # silent: nothing to say
        return ranked(along, snapshot.classes)


def ranked(along: FloatArray, classes: NDArray[np.uint8]) -> WordStrength:
    """Strengths by places (N,) along a direction; NaN is unknown."""
    known = np.flatnonzero(np.isfinite(along))
    if not len(known):
        return _unknown(len(along))
    everything = len(known) == len(along)
    places = along if everything else along[known]
    of_class = classes if everything else classes[known]
    scaled = _scaled(places)
    step = np.minimum(scaled.astype(np.int32), _STEPS - 2)
    part = scaled - step
    counted = slice(None, None, max(1, len(known) // _MOST_COUNTED))
    in_library = _looked_up(_shares(scaled[counted])[None], np.zeros(1, dtype=np.int32), step, part)
    tables, place_of = _class_tables(scaled, of_class)
    in_class = _looked_up(tables, place_of[of_class], step, part)
    strength = np.zeros(len(along), dtype=np.float32)
    fits = np.zeros(len(along), dtype=np.bool_)
    strength[known] = 0.5 * (in_library + in_class)
    fits[known] = np.maximum(in_library, in_class) >= UPPER_SHARE
    return WordStrength(strength, fits)


def _scaled(places: FloatArray) -> FloatArray:
    """(N,) the places as steps of a table: even in the middle, ever finer together towards far ends."""
    low, middle, high = np.quantile(places[:: max(1, len(places) // _MOST_COUNTED)], (0.1, 0.5, 0.9)).tolist()
    bent = (places - np.float32(middle)) * np.float32(1.0 / max(high - low, 1e-6))
    bent /= 1 + np.abs(bent)
    bent += 1
    bent *= np.float32(0.5 * (_STEPS - 1))
    return bent


def _class_tables(scaled: FloatArray, classes: NDArray[np.uint8]) -> tuple[FloatArray, NDArray[np.int32]]:
    """(C, S) shares of each class that occurs, and (256,) its row there."""
    counts = np.bincount(classes, minlength=256)
    present = np.flatnonzero(counts)
    place_of = np.zeros(256, dtype=np.int32)
    place_of[present] = np.arange(len(present), dtype=np.int32)
    if len(scaled) > _MOST_COUNTED:
        chosen = slice(None, None, len(scaled) // _MOST_COUNTED)
        few = {int(code) for code in present if counts[code] < _MOST_COUNTED // 10}
    else:
        chosen, few = slice(None), set()
    sample, sample_classes = scaled[chosen], classes[chosen]
    tables = [
        _shares(scaled[classes == code] if int(code) in few else sample[sample_classes == code]) for code in present
    ]
    return np.stack(tables), place_of


def _shares(scaled: FloatArray) -> FloatArray:
    """(S,) share of these places that lie below each step; rising strictly, 0 to 1."""
    ordered = np.sort(scaled)
    middle = (np.arange(len(ordered)) + 0.5) / max(1, len(ordered))
    grid = np.arange(_STEPS)
    found = np.interp(grid, ordered, middle) if len(ordered) else np.full(_STEPS, 0.5)
    shares: FloatArray = (found * (1 - _SLOPE) + grid * (_SLOPE / _STEPS)).astype(np.float32)
    return shares


def _looked_up(tables: FloatArray, row: NDArray[np.int32], step: NDArray[np.int32], part: FloatArray) -> FloatArray:
    """(N,) shares between the steps."""
    flat = tables.reshape(-1)
    at = step + row * np.int32(_STEPS)
    below = flat[at]
    found: FloatArray = below + part * (flat[at + 1] - below)
    return found


def _of_width(word: str, width: FloatArray) -> WordStrength:
    """Wide and mono: absolute, since most of a library may be mono."""
    known = np.nan_to_num(width, nan=-1.0)
    strength = np.where(known < 0, 0.0, known if word == "wide" else 1.0 - known)
    fits = known >= _WIDE if word == "wide" else (known >= 0) & (known <= _MONO)
    return WordStrength(strength.astype(np.float32), fits)


def _unknown(count: int) -> WordStrength:
    return WordStrength(np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.bool_))


def nearest_directions(files: Mapping[str, WordDirections], space: str) -> WordDirections | None:
    """The directions of this space, else any: their descriptors serve everywhere."""
    return files.get(space) or next(iter(files.values()), None)

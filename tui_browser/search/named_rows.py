"""Rows whose names have a word of several words: in a path, or as a whole word of the file name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.search.name_index import NameIndex
from tui_browser.search.subsequence import word_kinds
from tui_browser.search.substring import occurrence_places


class NamedRows:
    """The rows whose names have a word: at the start of a word of the path, and as a whole word of the file name."""

    __slots__ = ("named", "titled")

    def __init__(self, index: NameIndex, text: bytes) -> None:
        rows, places = occurrence_places(index, text, "text")
        raw = np.frombuffer(index.names.blob, dtype=np.uint8)
        kinds = word_kinds()
        end = places + len(text)
        before = index.text[np.maximum(places - 1, 0)]
        hump = _is_upper(raw[places]) & ~_is_upper(raw[np.maximum(places - 1, 0)]) if len(places) else before == 0
        low = index.start[rows]
        begins = (places == low) | (kinds[before] == 0) | _is_digit(before) | hump
        after = np.minimum(end, max(len(raw) - 1, 0))
        closes = (end >= low + index.length[rows]) | ~_is_lower(raw[after])
        in_name = places >= low + index.name_at[rows]
        self.named: NDArray[np.intp] = np.unique(rows[begins])
        """Rows whose path has a word that begins so."""
        self.titled: NDArray[np.intp] = np.unique(rows[begins & closes & in_name])
        """Rows whose file name has this word."""


def _is_upper(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (letters >= ord("A")) & (letters <= ord("Z"))


def _is_lower(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (letters >= ord("a")) & (letters <= ord("z"))


def _is_digit(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (letters >= ord("0")) & (letters <= ord("9"))

"""Rows whose text holds a word as it is typed: side by side, at an end, whole, in its upper and lower case."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.search.conditions import Part, WordTerm
from tui_browser.search.name_index import NameIndex
from tui_browser.search.subsequence import occurs_at, word_kinds

_BY_FREQUENCY = b"zqxjyvwgfbumkp9876543d21_-cnlrihtos0e/a ."
"""Bytes of sample names from rare to frequent; all others are rare."""
_BLOCK = 8_192
"""Rows whose letters are compared at once."""


def holds_word(index: NameIndex, rows: NDArray[np.int32], text: bytes, word: WordTerm) -> NDArray[np.bool_]:
    """(n,) whether each of these rows, all of which have the letters of `text` in order, holds the word as it says.

    `text` is one spelling of the word: folded, or as typed where case matters.
    """
    letters = raw_letters(index) if word.case else index.text
    if word.starts or word.ends:
        return _at_ends(index, rows, letters, text, word)
    if word.exact:
        return _holds(index, rows, letters, text, word)
    return _in_order(index, rows, letters, text, word.part)


def raw_letters(index: NameIndex) -> NDArray[np.uint8]:
    """All paths as they are, not folded."""
    return np.frombuffer(index.names.blob, dtype=np.uint8)


def bounds(
    index: NameIndex, rows: NDArray[np.intp] | NDArray[np.int32], part: Part
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) where the part of each row's text begins and ends."""
    start = index.start[rows]
    name = start + index.name_at[rows]
    match part:
        case "name":
            return name, start + index.length[rows]
        case "folder":
            return start, name
        case "text":
            return start, start + index.length[rows]
        case "path":
            return index.names.offsets[rows], index.names.offsets[1:][rows]


def _at_ends(
    index: NameIndex, rows: NDArray[np.int32], letters: NDArray[np.uint8], text: bytes, word: WordTerm
) -> NDArray[np.bool_]:
    low, high = bounds(index, rows, word.part)
    places = [high - len(text)] if word.ends else [low, low + index.name_at[rows]]
    fits = np.zeros(len(rows), dtype=np.bool_)
    for place in places:
        here = occurs_at(letters, text, place, high) & (place >= low)
        if word.starts and word.ends:
            here &= (place == low) | (place == low + index.name_at[rows])
        fits |= here
    return fits


def _holds(
    index: NameIndex, rows: NDArray[np.int32], letters: NDArray[np.uint8], text: bytes, word: WordTerm
) -> NDArray[np.bool_]:
    """Whether the part of each row's text contains the word side by side."""
    if len(rows) > len(index) // 10 or word.whole:  # one pass over all names is cheaper than many short ones
        keep: NDArray[np.bool_] = np.isin(rows, occurrences(index, text, word))
        return keep
    low, high = bounds(index, rows, word.part)
    blob = letters.data
    pieces = zip(low.tolist(), high.tolist(), strict=True)
    return np.fromiter((text in bytes(blob[a:b]) for a, b in pieces), dtype=np.bool_, count=len(rows))


def occurrences(index: NameIndex, text: bytes, word: WordTerm) -> NDArray[np.intp]:
    """Rows whose part of the text contains the word side by side; a row may be repeated."""
    rows, places = occurrence_places(index, text, word.part, case=word.case)
    if not word.whole:
        return rows
    low, high = bounds(index, rows, word.part)
    before = word_kinds()[index.text[np.maximum(places - 1, 0)]]
    after = word_kinds()[index.text[np.minimum(places + len(text), len(index.text) - 1)]]
    alone = ((places == low) | (before == 0)) & ((places + len(text) == high) | (after == 0))
    whole: NDArray[np.intp] = rows[alone]
    return whole


def occurrence_places(
    index: NameIndex, text: bytes, part: Part, *, case: bool = False
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(n,) rows whose part of the text contains this side by side, and where it begins in all paths."""
    letters = raw_letters(index) if case else index.text
    anchor = min(range(len(text)), key=lambda k: _BY_FREQUENCY.find(text[k : k + 1].lower()))
    places = np.flatnonzero(letters == text[anchor]) - anchor
    places = places[(places >= 0) & (places + len(text) <= len(letters))]
    for k, byte in enumerate(text):
        if k != anchor:
            places = places[letters[places + k] == byte]
    rows = np.searchsorted(index.names.offsets, places, side="right") - 1
    low, high = bounds(index, rows, part)
    inside = (places >= low) & (places + len(text) <= high)
    return rows[inside].astype(np.intp), places[inside]


def _in_order(
    index: NameIndex, rows: NDArray[np.int32], letters: NDArray[np.uint8], text: bytes, part: Part
) -> NDArray[np.bool_]:
    """Whether the part of each row's text has these letters in order."""
    fits = np.zeros(len(rows), dtype=np.bool_)
    low, high = bounds(index, rows, part)
    for block in range(0, len(rows), _BLOCK):
        here = slice(block, block + _BLOCK)
        begin, length = low[here, None], (high - low)[here, None]
        column = np.arange(int(length.max(initial=0)))
        grid = np.where(column < length, letters[np.minimum(begin + column, len(letters) - 1)], 0)
        place = np.full((len(grid), 1), -1)
        found = np.ones(len(grid), dtype=np.bool_)
        for byte in text:
            later = (grid == byte) & (column > place)
            found &= later.any(axis=1)
            place = later.argmax(axis=1)[:, None]
        fits[here] = found
    return fits

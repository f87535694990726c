"""Exact scores of fuzzy matches: the best of all alignments of a word with a name.

Characters at the start of a word, adjacent ones, those up to the end of a word, and characters in the file name score
higher; gaps cost by their length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.search.name_index import NameIndex
from tui_browser.search.subsequence import GAP, IN_NAME, LETTER, NAME_START, RUN, WORD_END, WORD_START, word_kinds

Points = NDArray[np.signedinteger[Any]]

WHOLE_NAME = 12
"""Points when the word is the whole file name."""
IMPOSSIBLE = -(1 << 20)
"""Below every score: the name does not match."""
_SHORT_WORD, _NARROW = 64, 1_024
"""Up to so many characters of a word and of the texts points are counted in 16 bits, which takes half the time ..."""
_IMPOSSIBLE_16 = -(1 << 14)
"""... and this is below every score."""


class Texts:
    """The searched texts of n rows as a matrix, with the points of a match at each position."""

    def __init__(self, index: NameIndex, rows: NDArray[np.intp]) -> None:
        length = index.length[rows].astype(np.int64)
        width = int(length.max()) if len(rows) else 0
        column = np.arange(width)
        inside = column < length[:, None]
        where = np.minimum(index.start[rows, None] + column, max(len(index.text) - 1, 0))
        self.letters = np.where(inside, index.text[where], 0).astype(np.uint8)
        """(n, width), 0 beyond the end."""
        name_at = index.name_at[rows].astype(np.int64)
        self.in_name = (column >= name_at[:, None]) & inside
        self.name_length = length - name_at
        kind = word_kinds()[self.letters]
        before = np.zeros_like(kind)
        before[:, 1:] = kind[:, :-1]
        starts = np.where((kind != 0) & (before != kind), WORD_START // 2, 0).astype(np.int16)
        starts[(kind != 0) & (before == 0)] = WORD_START
        starts[column == name_at[:, None]] += NAME_START
        self.starts = starts
        """(n, width) points for a match that starts here."""
        after = np.zeros_like(kind)
        after[:, :-1] = kind[:, 1:]
        self.ends = np.where((kind != 0) & (after != kind), WORD_END, 0).astype(np.int16)
        """(n, width) points for adjacent characters that end here."""
        self.worth = np.where(self.in_name, LETTER + IN_NAME, LETTER).astype(np.int16)
        """(n, width) points for a character matched here."""


def scores(texts: Texts, word: bytes, *, name_only: bool, exact: bool) -> FloatArray:
    """(n,) points for the folded word, IMPOSSIBLE where a text does not match."""
    count, width = texts.letters.shape
    if width == 0:
        return np.full(count, IMPOSSIBLE, dtype=np.float32)
    allowed = texts.in_name if name_only else None
    short = len(word) <= _SHORT_WORD and width <= _NARROW
    kind: type[np.signedinteger[Any]] = np.int16 if short else np.int32
    impossible = kind(_IMPOSSIBLE_16 if short else IMPOSSIBLE)
    starts, worth = texts.starts.astype(kind, copy=False), texts.worth.astype(kind, copy=False)
    step = np.maximum(kind(RUN), starts)
    best = np.zeros((count, width), dtype=kind)
    adjacent = best
    for i, byte in enumerate(word):
        here = texts.letters == byte
        if allowed is not None:
            here &= allowed
        run = starts if i == 0 else _moved(adjacent, impossible) + step
        follows = run
        if i and not exact:
            follows = np.maximum(_moved(best, impossible) + step, _after_gap(best, impossible) + starts)
        adjacent = np.where(here, worth + run, impossible)
        best = adjacent if exact else np.where(here, worth + follows, impossible)
    points = np.maximum(best, adjacent + texts.ends).max(axis=1).astype(np.int32)
    points[points <= impossible // 2] = IMPOSSIBLE
    whole = (texts.name_length == len(word)) & (points > IMPOSSIBLE // 2)
    ends_name = np.zeros(count, dtype=np.bool_)
    for row in np.flatnonzero(whole):
        ends_name[row] = texts.letters[row][texts.in_name[row]].tobytes() == word
    return np.where(points <= IMPOSSIBLE // 2, IMPOSSIBLE, points + WHOLE_NAME * ends_name).astype(np.float32)


def _moved(points: Points, impossible: np.signedinteger[Any]) -> Points:
    """(n, width) the points of the character before."""
    moved = np.full_like(points, impossible)
    moved[:, 1:] = points[:, :-1]
    return moved


def _after_gap(points: Points, impossible: np.signedinteger[Any]) -> Points:
    """(n, width) the best points of a character at least two before, less the cost of the gap."""
    column = np.arange(points.shape[1], dtype=points.dtype)
    reached = np.full_like(points, impossible)
    reached[:, 2:] = np.maximum.accumulate(points + column, axis=1)[:, :-2] - column[2:] + points.dtype.type(2 - GAP)
    return reached

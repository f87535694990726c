"""Which names hold the letters of a word in order, and roughly how well.

From the last letter to the first, each is taken as late as it can be: a name holds the word when that succeeds, and
the first letter then stands as far back as any match allows, so it stands in the file name if any match does. The
tables of the index answer most steps without looking at the text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.search.names import OTHER, NameIndex, codes

LETTER, RUN, WORD_START, IN_NAME, NAME_START, GAP = 16, 8, 8, 3, 8, 8
"""Points: for a letter, one that follows its neighbour directly, one that begins a word, one in the file name, one
that begins the file name; and what a gap costs at the least."""


@dataclass(frozen=True, slots=True)
class SubsequenceMatches:
    """The names that hold a word."""

    rows: NDArray[np.int32]
    """(n,) ascending."""
    points: FloatArray
    """(n,) how well, roughly."""


def match_subsequence(
    index: NameIndex, word: bytes, *, within: NDArray[np.int32] | None, name_only: bool
) -> SubsequenceMatches:
    """The rows (of `within`, or of all) whose searched text holds the folded word's letters in order."""
    rows, at = _latest(index, word, within)
    in_name = at >= index.name_at[rows]
    if name_only:
        rows, at, in_name = rows[in_name], at[in_name], in_name[in_name]
    m = len(word)
    begin = index.start[rows]
    name = begin + index.name_at[rows]
    prefix = _stands_at(index, word, name, begin + index.length[rows])
    place = begin + at
    run = _stands_at(index, word, place, begin + index.length[rows])
    before = index.text[np.maximum(place - 1, 0)]
    word_start = (at == 0) | (codes()[before] >= 36)
    points = np.full(len(rows), LETTER * m - GAP * (m > 1), dtype=np.float32)
    points += np.where(run | prefix, RUN * (m - 1) + GAP * (m > 1), 0).astype(np.float32)
    points += np.where(word_start | prefix, WORD_START, 0).astype(np.float32)
    points += np.where(in_name | prefix, IN_NAME * m, 0).astype(np.float32)
    points += np.where(prefix, NAME_START, 0).astype(np.float32)
    return SubsequenceMatches(rows, points)


def match_substring(index: NameIndex, word: bytes, found: SubsequenceMatches, *, name_only: bool) -> SubsequenceMatches:
    """Those of `found` that hold the letters of the word side by side."""
    if len(found.rows) > len(index) // 10:  # one pass over all names is cheaper than many short ones
        keep = np.isin(found.rows, _occurrences(index, word, name_only=name_only))
    else:
        blob = index.blob
        begin = index.start[found.rows]
        end = begin + index.length[found.rows]
        low = begin + index.name_at[found.rows] if name_only else begin
        pieces = zip(low.tolist(), end.tolist(), strict=True)
        keep = np.fromiter((word in bytes(blob[a:b]) for a, b in pieces), dtype=np.bool_, count=len(begin))
    return SubsequenceMatches(found.rows[keep], found.points[keep])


def _occurrences(index: NameIndex, word: bytes, *, name_only: bool) -> NDArray[np.intp]:
    """Rows whose searched text holds the word side by side; one row may come more than once."""
    anchor = min(range(len(word)), key=lambda k: _FREQUENT.find(word[k : k + 1]))
    places = np.flatnonzero(index.text == word[anchor]) - anchor
    places = places[(places >= 0) & (places + len(word) <= len(index.text))]
    for k, byte in enumerate(word):
        if k != anchor:
            places = places[index.text[places + k] == byte]
    rows = np.searchsorted(index.names.offsets, places, side="right") - 1
    low = index.start[rows] + (index.name_at[rows] if name_only else 0)
    inside = (places >= low) & (places + len(word) <= index.start[rows] + index.length[rows])
    here: NDArray[np.intp] = rows[inside]
    return here


_FREQUENT = b"zqxjyvwgfbumkp9876543d21_-cnlrihtos0e/a ."
"""Bytes of sample names from seldom to frequent; any other is seldom."""


def _latest(
    index: NameIndex, word: bytes, within: NDArray[np.int32] | None
) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Rows that hold the word, and where its first letter stands when all are taken as late as they can be."""
    rows, earliest = _possible(index, word, within)
    below = index.length[rows].astype(np.int16)
    for i in range(len(word) - 1, -1, -1):
        rows, below, earliest = _kept(below > earliest[i], rows, below, earliest)
        found = _previous(index, rows, below, word[i])
        rows, below, earliest = _kept(found >= 0, rows, found, earliest)
    return rows, below


def _possible(
    index: NameIndex, word: bytes, within: NDArray[np.int32] | None
) -> tuple[NDArray[np.int32], list[NDArray[np.uint8]]]:
    """Rows that the tables do not rule out, and for each letter a place before which it cannot be taken."""
    wanted = [codes()[byte] for byte in word]
    first = [index.first[code] if within is None else index.first[code][within] for code in wanted]
    last = [index.last[code] if within is None else index.last[code][within] for code in wanted]
    earliest = [first[0]]
    holds = last[0] > 0
    for letter_first, letter_last in zip(first[1:], last[1:], strict=True):
        # one byte is enough: where the sum overflows, `holds` is False already
        earliest.append(np.maximum(earliest[-1] + np.uint8(1), letter_first))
        holds &= earliest[-1] < letter_last
    left = np.flatnonzero(holds)
    rows = left.astype(np.int32) if within is None else within[left]
    return rows, [places[left] for places in earliest]


def _kept(
    keep: NDArray[np.bool_],
    rows: NDArray[np.int32],
    places: NDArray[np.int16],
    earliest: list[NDArray[np.uint8]],
) -> tuple[NDArray[np.int32], NDArray[np.int16], list[NDArray[np.uint8]]]:
    if keep.all():
        return rows, places, earliest
    return rows[keep], places[keep], [column[keep] for column in earliest]


def _previous(index: NameIndex, rows: NDArray[np.int32], below: NDArray[np.int16], byte: int) -> NDArray[np.int16]:
    """Where `byte` last stands below a place, -1 where it does not."""
    code = codes()[byte]
    last = index.last[code][rows].astype(np.int16)
    if code == OTHER:
        return _looked_up(index, rows, np.minimum(last, below), byte)
    at: NDArray[np.int16] = last - np.int16(1)
    later = np.flatnonzero(last > below)
    if len(later):
        at[later] = _looked_up(index, rows[later], below[later], byte)
    return at


def _looked_up(index: NameIndex, rows: NDArray[np.int32], below: NDArray[np.int16], byte: int) -> NDArray[np.int16]:
    """Where `byte` last stands below a place, found by walking back through the text; -1 where it does not."""
    found = np.full(len(rows), -1, dtype=np.int16)
    floor = index.start[rows]
    active = np.flatnonzero(below > 0)
    place = floor[active] + below[active] - 1
    while len(active):
        hit = index.text[place] == byte
        done = active[hit]
        found[done] = place[hit] - floor[done]
        on = np.flatnonzero(~hit & (place > floor[active]))
        active, place = active[on], place[on] - 1
    return found


def _stands_at(index: NameIndex, word: bytes, place: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the whole word stands at each of these places, before `end`."""
    stands = place + len(word) <= end
    left = np.flatnonzero(stands)
    for k, byte in enumerate(word):
        left = left[index.text[place[left] + k] == byte]
    stands[:] = False
    stands[left] = True
    return stands

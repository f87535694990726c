"""Subsequence matching: names that contain the characters of a word in order, with approximate points.

Characters are matched from last to first, each at its last possible position. A name matches if that succeeds, and
the first character is then as far right as in any match, so it is in the file name if it can be. The tables of the
index answer most steps without reading the text.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.search.name_index import OTHER, NameIndex, codes

LETTER, RUN, WORD_START, WORD_END, IN_NAME, NAME_START, GAP = 16, 8, 8, 16, 3, 8, 8
"""Points for a matched character, and in addition if it follows the previous one directly, starts a word, ends one and
follows directly, as do all before it, is in the file name, or starts the file name; and the least cost of a gap."""


@dataclass(frozen=True, slots=True)
class SubsequenceMatches:
    """The names that match a word."""

    rows: NDArray[np.int32]
    """(n,) ascending."""
    points: FloatArray
    """(n,) approximate score."""


def match_subsequence(
    index: NameIndex, word: bytes, *, within: NDArray[np.int32] | None, name_only: bool
) -> SubsequenceMatches:
    """The rows (of `within`, or of all) whose searched text contains the characters of the folded word in order."""
    rows, at = _latest(index, word, within)
    in_name = at >= index.name_at[rows]
    if name_only:
        rows, at, in_name = rows[in_name], at[in_name], in_name[in_name]
    m = len(word)
    begin = index.start[rows]
    name = begin + index.name_at[rows]
    prefix = occurs_at(index.text, word, name, begin + index.length[rows])
    place = begin + at
    run = occurs_at(index.text, word, place, begin + index.length[rows])
    before = index.text[np.maximum(place - 1, 0)]
    word_start = (at == 0) | (codes()[before] >= 36)
    points = np.full(len(rows), LETTER * m - GAP * (m > 1), dtype=np.float32)
    points += np.where(run | prefix, RUN * (m - 1) + GAP * (m > 1), 0).astype(np.float32)
    points += np.where(word_start | prefix, WORD_START, 0).astype(np.float32)
    points += np.where(in_name | prefix, IN_NAME * m, 0).astype(np.float32)
    points += np.where(prefix, NAME_START, 0).astype(np.float32)
    points += np.where(_ends_word(index, name + m, prefix) | _ends_word(index, place + m, run), WORD_END, 0)
    return SubsequenceMatches(rows, points)


def _ends_word(index: NameIndex, end: NDArray[np.int64], occurs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether an occurrence that ends before each position ends a word: letters and digits are words apart."""
    last, after = index.text[np.maximum(end - 1, 0)], index.text[np.minimum(end, len(index.text) - 1)]
    ends: NDArray[np.bool_] = occurs & ((word_kinds()[last] != word_kinds()[after]) | (end >= len(index.text)))
    return ends


@functools.cache
def word_kinds() -> NDArray[np.int8]:
    """(256,) 1 for letters and bytes beyond ASCII, 2 for digits, 0 for what stands between words."""
    kinds = np.where(codes() < 26, 1, np.where(codes() < 36, 2, 0)).astype(np.int8)
    kinds[0x80:] = 1
    kinds.setflags(write=False)
    return kinds


def _latest(
    index: NameIndex, word: bytes, within: NDArray[np.int32] | None
) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Rows that match, and the position of the word's first character in the rightmost match."""
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
    """Rows that the tables do not rule out, and for each character its earliest possible position."""
    wanted = [codes()[byte] for byte in word]
    first = [index.first[code] if within is None else index.first[code][within] for code in wanted]
    last = [index.last[code] if within is None else index.last[code][within] for code in wanted]
    earliest = [first[0]]
    holds = last[0] > 0
    for letter_first, letter_last in zip(first[1:], last[1:], strict=True):
        # uint8 suffices: where the sum overflows, `holds` is False already
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
    """Last position of `byte` before `below`, -1 without one."""
    code = codes()[byte]
    last = index.last[code][rows].astype(np.int16)
    if code == OTHER:
        return _search_back(index, rows, np.minimum(last, below), byte)
    at: NDArray[np.int16] = last - np.int16(1)
    later = np.flatnonzero(last > below)
    if len(later):
        at[later] = _search_back(index, rows[later], below[later], byte)
    return at


def _search_back(index: NameIndex, rows: NDArray[np.int32], below: NDArray[np.int16], byte: int) -> NDArray[np.int16]:
    """The same, by reading the text backwards."""
    positions = np.full(len(rows), -1, dtype=np.int16)
    floor = index.start[rows]
    active = np.flatnonzero(below > 0)
    place = floor[active] + below[active] - 1
    while len(active):
        equal = index.text[place] == byte
        done = active[equal]
        positions[done] = place[equal] - floor[done]
        unfinished = np.flatnonzero(~equal & (place > floor[active]))
        active, place = active[unfinished], place[unfinished] - 1
    return positions


def occurs_at(
    text: NDArray[np.uint8], word: bytes, place: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether the word occurs in the text at each of these positions and ends by `end`."""
    occurs = (place >= 0) & (place + len(word) <= end)
    candidates = np.flatnonzero(occurs)
    for k, byte in enumerate(word):
        candidates = candidates[text[place[candidates] + k] == byte]
    occurs[:] = False
    occurs[candidates] = True
    return occurs

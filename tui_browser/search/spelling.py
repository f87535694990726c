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

LETTER, RUN, WORD_START, IN_NAME, NAME_START, GAP = 16, 8, 8, 3, 8, 4
"""Points: for a letter, one that follows its neighbour directly, one that begins a word, one in the file name, one
that begins the file name; and what a gap costs at the least."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """The names that hold a word."""

    rows: NDArray[np.int32]
    """(n,) ascending."""
    points: FloatArray
    """(n,) how well, roughly."""


def spelled(index: NameIndex, word: bytes, *, within: NDArray[np.int32] | None, name_only: bool) -> Spelled:
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
    return Spelled(rows, points)


def side_by_side(index: NameIndex, word: bytes, found: Spelled, *, name_only: bool) -> Spelled:
    """Those of `found` that hold the letters of the word side by side."""
    if len(found.rows) > 20_000:  # one pass over all names is cheaper than many short ones
        keep = np.isin(found.rows, _occurrences(index, word, name_only=name_only))
    else:
        blob = index.blob
        begin = index.start[found.rows]
        end = begin + index.length[found.rows]
        low = begin + index.name_at[found.rows] if name_only else begin
        pieces = zip(low.tolist(), end.tolist(), strict=True)
        keep = np.fromiter((word in bytes(blob[a:b]) for a, b in pieces), dtype=np.bool_, count=len(begin))
    return Spelled(found.rows[keep], found.points[keep])


def _occurrences(index: NameIndex, word: bytes, *, name_only: bool) -> NDArray[np.intp]:
    """Rows whose searched text holds the word side by side; one row may come more than once."""
    blob, places, at = bytes(index.blob), [], -1
    while (at := blob.find(word, at + 1)) >= 0:
        places.append(at)
    hits = np.array(places, dtype=np.int64)
    rows = np.searchsorted(index.names.offsets, hits, side="right") - 1
    low = index.start[rows] + (index.name_at[rows] if name_only else 0)
    inside = (hits >= low) & (hits + len(word) <= index.start[rows] + index.length[rows])
    here: NDArray[np.intp] = rows[inside]
    return here


def _latest(
    index: NameIndex, word: bytes, within: NDArray[np.int32] | None
) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Rows that hold the word, and where its first letter stands when all are taken as late as they can be."""
    tail = codes()[word[-1]]
    last = index.last[tail] if within is None else index.last[tail][within]
    hit = np.flatnonzero(last)
    rows = hit.astype(np.int32) if within is None else within[hit]
    at = last[hit].astype(np.int16) - 1
    if tail == OTHER:
        rows, at = _looked_up(index, rows, at + 1, word[-1])
    for i in range(len(word) - 2, -1, -1):
        byte = word[i]
        # what still has to be found before this letter must occur before it, too: most rows drop out here
        rows, at = _previous(index, rows, at, byte)
    return rows, at


def _previous(
    index: NameIndex, rows: NDArray[np.int32], below: NDArray[np.int16], byte: int
) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Where `byte` last stands below a place; rows without it drop out."""
    code = codes()[byte]
    possible = index.first[code][rows] < below
    rows, below = rows[possible], below[possible]
    last = index.last[code][rows].astype(np.int16)
    if code == OTHER:
        return _looked_up(index, rows, np.minimum(last, below), byte)
    at = last - 1
    later = np.flatnonzero(last > below)
    if len(later):
        _, at[later] = _looked_up(index, rows[later], below[later], byte)  # it is there: nothing drops out
    return rows, at


def _looked_up(
    index: NameIndex, rows: NDArray[np.int32], below: NDArray[np.int16], byte: int
) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Where `byte` last stands below a place, found by walking back through the text; rows without it drop out."""
    found = np.full(len(rows), -1, dtype=np.int16)
    begin = index.start[rows]
    active = np.flatnonzero(below > 0)
    place = begin[active] + below[active] - 1
    floor = begin[active]
    while len(active):
        hit = index.text[place] == byte
        done = active[hit]
        found[done] = place[hit] - floor[hit]
        on = ~hit & (place > floor)
        active, place, floor = active[on], place[on] - 1, floor[on]
    there = found >= 0
    return rows[there], found[there]


def _stands_at(index: NameIndex, word: bytes, place: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the whole word stands at each of these places, before `end`."""
    stands = place + len(word) <= end
    left = np.flatnonzero(stands)
    for k, byte in enumerate(word):
        left = left[index.text[place[left] + k] == byte]
    stands[:] = False
    stands[left] = True
    return stands

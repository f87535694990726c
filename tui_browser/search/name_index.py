"""Index of names for search: the searched text of each path, and the positions of characters in it.

The searched text is the path below the deepest folder that all samples share, without its audio extension, in lower
case, and limited to its last 255 bytes.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import AUDIO_ENDINGS, Names
from tui_browser.search.toms import TomSizes

LONGEST = 255
"""Longest searched text in bytes, so that positions fit into one byte."""
NEVER = 255
"""In `first`: the character does not occur."""

_EXACT = b"abcdefghijklmnopqrstuvwxyz0123456789 _-/."
OTHER = len(_EXACT)
"""Code shared by all other bytes."""
_BLOCK = 16_384
ENDINGS = (b"", *sorted(AUDIO_ENDINGS))
"""`NameIndex.ending` indexes these; the first is no extension."""


class NameIndex:
    """The searched text of N paths, and the first and last position of each character in it.

    Takes about 85 bytes per name besides the text, and about two seconds for a million names: build it in a thread.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        folded = fold(names.blob)
        self.text = np.frombuffer(folded, dtype=np.uint8)
        """All paths, folded to lower case."""
        begin, end = names.offsets[:-1], names.offsets[1:]
        self.ending = _endings(self.text, begin, end)
        """(N,) index into ENDINGS."""
        end = end - np.array([len(ending) for ending in ENDINGS])[self.ending]
        name = np.maximum(_name_starts(self.text, names.offsets), begin)
        end = np.maximum(end, name)  # for a file named just like an extension
        start = np.maximum(begin + common_parent(names), end - LONGEST)
        start = np.minimum(start, end)
        self.start = start
        """(N,) start of the searched text in `text`."""
        self.length = (end - start).astype(np.uint8)
        """(N,)"""
        self.name_at = np.maximum(name - start, 0).astype(np.uint8)
        """(N,) start of the file name in the searched text."""
        self.toms = TomSizes()
        """Remembers the tom sizes of the snapshot that is searched."""
        self.first, self.last = _tables(self.text, start, self.length)
        """(42, N) each: position of the first occurrence of each code, and of the last plus one (0: none)."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def blob(self) -> memoryview:
        """All paths, folded to lower case, as bytes."""
        return self.text.data

    def searched(self, row: int) -> bytes:
        """The searched text of one row."""
        start = int(self.start[row])
        return self.text[start : start + int(self.length[row])].tobytes()


@functools.cache
def codes() -> NDArray[np.uint8]:
    """(256,) the code of each byte."""
    table = np.full(256, OTHER, dtype=np.uint8)
    table[np.frombuffer(_EXACT, dtype=np.uint8)] = np.arange(len(_EXACT))
    table.setflags(write=False)
    return table


def fold(text: bytes) -> bytes:
    """The text in lower case, with the same length in bytes: ASCII, Latin, Greek and Cyrillic in UTF-8."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    array = np.frombuffer(lowered, dtype=np.uint8).copy()
    lead = np.flatnonzero((array[:-1] >= 0xC3) & (array[:-1] <= 0xDF) & (array[1:] & 0xC0 == 0x80))
    table = _two_byte_lower()
    pair = table[(array[lead].astype(np.intp) - 0xC0) * 64 + (array[lead + 1] & 0x3F)]
    array[lead], array[lead + 1] = pair >> 6 | 0xC0, pair & 0x3F | 0x80
    return array.tobytes()


@functools.cache
def _two_byte_lower() -> NDArray[np.uint16]:
    lower = [c if len(low := chr(c).lower()) != 1 or not 0x80 <= ord(low) < 0x800 else ord(low) for c in range(0x800)]
    return np.array(lower, dtype=np.uint16)


def common_parent(names: Names) -> int:
    """Length of the deepest common folder of all paths, with its slash."""
    if len(names) == 0:
        return 0
    prefix = names[0][: names[0].rfind(b"/") + 1]
    text = np.frombuffer(names.blob, dtype=np.uint8)
    begin, lengths = names.offsets[:-1], np.diff(names.offsets)
    for block in range(0, len(names), _BLOCK):
        shortest = int(lengths[block : block + _BLOCK].min())
        prefix = prefix[: prefix[:shortest].rfind(b"/") + 1]
        if not prefix:
            break
        grid = text[begin[block : block + _BLOCK, None] + np.arange(len(prefix))]
        equal = (grid == np.frombuffer(prefix, dtype=np.uint8)).all(axis=0)
        if not equal.all():
            prefix = prefix[: prefix[: int(equal.argmin())].rfind(b"/") + 1]
    return len(prefix)


def _endings(text: NDArray[np.uint8], begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint8]:
    found = np.zeros(len(begin), dtype=np.uint8)
    if not len(text):
        return found
    for size in sorted({len(ending) for ending in AUDIO_ENDINGS}):
        at = np.maximum(end - size, 0)
        tail = np.zeros(len(begin), dtype=np.uint64)
        for k in range(size):
            tail = tail << np.uint64(8) | text[np.minimum(at + k, len(text) - 1)]
        fits = end - begin > size
        for code, ending in enumerate(ENDINGS):
            if len(ending) == size:
                found[fits & (tail == int.from_bytes(ending, "big"))] = code
    return found


def _name_starts(text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) position after the last slash of each path."""
    starts = []
    for block in range(0, len(offsets) - 1, _BLOCK):
        ends = offsets[block + 1 : block + _BLOCK + 1]
        base = int(offsets[block])
        slashes = np.concatenate([[-1], np.flatnonzero(text[base : int(ends[-1])] == ord("/"))])
        starts.append(base + slashes[np.searchsorted(slashes, ends - base) - 1] + 1)
    return np.concatenate(starts) if starts else np.empty(0, dtype=np.int64)


def _tables(
    text: NDArray[np.uint8], start: NDArray[np.int64], length: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    count = len(start)
    first = np.full((OTHER + 1, count), NEVER, dtype=np.uint8)
    last = np.zeros((OTHER + 1, count), dtype=np.uint8)
    for block in range(0, count, _BLOCK):  # blocks fit into the CPU cache
        here = slice(block, min(block + _BLOCK, count))
        size = here.stop - here.start
        longest = int(length[here].max())
        lane = np.arange(size, dtype=np.int32)
        padded = np.full(
            (longest, size), (OTHER + 1) * size, dtype=np.int32
        )  # an extra lane for positions past the end
        for j in range(longest):
            inside = np.flatnonzero(length[here] > j)
            byte = text[start[here][inside] + j]
            padded[j, inside] = codes()[byte].astype(np.int32) * size + lane[inside]
        low = np.full((OTHER + 2) * size, NEVER, dtype=np.uint8)
        high = np.zeros((OTHER + 2) * size, dtype=np.uint8)
        for j in range(longest):
            high[padded[j]] = j + 1
            low[padded[longest - 1 - j]] = longest - 1 - j
        first[:, here] = low[: (OTHER + 1) * size].reshape(OTHER + 1, size)
        last[:, here] = high[: (OTHER + 1) * size].reshape(OTHER + 1, size)
    return first, last

"""Words of paths as arrays: which sample has which word, without a string for each.

A word is a run of ASCII letters, or the number of a well-known drum machine. Twelve letters of five bits each are a
word's code, so that telling words apart is comparing numbers; the code of a number is above those of all words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import AUDIO_ENDINGS, DRUM_CLASSES, Names

SHORTEST, LONGEST = 3, 12
"""Range of lengths of words: shorter words are ignored, longer ones are cut."""
MACHINES = frozenset(("303", "505", "606", "626", "707", "727", "808", "909"))
_STOP = (
    "the and for with from sample samples sound sounds audio oneshot oneshots shot shots one drum drums kit kits pack "
    "packs loop loops hat hats hihat hihats bass home user users volumes media music library libraries open closed "
    "mono stereo final copy new untitled hit hits"
)
_BITS = 5


@dataclass(frozen=True, slots=True)
class PathTokens:
    """Which of N samples has which of V words."""

    vocabulary: NDArray[np.int64]
    """(V,) codes, ascending."""
    rows: NDArray[np.int64]
    """(P,) sample of each pair, ascending."""
    words: NDArray[np.int64]
    """(P,) index of its word in the vocabulary; pairs are unique."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Runs of letters or digits in the paths of some rows, in order."""

    codes: NDArray[np.int64]
    """(T,)"""
    sizes: NDArray[np.int64]
    """(T,) letters, at most `LONGEST`."""
    number: NDArray[np.bool_]
    """(T,) digits and no letters."""
    owner: NDArray[np.int64]
    """(T,) index among the rows, ascending."""
    part: NDArray[np.int64]
    """(T,) 0 for the file name, 1 for its folder, 2 for the folder above, and so on."""
    start: NDArray[np.int64]
    """(T,) start in its path."""


def tokens_of(names: Names, rows: NDArray[np.int64]) -> Tokens:
    """The words in the paths of the ascending `rows`; words also begin at a capital after a small letter."""
    lengths = names.offsets[rows + 1] - names.offsets[rows]
    text = np.frombuffer(names.blob, dtype=np.uint8)
    before = np.cumsum(lengths) - lengths
    if len(rows) != len(names):
        text = text[np.repeat(names.offsets[rows] - before, lengths) + np.arange(int(lengths.sum()))]
    kinds = _KINDS[text]
    ends = np.cumsum(lengths)
    begins = np.ones(len(text), dtype=np.bool_)
    begins[1:] = (kinds[1:] != kinds[:-1]) | (_CAPITAL[text[1:]] & _SMALL[text[:-1]])
    begins[(ends - lengths)[lengths > 0]] = True
    starts = np.flatnonzero(begins)
    sizes = np.diff(np.append(starts, len(text)))
    kind = kinds[starts]
    beside = np.zeros(len(starts), dtype=np.bool_)  # a piece of a word in another script is none
    beside[1:] |= kind[:-1] == _OTHER_SCRIPT
    beside[:-1] |= kind[1:] == _OTHER_SCRIPT
    whole = ((kind == _LETTER) & (sizes > 1) & ~beside) | (kind == _DIGIT)
    starts, sizes, number = starts[whole], np.minimum(sizes[whole], LONGEST), kind[whole] == _DIGIT
    codes = np.zeros(len(starts), dtype=np.int64)
    digits = np.ones(len(starts), dtype=np.int64)
    for at in range(LONGEST):
        char = text[np.minimum(starts + at, len(text) - 1)].astype(np.int64)
        inside = at < sizes
        codes |= np.where(inside, char & 31, 0) << (_BITS * (LONGEST - 1 - at))  # a is 1, and so is A
        digits = np.where(inside & number, digits * 10 + char - ord("0"), digits)
    codes[number] = _NUMBERS + digits[number]
    owner = np.searchsorted(ends, starts, side="right")
    slashes = np.concatenate([[0], np.cumsum(text == ord("/"))])
    part = slashes[ends[owner]] - slashes[starts]
    return Tokens(codes, sizes, number, owner, part, starts - before[owner])


def path_words(names: Names, rows: NDArray[np.int64], *, fewest: int, most: float) -> PathTokens:
    """The words in the paths of these ascending `rows`, those that `fewest` samples or more have, and no more than the
    share `most` of them. Class names, endings and words that tell nothing are left out."""
    tokens = tokens_of(names, rows)
    kept = np.where(
        tokens.number,
        (tokens.sizes == SHORTEST) & np.isin(tokens.codes, _MACHINE_CODES),
        (tokens.sizes >= SHORTEST) & ~np.isin(tokens.codes, _STOP_CODES),
    )
    codes, owner = tokens.codes[kept], tokens.owner[kept]
    vocabulary, words = np.unique(codes, return_inverse=True)
    pairs = np.unique(owner * max(1, len(vocabulary)) + words)
    owner, words = np.divmod(pairs, max(1, len(vocabulary)))
    held = np.bincount(words, minlength=len(vocabulary))
    good = (held >= fewest) & (held <= most * len(rows))
    chosen = good[words]
    return PathTokens(vocabulary[good], rows[owner[chosen]], (np.cumsum(good) - 1)[words[chosen]])


def token_text(code: int) -> str:
    """The word or number of a code."""
    if code >= _NUMBERS:
        return str(code - _NUMBERS)[1:]
    chars = [(code >> (_BITS * (LONGEST - 1 - at))) & 31 for at in range(LONGEST)]
    return "".join(chr(char + ord("a") - 1) for char in chars if char)


def code_of(word: str) -> int:
    """The code of a lower-case word or a number."""
    if word.isdigit():
        return _NUMBERS + int("1" + word[:LONGEST])
    return sum((ord(char) & 31) << (_BITS * (LONGEST - 1 - at)) for at, char in enumerate(word[:LONGEST]))


_NUMBERS = 1 << 60
_LETTER, _DIGIT, _OTHER_SCRIPT = 1, 2, 3
_KINDS = np.zeros(256, dtype=np.uint8)
_KINDS[[ord(char) for char in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = _LETTER
_KINDS[[ord(char) for char in "0123456789"]] = _DIGIT
_KINDS[128:] = _OTHER_SCRIPT
_CAPITAL, _SMALL = np.zeros(256, dtype=np.bool_), np.zeros(256, dtype=np.bool_)
_CAPITAL[ord("A") : ord("Z") + 1] = True
_SMALL[ord("a") : ord("z") + 1] = True
_CLASS_WORDS = {part for name in DRUM_CLASSES for part in name.split("_")}
_ENDINGS = {ending.decode().removeprefix(".") for ending in AUDIO_ENDINGS}
_STOP_CODES = np.array(
    [
        code_of(word + more)
        for word in {*_STOP.split(), *_CLASS_WORDS, *_ENDINGS}
        if word.isalpha()
        for more in ("", "s")
    ]
)
_MACHINE_CODES = np.array([code_of(word) for word in sorted(MACHINES)])

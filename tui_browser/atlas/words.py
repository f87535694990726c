"""Words of a million paths as arrays: which sample has which word, without a million strings.

A word is a run of ASCII letters, or the number of a well-known drum machine. Ten characters of six bits each are a
word's code, so that telling words apart is comparing numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import AUDIO_ENDINGS, CLASSES, Names

SHORTEST, LONGEST = 3, 10
"""Letters of a word that count: shorter ones are left out, longer ones are cut."""
MACHINES = frozenset(("303", "505", "606", "626", "707", "727", "808", "909"))
_STOP = (
    "the and for with from sample samples sound sounds audio oneshot oneshots shot shots one drum drums kit kits pack "
    "packs loop loops hat hats hihat hihats bass home user users volumes media music library libraries open closed "
    "mono stereo final copy new untitled hit hits"
)
_BITS = 6


@dataclass(frozen=True, slots=True)
class Words:
    """Which of N samples has which of V words."""

    vocabulary: NDArray[np.int64]
    """(V,) codes, ascending."""
    rows: NDArray[np.int64]
    """(P,) sample of each pair, ascending."""
    words: NDArray[np.int64]
    """(P,) index of its word into the vocabulary; a sample has a word once."""


def words_of(names: Names, rows: NDArray[np.int64], *, fewest: int, most: float) -> Words:
    """The words in the paths of these ascending `rows`, those that `fewest` samples or more have, and no more than the
    share `most` of them. Class names, endings and words that tell nothing are left out."""
    lengths = names.offsets[rows + 1] - names.offsets[rows]
    text = np.frombuffer(names.blob, dtype=np.uint8)
    if len(rows) != len(names):
        text = text[np.repeat(names.offsets[rows] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
                    + np.arange(int(lengths.sum()))]  # fmt: skip
    kinds = _KINDS[text]
    ends = np.cumsum(lengths)
    begins = np.ones(len(text), dtype=np.bool_)
    begins[1:] = kinds[1:] != kinds[:-1]
    begins[(ends - lengths)[lengths > 0]] = True
    starts = np.flatnonzero(begins)
    sizes = np.diff(np.append(starts, len(text)))
    kind = kinds[starts]
    beside = np.zeros(len(starts), dtype=np.bool_)  # a piece of a word in another script is none
    beside[1:] |= kind[:-1] == _OTHER_SCRIPT
    beside[:-1] |= kind[1:] == _OTHER_SCRIPT
    whole = ((kind == _LETTER) & (sizes >= SHORTEST) & ~beside) | ((kind == _DIGIT) & (sizes == SHORTEST))
    starts, sizes, number = starts[whole], np.minimum(sizes[whole], LONGEST), kind[whole] == _DIGIT
    codes = np.zeros(len(starts), dtype=np.int64)
    for at in range(LONGEST):
        char = _CODES[text[np.minimum(starts + at, len(text) - 1)]].astype(np.int64)
        codes |= np.where(at < sizes, char, 0) << (_BITS * (LONGEST - 1 - at))
    kept = np.where(number, np.isin(codes, _MACHINE_CODES), ~np.isin(codes, _STOP_CODES))
    codes, owner = codes[kept], np.searchsorted(ends, starts[kept], side="right")
    vocabulary, words = np.unique(codes, return_inverse=True)
    pairs = np.unique(owner * max(1, len(vocabulary)) + words)
    owner, words = np.divmod(pairs, max(1, len(vocabulary)))
    held = np.bincount(words, minlength=len(vocabulary))
    good = (held >= fewest) & (held <= most * len(rows))
    chosen = good[words]
    return Words(vocabulary[good], rows[owner[chosen]], (np.cumsum(good) - 1)[words[chosen]])


def spell(code: int) -> str:
    """The word of a code."""
    chars = [(code >> (_BITS * (LONGEST - 1 - at))) & 63 for at in range(LONGEST)]
    return "".join(_ALPHABET[char - 1] for char in chars if char)


def code_of(word: str) -> int:
    """The code of a word in small letters."""
    return sum((_ALPHABET.index(char) + 1) << (_BITS * (LONGEST - 1 - at)) for at, char in enumerate(word[:LONGEST]))


_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_LETTER, _DIGIT, _OTHER_SCRIPT = 1, 2, 3
_KINDS = np.zeros(256, dtype=np.uint8)
_KINDS[[ord(char) for char in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = _LETTER
_KINDS[[ord(char) for char in "0123456789"]] = _DIGIT
_KINDS[128:] = _OTHER_SCRIPT
_CODES = np.zeros(256, dtype=np.uint8)
for _index, _char in enumerate(_ALPHABET):
    _CODES[ord(_char)] = _CODES[ord(_char.upper())] = _index + 1
_CLASS_WORDS = {part for name in CLASSES for part in name.split("_")}
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

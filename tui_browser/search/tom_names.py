"""What the names of a tom say about the kit that it belongs to: words of files and folders without those for toms.

`Toms/808_tom_01.wav` and `808 Tom Low.wav` are of the kit 808. Words for sizes, hits and counters name no kit.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache

_SIZE = "low|lo|mid|med|middle|high|hi|floor|rack"
_TOM = re.compile(rf"(\d*)(?:(?:{_SIZE}|[lmh])?toms?|tomtoms?|[lmh]t|toms?(?:{_SIZE}|[lmh]))\d*")
_SIZE_WORD = re.compile(rf"(?:{_SIZE})\d*")
_HIT = re.compile(r"(?:vl?|vel|rr|take|layer)\d*|hits?|soft|hard|loud|medium|velocity|vol")
_PLAIN = frozenset({"drum", "drums", "sample", "samples", "sound", "sounds", "one", "shot", "shots", "oneshots", "wav"})
_COUNTER = re.compile(r"\d{1,2}|0\d*|\d{4,}")
"""Numbers that count files; three digits are those of a machine."""
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")


def kit_names(path: bytes) -> tuple[str, str, str]:
    """What may be the kit's name in the name of a file, the most exact first; empty where nothing is left."""
    stem = os.path.splitext(path.rpartition(b"/")[2])[0].decode(errors="surrogateescape")
    words = [kept for word in _words(stem) if (kept := _without_toms(word)) and not _is_hit(kept)]
    if words and _is_counter(words[-1]):
        words.pop()
    if words and _is_counter(words[0]):
        del words[0]
    plain = [word for word in words if len(word) > 1 and not _is_counter(word)]
    if not plain and all(map(_is_counter, words)):
        return "", "", ""
    return " ".join(words), " ".join(plain), plain[0] if plain else ""


@lru_cache(maxsize=4096)
def kit_place(folder: bytes) -> tuple[str, bool]:
    """The folder of the kit of a folder of samples, and whether the samples lie in a folder for toms.

    `Pack/808/Toms` is `Pack/808`; `Pack/Toms/808`, `Pack/808 Low Toms` and `Pack/Toms/808/High` are `Pack/808`.
    """
    kept: list[str] = []
    below_toms = of_toms = False
    for name in folder.decode(errors="surrogateescape").split("/"):
        words = _words(name)
        sizes = below_toms and bool(words) and all(map(_SIZE_WORD.fullmatch, words))
        of_toms = sizes or any(map(_TOM.fullmatch, words))
        below_toms |= of_toms
        kept.append(" ".join(filter(None, map(_without_toms, words))) if of_toms else name)
    return "/".join(filter(None, kept)), of_toms


def _words(name: str) -> list[str]:
    return _WORD.findall(_CAMEL.sub(" ", name).lower())


@lru_cache(maxsize=65_536)  # few words make up many names
def _without_toms(word: str) -> str:
    """The word, or nothing if it is for toms, sizes or samples; `808tom1` leaves 808."""
    if tom := _TOM.fullmatch(word):
        return tom[1] if len(tom[1]) > 2 else ""
    return "" if word in _PLAIN or _SIZE_WORD.fullmatch(word) else word


@lru_cache(maxsize=65_536)
def _is_counter(word: str) -> bool:
    return _COUNTER.fullmatch(word) is not None


@lru_cache(maxsize=65_536)
def _is_hit(word: str) -> bool:
    return _HIT.fullmatch(word) is not None

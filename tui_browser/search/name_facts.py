"""Tempo, key, and loop or one-shot, as sample packs write them into names of files and folders.

What is written here has to stand apart from its neighbours: `Am` is a key, the `Am` of `Ambient` is none, `Cmaj7` is a
chord, and the `120` of `kick_120` is a number like any other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from tui_browser.records import KEYS, WrittenFacts

SLOWEST, FASTEST = 40.0, 250.0
"""Tempi outside of these are taken for something else."""
PARENTS = 3
"""So many folders above a file are read, the nearest first."""
_FLATS = {"DB": "C#", "EB": "D#", "GB": "F#", "AB": "G#", "BB": "A#", "CB": "B", "FB": "E"}
_SHARPS = {"E#": "F", "B#": "C"}

_NUMBER = r"(\d{2,3}(?:[.,]\d{1,2})?)"
_TEMPO = re.compile(
    rf"(?<![\d.]){_NUMBER}[\s_\-]?bpm(?![a-z])|(?<![a-z])(?:bpm|tempo)[\s_\-=:]{{0,2}}{_NUMBER}(?![\d])", re.IGNORECASE
)
_LONG_KEY = re.compile(
    r"(?<![A-Za-z#♯♭])([A-G])[\s_]?(#|♯|b(?![a-z])|b(?=m[ai][jn])|♭|sharp|flat|)[\s_\-.]{0,2}"
    r"(?:(?:natural|harmonic|melodic)[\s_\-]{0,2})?(minor|major|min|maj)(?![a-z\d])",
    re.IGNORECASE,
)
_SHORT_KEY = re.compile(r"(?<![A-Za-z\d#♯♭])([A-G])(#|♯|b|♭|)m(?![A-Za-z\d#])")
"""`Am`, `F#m`: only with these capitals, as `am` and `fm` are words."""
_LOOP = re.compile(r"(?<![bB])(?i:loop(?:s|ed|able)?)(?![a-z])|(?<![a-zA-Z])(?i:grooves?)(?![a-z])")
_NO_LOOP = re.compile(r"(?i:non?|un|not)[\s_\-]?(?i:loop)")
_ONE_SHOT = re.compile(r"(?<![a-zA-Z])(?i:one[\s_\-]?shots?|1[\s_\-]?shots?|hits?|stabs?)(?![a-z])")
_BARE_NUMBER = re.compile(r"(?<![A-Za-z\d.#])(\d{2,3})(?![A-Za-z\d.#])")
"""A number that is a word of its own."""


def name_facts(path: bytes) -> tuple[WrittenFacts, ...]:
    """What the names of a file and of the folders above it say; nothing where they say nothing."""
    folders, name = os.path.split(path)
    stem = os.path.splitext(os.fsdecode(name))[0]
    above = _folder_facts(os.fsdecode(folders).split("/")[-PARENTS:])
    tempo, key, loop = _tempo(stem), _key(stem), _kind(stem)
    if tempo is None:
        tempo = _bare_tempo(stem, loop=above.loop if loop is None else loop)
    return tuple(facts for facts in (WrittenFacts("name", tempo, key, loop), above) if not facts.empty)


def _folder_facts(parents: list[str]) -> WrittenFacts:
    """Each fact from the nearest folder that has it."""
    nearest = parents[::-1]
    tempo = next((found for name in nearest if (found := _tempo(name)) is not None), None)
    key = next(filter(None, map(_key, nearest)), None)
    loop = next((found for name in nearest if (found := _kind(name)) is not None), None)
    return WrittenFacts("folder", tempo, key, loop)


def key_name(root: str, accidental: str, mode: str) -> str | None:
    """One of `KEYS` for a letter, an accidental in any spelling, and `m`, `min` or `minor` for minor keys."""
    sign = {"♯": "#", "sharp": "#", "♭": "b", "flat": "b"}.get(accidental.lower(), accidental.lower())
    base = (root + sign).upper()
    base = _FLATS.get(base, _SHARPS.get(base, base))
    name = base + ("m" if mode.lower() in ("m", "min", "minor") else "")
    return name if name in KEYS else None


def _key(text: str) -> str | None:
    """The key in a name; None without one, or with two that differ."""
    named = {key_name(match[1], match[2], match[3]) for match in _LONG_KEY.finditer(text)}
    named |= {key_name(match[1], match[2], "m") for match in _SHORT_KEY.finditer(text)}
    return named.pop() if len(named) == 1 else None


def _tempo(text: str) -> float | None:
    tempi = {_number(match[1] or match[2]) for match in _TEMPO.finditer(text)}
    tempi = {tempo for tempo in tempi if SLOWEST <= tempo <= FASTEST}
    return tempi.pop() if len(tempi) == 1 else None


def _bare_tempo(stem: str, *, loop: bool | None) -> float | None:
    """A lone number beside a key, or before other words in the name of a loop; counters stand at the end."""
    numbers = [match for match in _BARE_NUMBER.finditer(stem) if not match[1].startswith("0")]
    numbers = [match for match in numbers if 60 <= int(match[1]) <= 200]
    if len(numbers) != 1 or loop is False:
        return None
    number = numbers[0]
    beside_key = any(_beside(stem, number.span(), key.span()) for key in _keys(stem))
    words_follow = any(char.isalpha() for char in stem[number.end() :])
    return float(number[1]) if beside_key or (loop and words_follow) else None


def _keys(text: str) -> Iterator[re.Match[str]]:
    yield from _LONG_KEY.finditer(text)
    yield from _SHORT_KEY.finditer(text)


def _beside(text: str, first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether only separators lie between two pieces of a text."""
    between = text[first[1] : second[0]] if first[0] < second[0] else text[second[1] : first[0]]
    return 0 < len(between) <= 3 and not any(char.isalnum() for char in between)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _kind(text: str) -> bool | None:
    """True for a loop, False for a one-shot, None where neither is named, or both."""
    loop = bool(_LOOP.search(text)) and not _NO_LOOP.search(text)
    one_shot = bool(_ONE_SHOT.search(text))
    return None if loop == one_shot else loop

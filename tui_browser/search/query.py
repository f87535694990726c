"""The query language: what a person types into the search line, or after `tui-browser search`.

    kick                 letters of the file name or its folders, in this order; or the class that is called so
    "deep house"         these letters side by side
    -loop                without files that have these letters side by side, or are of this class
    name:808 -name:old   in the file name only, never by class
    class:hat            class:kick class:hat_open class:tom-low class:none
    tag:dark             the whole tag; its beginning while no tag is called so
    is:fav               fav, heard, missing
    dur:<0.4 dur:100ms..2s bright:>2k loud:-12..-6 pitch:55 noise:>0.5 attack:<10ms bpm:118..122
    key:Am               key:C#  key:minor  key:none

Several pieces must all hold. A piece that is not finished yet, or that makes no sense, is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tui_browser.records import CLASSES, FAVOURITE, FEATURES, HEARD, KEYS, MISSING, UNCLASSED
from tui_browser.search.toms import LEVELS

_SYNONYMS: dict[str, str] = {
    "kick": "kick kicks kik bd bassdrum bass-drum",
    "snare": "snare snares sd",
    "clap": "clap claps cp handclap handclaps",
    "rim": "rim rims rs rimshot rimshots sidestick",
    "hat_closed": "hat_closed hat hats hh hihat hihats hi-hat hi-hats ch chh closed closedhat closedhats",
    "hat_open": "hat_open hat hats hh hihat hihats hi-hat hi-hats oh ohh open openhat openhats",
    "cymbal": "cymbal cymbals cym crash ride",
    "tom": "tom toms",
    "cowbell": "cowbell cowbells cb",
    "shaker": "shaker shakers maracas",
    "other": "other others",
}
CLASS_WORDS: dict[str, frozenset[int]] = {
    word: frozenset(i for i, name in enumerate(CLASSES) if word in _SYNONYMS[name].split())
    for words in _SYNONYMS.values()
    for word in words.split()
}
"""What a word may mean as a class: indices into `CLASSES`."""

FLAGS = {"fav": FAVOURITE, "favourite": FAVOURITE, "favorite": FAVOURITE, "heard": HEARD, "missing": MISSING}
_NUMBERS = dict(
    zip(("dur", "bright", "noise", "pitch", "attack", "loud", "bpm"), range(len(FEATURES) - 1), strict=True)
)
_UNITS = {"": 1.0, "k": 1e3, "s": 1.0, "ms": 1e-3, "hz": 1.0, "khz": 1e3, "db": 1.0}
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+))(khz|hz|ms|db|s|k)?"
_AMOUNT = re.compile(rf"(<=|>=|<|>|=)?{_NUMBER}(?:\.\.{_NUMBER})?", re.IGNORECASE)
_PIECE = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S*))')


@dataclass(frozen=True, slots=True)
class Word:
    """Letters to find in a name."""

    text: bytes
    """UTF-8 as it was typed; never empty."""
    negated: bool = False
    exact: bool = False
    """Side by side instead of in this order."""
    name_only: bool = False
    """In the file name, and never as a class."""
    classes: frozenset[int] = frozenset()
    """Classes that the word may mean."""


@dataclass(frozen=True, slots=True)
class ClassIs:
    """Samples of one of these classes."""

    classes: frozenset[int]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TagIs:
    """Samples with this tag, upper and lower case alike."""

    tag: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class FlagIs:
    """Samples with this bit of `Snapshot.flags`."""

    flag: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """Samples whose feature (a column of `FEATURES`) lies from `low` to `high`, as float32; unknown values do not."""

    feature: int
    low: float
    high: float
    negated: bool = False


@dataclass(frozen=True, slots=True)
class KeyIs:
    """Samples in one of these keys (indices into `KEYS`); none of them means samples without a key."""

    keys: frozenset[int]
    negated: bool = False


ClassWords = Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class TomIs:
    """Toms of this level (index into `toms.LEVELS`) within their folder."""

    level: int
    negated: bool = False


Field = ClassIs | TagIs | FlagIs | Within | KeyIs | TomIs


@dataclass(frozen=True, slots=True)
class Query:
    """A query in pieces; one without pieces is everything."""

    words: tuple[Word, ...] = ()
    fields: tuple[Field, ...] = ()
    ignored: tuple[str, ...] = field(default=(), compare=False)
    """Pieces that are unfinished or make no sense, as they were typed."""

    def __bool__(self) -> bool:
        return bool(self.words or self.fields)


def class_words(names: Sequence[str]) -> dict[str, frozenset[int]]:
    """What a word may mean as a class of a model with classes of these names: its name, or one like it."""
    if tuple(names) == CLASSES:
        return CLASS_WORDS
    found: dict[str, set[int]] = {}
    for index, name in enumerate(names):
        own = name.lower()
        for word in (own, own.replace(" ", "_"), own.replace(" ", "-"), *_SYNONYMS.get(own, "").split()):
            found.setdefault(word, set()).add(index)
    return {word: frozenset(indices) for word, indices in found.items()}


def parse(text: str, *, classes: Sequence[str] = CLASSES) -> Query:
    """The query that a text means, for samples of these classes; never raises: each letter can be typed in peace."""
    meant = class_words(classes)
    words: list[Word] = []
    fields: list[Field] = []
    ignored: list[str] = []
    for match in _PIECE.finditer(text):
        if not match.group():
            continue
        minus, key, quoted, plain = match.groups()
        value, negated = (plain if quoted is None else quoted), minus == "-"
        if key is not None and _is_field(key.lower()):
            found = _field(key.lower(), value, meant, negated=negated, exact=quoted is not None)
        else:
            spelled = f"{key}:{value}" if key is not None else value
            found = _word(spelled, meant, negated=negated, exact=quoted is not None, name_only=False)
        if found is None:
            ignored.append(match.group())
        elif isinstance(found, Word):
            words.append(found)
        else:
            fields.append(found)
    return Query(tuple(words), tuple(fields), tuple(ignored))


def _is_field(key: str) -> bool:
    return key in _NUMBERS or key in ("name", "class", "tag", "is", "key")


def _word(text: str, meant: ClassWords, *, negated: bool, exact: bool, name_only: bool) -> Word | None:
    if not text or text == "-":
        return None
    classes = frozenset[int]() if exact or name_only else meant.get(text.lower(), frozenset())
    encoded = text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace")
    return Word(encoded, negated=negated, exact=exact or negated, name_only=name_only, classes=classes)


def _escaped(text: str) -> bool:
    return all(not 0xD800 <= ord(c) <= 0xDFFF or 0xDC80 <= ord(c) <= 0xDCFF for c in text)


def _field(key: str, value: str, meant: ClassWords, *, negated: bool, exact: bool) -> Word | Field | None:
    if not value:
        return None
    folded = value.lower()
    match key:
        case "name":
            return _word(value, meant, negated=negated, exact=exact, name_only=True)
        case "tag":
            return TagIs(folded, negated)
        case "is":
            return FlagIs(FLAGS[folded], negated) if folded in FLAGS else None
        case "class" if folded.replace("_", "-") in _TOMS and "tom" in meant:
            return TomIs(_TOMS[folded.replace("_", "-")], negated)
        case "class":
            classes = frozenset({UNCLASSED}) if folded == "none" else meant.get(folded)
            return ClassIs(classes, negated) if classes else None
        case "key":
            keys = _keys(folded)
            return None if keys is None else KeyIs(keys, negated)
        case _:
            return _within(_NUMBERS[key], value, negated=negated)


_TOMS = {f"tom-{name}": level for level, name in enumerate(LEVELS)} | {"tom-middle": 1}
_FLATS = {"db": "c#", "eb": "d#", "gb": "f#", "ab": "g#", "bb": "a#"}


def _keys(text: str) -> frozenset[int] | None:
    """The keys that a text means: `am`, `a minor`-like endings, flats, `minor`, `major`, `none`; None for no key."""
    if text in ("major", "minor", "none"):
        return {"major": frozenset(range(12)), "minor": frozenset(range(12, 24)), "none": frozenset[int]()}[text]
    root = text.removesuffix("major").removesuffix("maj")
    for ending in ("minor", "min", "m"):
        if root == text and text.endswith(ending):
            root = text.removesuffix(ending) + "m"
            break
    base, mode = (root[:-1], "m") if root.endswith("m") else (root, "")
    name = _FLATS.get(base, base) + mode
    return next((frozenset({i}) for i, key in enumerate(KEYS) if key.lower() == name), None)


def _within(feature: int, value: str, *, negated: bool) -> Within | None:
    match = _AMOUNT.fullmatch(value)
    if match is None:
        return None
    sign, first, unit, second, other_unit = match.groups()
    start = _amount(first, unit)
    if second is not None:
        end = _amount(second, other_unit)
        return None if sign else Within(feature, min(start, end), max(start, end), negated)
    match sign:
        case "<":
            low, high = -math.inf, float(np.nextafter(np.float32(start), np.float32(-math.inf)))
        case "<=":
            low, high = -math.inf, start
        case ">":
            low, high = float(np.nextafter(np.float32(start), np.float32(math.inf))), math.inf
        case ">=":
            low, high = start, math.inf
        case _:  # one number: what a person would read as that number
            slack = abs(start) * 0.03 + (0.5 if FEATURES[feature] == "loudness_db" else 0.0)
            low, high = start - slack, start + slack
    return Within(feature, low, high, negated)


def _amount(number: str, unit: str | None) -> float:
    return float(number) * _UNITS[(unit or "").lower()]

"""Parse the fields of a query, such as `dur:<0.4` or `class:hat-closed`, into conditions."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tui_browser.records import FAVOURITE, FEATURES, HEARD, KEYS, MISSING, UNCLASSED
from tui_browser.search.class_synonyms import TOM_SIZES, ClassWords, by_normalised_name, normalised
from tui_browser.search.conditions import (
    AuthorTerm,
    ClassTerm,
    Field,
    FlagTerm,
    KeyTerm,
    LicenceTerm,
    RangeTerm,
    TagTerm,
    TomTerm,
)
from tui_browser.search.licences import CODES, GROUP_WORDS, codes_meant

FLAGS = {"fav": FAVOURITE, "favourite": FAVOURITE, "favorite": FAVOURITE, "heard": HEARD, "missing": MISSING}
_NUMBERS = dict(
    zip(("dur", "bright", "noise", "pitch", "attack", "loud", "bpm"), range(len(FEATURES) - 1), strict=True)
)
FIELD_HELP = {
    "name": "part of a file name, as in name:808",
    "class": "a class, as in class:hat-closed or class:tom-low",
    "tag": "a tag, as in tag:dark",
    "is": "fav, heard or missing",
    "key": "a key, as in key:Am, key:minor or key:none",
    "license": "a licence, as in license:cc0, license:by-nc or license:commercial",
    "author": "part of an author's name, as in author:anna",
    "dur": "a length, as in dur:<0.4 or dur:100ms-2s",
    "bright": "Hz, as in bright:>2k",
    "noise": "0 to 1, as in noise:>0.5",
    "pitch": "Hz, as in pitch:55 or pitch:50-60",
    "attack": "a length, as in attack:<10ms",
    "loud": "dB, as in loud:-12..-6",
    "bpm": "a tempo, as in bpm:118-122",
}
"""Valid values of each field, for error messages."""
_ALIASES = {
    "duration": "dur", "length": "dur", "time": "dur", "brightness": "bright", "noisiness": "noise", "freq": "pitch",
    "frequency": "pitch", "loudness": "loud", "volume": "loud", "tempo": "bpm", "kind": "class", "type": "class",
    "file": "name", "filename": "name", "tags": "tag", "scale": "key",
    "licence": "license", "username": "author", "user": "author", "artist": "author",
}  # fmt: skip
"""Names of the fields in other programs, for suggestions."""
_LENGTH = {"": 1.0, "s": 1.0, "ms": 1e-3}
_HERTZ = {"": 1.0, "hz": 1.0, "k": 1e3, "khz": 1e3}
_UNITS = {
    "dur": _LENGTH, "attack": _LENGTH, "bright": _HERTZ, "pitch": _HERTZ, "loud": {"": 1.0, "db": 1.0},
    "noise": {"": 1.0}, "bpm": {"": 1.0, "bpm": 1.0},
}  # fmt: skip
_NUMBER = r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([a-z]*)"
_AMOUNT = re.compile(rf"(<=|>=|<|>|=)?{_NUMBER}(?:(?:\.\.|-|\u2013){_NUMBER})?", re.IGNORECASE)
_NOTE = re.compile(r"([a-g])([#b]?)(-?[0-9])")
_MOST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True)
class InvalidValue:
    """Why a value of a field is invalid."""

    reason: str
    suggestion: str = ""
    """The nearest valid value."""


def parse_condition(key: str, value: str, meant: ClassWords, *, negated: bool) -> Field | InvalidValue:
    """The condition `key:value`, for any key of `FIELD_HELP` except `name`."""
    folded = value.lower()
    if not folded:
        return InvalidValue(f"{key}: takes {FIELD_HELP[key]}")
    match key:
        case "tag":
            return TagTerm(folded, negated)
        case "is" if folded in FLAGS:
            return FlagTerm(FLAGS[folded], negated)
        case "is":
            return _invalid(key, nearest_choice(folded, FLAGS))
        case "class":
            return _class(folded, meant, negated=negated)
        case "license":
            codes = codes_meant(folded)
            if codes is not None:
                return LicenceTerm(codes, negated)
            return _invalid(key, nearest_choice(folded.removeprefix("cc-"), (*CODES, *GROUP_WORDS)))
        case "author":
            return AuthorTerm(value, negated)
        case "key":
            keys = _keys(folded)
            return KeyTerm(keys, negated) if keys is not None else _invalid(key)
        case _:
            return _range(key, folded, negated=negated)


def nearest_field(key: str) -> str:
    """The field with the most similar name or alias; empty when none is similar."""
    if len(key) < 3:
        return ""
    close = difflib.get_close_matches(key, (*FIELD_HELP, *_ALIASES), n=1, cutoff=0.75)
    return _ALIASES.get(close[0], close[0]) if close else ""


def nearest_choice(word: str, choices: Iterable[str]) -> str:
    """The shortest choice that starts with a word, else the most similar one; empty when none is similar."""
    choices = list(choices)
    completions = [choice for choice in choices if choice.startswith(word)]
    if completions:
        return min(completions, key=len)
    close = difflib.get_close_matches(word, choices, n=1)
    return close[0] if close else ""


def _invalid(key: str, suggestion: str = "") -> InvalidValue:
    return InvalidValue("" if suggestion else f"{key}: takes {FIELD_HELP[key]}", suggestion)


# --- classes ----------------------------------------------------------------------------------------------------------


_NO_CLASS = ("none", "unclassed", "no class", "off the map")
"""Names for samples without a class, also in the legend."""


def _class(folded: str, meant: ClassWords, *, negated: bool) -> Field | InvalidValue:
    if folded in meant:
        return ClassTerm(meant[folded], negated)
    name, names = normalised(folded), by_normalised_name(meant)
    if name in names:
        return ClassTerm(names[name], negated)
    if name in map(normalised, _NO_CLASS):
        return ClassTerm(frozenset({UNCLASSED}), negated)
    sizes: Mapping[str, int] = TOM_SIZES if "tom" in names else {}
    if name in sizes:
        return TomTerm(sizes[name], negated)
    return _invalid("class", nearest_choice(name, (*names, *sizes, "none")))


# --- keys -------------------------------------------------------------------------------------------------------------

_FLATS = {"db": "c#", "eb": "d#", "gb": "f#", "ab": "g#", "bb": "a#"}


def _keys(text: str) -> frozenset[int] | None:
    """Indices into `KEYS` for `am`, `amin`, `aminor`, flats, `minor`, `major` or `none`; None for an unknown key."""
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


# --- numbers ----------------------------------------------------------------------------------------------------------


def _range(key: str, value: str, *, negated: bool) -> RangeTerm | InvalidValue:
    match, units, feature = _AMOUNT.fullmatch(value), _UNITS[key], _NUMBERS[key]
    if match is None:
        return _invalid(key, _note_hertz(value) if key == "pitch" else "")
    sign, first, unit, second, other_unit = match.groups()
    if unit not in units or (other_unit or "") not in units:
        return _invalid(key)
    start = _amount(first, units[unit])
    if second is not None:
        if sign:
            return InvalidValue(f"a range takes no {sign}", value.removeprefix(sign))
        if not unit and other_unit and not math.isclose(units[other_unit], 1.0):  # 100-200ms
            start = _amount(first, units[other_unit])
        end = _amount(second, units[other_unit or ""])
        return RangeTerm(feature, min(start, end), max(start, end), negated)
    match sign:
        case "<":
            low, high = -math.inf, float(np.nextafter(np.float32(start), np.float32(-math.inf)))
        case "<=":
            low, high = -math.inf, start
        case ">":
            low, high = float(np.nextafter(np.float32(start), np.float32(math.inf))), math.inf
        case ">=":
            low, high = start, math.inf
        case _:  # a single number matches values that are about equal
            slack = abs(start) * 0.03 + (0.5 if FEATURES[feature] == "loudness_db" else 0.0)
            low, high = start - slack, start + slack
    return RangeTerm(feature, max(low, -_MOST) if math.isfinite(low) else low, high, negated)


def _amount(number: str, unit: float) -> float:
    return min(max(float(number) * unit, -_MOST / 2), _MOST / 2)


def _note_hertz(value: str) -> str:
    """The frequency in Hz of a note such as `c3`; empty for other text."""
    match = _NOTE.fullmatch(value)
    if match is None:
        return ""
    letter, accidental, octave = match.groups()
    step = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}[letter] + {"#": 1, "b": -1, "": 0}[accidental]
    return f"{440.0 * 2.0 ** ((step - 9) / 12 + int(octave) - 4):.0f}"

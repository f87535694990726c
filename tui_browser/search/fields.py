"""What stands behind the colon: the condition that `dur:<0.4` or `class:hat-closed` means, or why it means none."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tui_browser.records import FAVOURITE, FEATURES, HEARD, KEYS, MISSING, UNCLASSED
from tui_browser.search.classwords import TOM_SIZES, ClassWords, by_writing, written
from tui_browser.search.conditions import ClassIs, Field, FlagIs, KeyIs, TagIs, TomIs, Within

FLAGS = {"fav": FAVOURITE, "favourite": FAVOURITE, "favorite": FAVOURITE, "heard": HEARD, "missing": MISSING}
_NUMBERS = dict(
    zip(("dur", "bright", "noise", "pitch", "attack", "loud", "bpm"), range(len(FEATURES) - 1), strict=True)
)
TAKES = {
    "name": "letters of a file name, as in name:808",
    "class": "a class, as in class:hat-closed or class:tom-low",
    "tag": "a tag, as in tag:dark",
    "is": "fav, heard or missing",
    "key": "a key, as in key:Am, key:minor or key:none",
    "dur": "a length, as in dur:<0.4 or dur:100ms-2s",
    "bright": "Hz, as in bright:>2k",
    "noise": "0 to 1, as in noise:>0.5",
    "pitch": "Hz, as in pitch:55 or pitch:50-60",
    "attack": "a length, as in attack:<10ms",
    "loud": "dB, as in loud:-12..-6",
    "bpm": "a tempo, as in bpm:118-122",
}
"""The fields, and what stands behind their colons."""
_ELSEWHERE = {
    "duration": "dur", "length": "dur", "time": "dur", "brightness": "bright", "noisiness": "noise", "freq": "pitch",
    "frequency": "pitch", "loudness": "loud", "volume": "loud", "tempo": "bpm", "kind": "class", "type": "class",
    "file": "name", "filename": "name", "tags": "tag", "scale": "key",
}  # fmt: skip
"""What other programs call them."""
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
class Unclear:
    """Why a value means nothing."""

    why: str
    suggestion: str = ""
    """A value that would mean something."""


def condition(key: str, value: str, meant: ClassWords, *, negated: bool) -> Field | Unclear:
    """The condition that `key:value` means, for a key of `TAKES` but `name`."""
    folded = value.lower()
    if not folded:
        return Unclear(f"{key}: takes {TAKES[key]}")
    match key:
        case "tag":
            return TagIs(folded, negated)
        case "is" if folded in FLAGS:
            return FlagIs(FLAGS[folded], negated)
        case "is":
            return _unclear(key, nearest(folded, FLAGS))
        case "class":
            return _class(folded, meant, negated=negated)
        case "key":
            keys = _keys(folded)
            return KeyIs(keys, negated) if keys is not None else _unclear(key)
        case _:
            return _within(key, folded, negated=negated)


def field_meant(key: str) -> str:
    """The field whose name is most like this one; empty where none is like it."""
    if len(key) < 3:
        return ""
    close = difflib.get_close_matches(key, (*TAKES, *_ELSEWHERE), n=1, cutoff=0.75)
    return _ELSEWHERE.get(close[0], close[0]) if close else ""


def nearest(word: str, choices: Iterable[str]) -> str:
    """The choice that begins with a word, else the one that is most like it; empty where none is like it."""
    choices = list(choices)
    begun = [choice for choice in choices if choice.startswith(word)]
    if begun:
        return min(begun, key=len)
    close = difflib.get_close_matches(word, choices, n=1)
    return close[0] if close else ""


def _unclear(key: str, suggestion: str = "") -> Unclear:
    return Unclear("" if suggestion else f"{key}: takes {TAKES[key]}", suggestion)


# --- classes ----------------------------------------------------------------------------------------------------------


_NO_CLASS = ("none", "unclassed", "no class", "off the map")
"""What samples without a class are called, in the legend too."""


def _class(folded: str, meant: ClassWords, *, negated: bool) -> Field | Unclear:
    if folded in meant:
        return ClassIs(meant[folded], negated)
    name, names = written(folded), by_writing(meant)
    if name in names:
        return ClassIs(names[name], negated)
    if name in map(written, _NO_CLASS):
        return ClassIs(frozenset({UNCLASSED}), negated)
    sizes: Mapping[str, int] = TOM_SIZES if "tom" in names else {}
    if name in sizes:
        return TomIs(sizes[name], negated)
    return _unclear("class", nearest(name, (*names, *sizes, "none")))


# --- keys -------------------------------------------------------------------------------------------------------------

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


# --- numbers ----------------------------------------------------------------------------------------------------------


def _within(key: str, value: str, *, negated: bool) -> Within | Unclear:
    match, units, feature = _AMOUNT.fullmatch(value), _UNITS[key], _NUMBERS[key]
    if match is None:
        return _unclear(key, _as_hertz(value) if key == "pitch" else "")
    sign, first, unit, second, other_unit = match.groups()
    if unit not in units or (other_unit or "") not in units:
        return _unclear(key)
    start = _amount(first, units[unit])
    if second is not None:
        if sign:
            return Unclear(f"a range has no {sign}", value.removeprefix(sign))
        if not unit and other_unit and not math.isclose(units[other_unit], 1.0):  # 100-200ms
            start = _amount(first, units[other_unit])
        end = _amount(second, units[other_unit or ""])
        return Within(feature, min(start, end), max(start, end), negated)
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
    return Within(feature, max(low, -_MOST) if math.isfinite(low) else low, high, negated)


def _amount(number: str, unit: float) -> float:
    return min(max(float(number) * unit, -_MOST / 2), _MOST / 2)


def _as_hertz(value: str) -> str:
    """The pitch of a note like `c3`, as a number; empty for what is no note."""
    match = _NOTE.fullmatch(value)
    if match is None:
        return ""
    letter, accidental, octave = match.groups()
    step = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}[letter] + {"#": 1, "b": -1, "": 0}[accidental]
    return f"{440.0 * 2.0 ** ((step - 9) / 12 + int(octave) - 4):.0f}"

"""Amounts of a query as bounds: `<0.4`, `100ms-2s`, `>5k`, `c2..c4`."""

from __future__ import annotations

import math
import re

import numpy as np

from tui_browser.search.conditions import InvalidValue

Bounds = tuple[float, float]
"""Lowest and highest amount, both included as float32."""

_LENGTH = {"": 1.0, "s": 1.0, "ms": 1e-3}
_HERTZ = {"": 1.0, "hz": 1.0, "k": 1e3, "khz": 1e3}
_UNITS = {
    "dur": _LENGTH, "attack": _LENGTH, "bright": _HERTZ, "pitch": _HERTZ, "loud": {"": 1.0, "db": 1.0},
    "noise": {"": 1.0}, "rating": {"": 1.0}, "bpm": {"": 1.0, "bpm": 1.0}, "rate": _HERTZ, "ch": {"": 1.0, "ch": 1.0},
    "bits": {"": 1.0, "bit": 1.0, "bits": 1.0},
    "size": {
        "": 1.0, "b": 1.0, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9,
        "ki": 2.0**10, "kib": 2.0**10, "mi": 2.0**20, "mib": 2.0**20, "gi": 2.0**30, "gib": 2.0**30,
    },
}  # fmt: skip
_EXACT = ("size",)
"""Amounts that float32 is too coarse for."""
_NUMBER = r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([a-z]*)"
_RANGE_SIGN = r"(?:\.\.|-|\u2013)"
_AMOUNT = re.compile(rf"(<=|>=|<|>|=)?{_NUMBER}(?:{_RANGE_SIGN}{_NUMBER})?", re.IGNORECASE)
_UNFINISHED = re.compile(rf"(?:<=|>=|<|>|=)?[+-]?\.?|{_NUMBER}(?:\.\.?|-|\u2013)[+-]?\.?", re.IGNORECASE)
_NOTE = r"[a-g][#b]?-?[0-9]"
_NOTES = re.compile(rf"(<=|>=|<|>|=)?({_NOTE})(?:{_RANGE_SIGN}({_NOTE}))?")
_MOST = float(np.finfo(np.float32).max)
_QUARTER_TONE = 2.0 ** (0.5 / 12.0)


def parse_bounds(key: str, text: str) -> Bounds | InvalidValue | None:
    """The bounds that an amount in lower case stands for; None for a text that is none.

    A single number stands for what is about equal: 3 % to both sides, or half a dB more; a note for what is up to a
    quarter tone away.
    """
    if key == "pitch" and (note := _NOTES.fullmatch(text)) is not None:
        return _note_bounds(note)
    match, units = _AMOUNT.fullmatch(text), _UNITS[key]
    if match is None:
        return None
    sign, first, unit, second, other_unit = match.groups()
    if unit not in units or (other_unit or "") not in units:
        return None
    start = _amount(first, units[unit])
    if second is not None:
        if sign:
            return InvalidValue(f"a range takes no {sign}", text.removeprefix(sign))
        if not unit and other_unit and not math.isclose(units[other_unit], 1.0):  # 100-200ms
            start = _amount(first, units[other_unit])
        end = _amount(second, units[other_unit or ""])
        return min(start, end), max(start, end)
    slack = abs(start) * 0.03 + (0.5 if key == "loud" else 0.0)
    return _exact_bounds(sign, start, slack) if key in _EXACT else _bounds(sign, start, slack)


def may_become_amount(text: str) -> bool:
    """Whether more letters could make this an amount: `<`, `120-`, `-`."""
    return _UNFINISHED.fullmatch(text) is not None


def tempo_bounds(low: float, high: float) -> tuple[Bounds, Bounds, Bounds]:
    """A tempo, half of it and double."""
    return (low, high), (low / 2, high / 2), (low * 2, high * 2)


def _bounds(sign: str | None, start: float, slack: float) -> Bounds:
    match sign:
        case "<":
            return -math.inf, float(np.nextafter(np.float32(start), np.float32(-math.inf)))
        case "<=":
            return -math.inf, start
        case ">":
            return max(float(np.nextafter(np.float32(start), np.float32(math.inf))), -_MOST), math.inf
        case ">=":
            return start, math.inf
        case _:
            return max(start - slack, -_MOST), start + slack


def _exact_bounds(sign: str | None, start: float, slack: float) -> Bounds:
    """As `_bounds`, to the last bit."""
    bounds = {
        "<": (-math.inf, math.nextafter(start, -math.inf)),
        "<=": (-math.inf, start),
        ">": (math.nextafter(start, math.inf), math.inf),
        ">=": (start, math.inf),
    }
    return bounds.get(sign or "", (start - slack, start + slack))


def _amount(number: str, unit: float) -> float:
    return min(max(float(number) * unit, -_MOST / 2), _MOST / 2)


def _note_bounds(match: re.Match[str]) -> Bounds | InvalidValue:
    sign, first, last = match[1], _hertz(match[2]), _hertz(match[3] or match[2])
    if sign and match[3]:
        return InvalidValue(f"a range takes no {sign}", match[0].removeprefix(sign))
    if sign and sign != "=":
        return _bounds(sign, first, 0.0)
    return min(first, last) / _QUARTER_TONE, max(first, last) * _QUARTER_TONE


def _hertz(note: str) -> float:
    """The frequency of a note such as `c3` or `f#-1`, with a4 at 440 Hz."""
    letter, accidental = note[0], note[1] if note[1] in "#b" else ""
    octave = int(note[1 + len(accidental) :])
    step = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}[letter] + {"#": 1, "b": -1, "": 0}[accidental]
    return 440.0 * float(2.0 ** ((step - 9) / 12 + octave - 4))

"""Times of a query as bounds: `7d`, `>3mo`, `today`, `2024`, `2024-05..2024-06`."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta

from tui_browser.search.conditions import InvalidValue

Bounds = tuple[float, float]
"""First and last second since 1970; both are included."""

_AGE_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "mo": 30.44, "y": 365.25}
_NAMES = {
    "h": ("h", "hour", "hours"), "d": ("d", "day", "days"), "w": ("w", "week", "weeks"),
    "mo": ("mo", "month", "months"), "y": ("y", "year", "years"),
}  # fmt: skip
_UNITS = {name: unit for unit, names in _NAMES.items() for name in names}
_AGE = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([a-z]+)")
_DATE = re.compile(r"(19[7-9][0-9]|2[01][0-9]{2})(?:-(0?[1-9]|1[0-2])(?:-(0?[1-9]|[12][0-9]|3[01]))?)?")
_SIGN = re.compile(r"(<=|>=|<|>|=)?(.*)", re.DOTALL)
_UNFINISHED = re.compile(r"[0-9.]*[a-z]*|[0-9]{1,4}(-[0-9]{0,2}){0,2}-?")
WORDS = ("today", "yesterday", "week", "month", "year")
"""Times by name; `week`, `month` and `year` are the present ones."""
_INSTANT = 1e-6
"""Seconds between the end of one time and the start of the next."""


def parse_times(text: str, *, now: datetime) -> Bounds | InvalidValue | None:
    """The bounds of a time in lower case, local to `now`; None for a text that is none.

    An age alone means at most so old; `>7d` is older. A date means all of it; `>2024` is after it, `<2024` before.
    """
    match = _SIGN.fullmatch(text)
    assert match is not None  # the pattern matches every text
    sign, value = match.groups()
    first, dots, last = value.partition("..")
    if dots and sign:
        return InvalidValue(f"a range takes no {sign}", value)
    if dots:
        pair = _span(first, now), _span(last, now)
        if pair[0] is None or pair[1] is None:
            return None
        return min(pair[0][0], pair[1][0]), max(pair[0][1], pair[1][1])
    age = _age(value)
    if age is not None:
        moment = now.timestamp() - age * 86_400
        return (-math.inf, moment) if sign in (">", ">=") else (moment, math.inf)
    span = _span(value, now)
    if span is None:
        return None
    start, end = span
    bounds = {"<": (-math.inf, start - _INSTANT), "<=": (-math.inf, end), ">": (end + _INSTANT, math.inf)}
    return bounds.get(sign, (start, math.inf) if sign == ">=" else span)


def may_become_time(text: str) -> bool:
    """Whether more letters could make this a time: `<`, `7`, `2024-`, `tod`, `2024..`."""
    match = _SIGN.fullmatch(text)
    value = match[2] if match is not None else text
    last = value.rpartition("..")[2].rstrip(".")
    unit = _AGE.fullmatch(last)
    if unit is not None:
        return any(name.startswith(unit[2]) for name in _UNITS)
    if last.isalpha():
        return any(word.startswith(last) for word in WORDS)
    return _UNFINISHED.fullmatch(last) is not None


def _age(text: str) -> float | None:
    """Days."""
    match = _AGE.fullmatch(text)
    unit = _UNITS.get(match[2]) if match is not None else None
    if match is None or unit is None:
        return None
    return min(float(match[1]) * _AGE_DAYS[unit], 1e6)


def _span(text: str, now: datetime) -> Bounds | None:
    """All of a date, or from an age on to now."""
    age = _age(text)
    if age is not None:
        moment = now.timestamp() - age * 86_400
        return moment, moment
    days = _days(text, now.date())
    if days is None:
        return None
    start, end = (datetime(day.year, day.month, day.day, tzinfo=now.tzinfo).timestamp() for day in days)
    return start, end - _INSTANT


def _days(text: str, today: date) -> tuple[date, date] | None:
    """The first day, and the first one after."""
    match text:
        case "today":
            return today, today + timedelta(days=1)
        case "yesterday":
            return today - timedelta(days=1), today
        case "week":
            monday = today - timedelta(days=today.weekday())
            return monday, monday + timedelta(days=7)
        case "month":
            return _month(today.year, today.month)
        case "year":
            return date(today.year, 1, 1), date(today.year + 1, 1, 1)
    match_ = _DATE.fullmatch(text)
    if match_ is None:
        return None
    year, month, day = match_.groups()
    if month is None:
        return date(int(year), 1, 1), date(int(year) + 1, 1, 1)
    if day is None:
        return _month(int(year), int(month))
    try:
        first = date(int(year), int(month), int(day))
    except ValueError:  # the 30th of February
        return None
    return first, first + timedelta(days=1)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)

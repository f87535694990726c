"""Times of a query: ages, dates, and what is none."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.search.conditions import InvalidValue
from tui_browser.search.query import parse
from tui_browser.search.times import may_become_time, parse_times

NOW = datetime(2024, 5, 15, 12, 30)  # a Wednesday


def inside(text: str, moment: datetime) -> bool:
    bounds = parse_times(text, now=NOW)
    assert bounds is not None and not isinstance(bounds, InvalidValue), text
    return bounds[0] <= moment.timestamp() <= bounds[1]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", datetime(2024, 5, 15), datetime(2024, 5, 15, 23, 59, 59)),
        ("yesterday", datetime(2024, 5, 14), datetime(2024, 5, 14, 23, 59, 59)),
        ("week", datetime(2024, 5, 13), datetime(2024, 5, 19, 23, 59, 59)),
        ("month", datetime(2024, 5, 1), datetime(2024, 5, 31, 23, 59, 59)),
        ("year", datetime(2024, 1, 1), datetime(2024, 12, 31, 23, 59, 59)),
        ("2023", datetime(2023, 1, 1), datetime(2023, 12, 31, 23, 59, 59)),
        ("2023-12", datetime(2023, 12, 1), datetime(2023, 12, 31, 23, 59, 59)),
        ("2024-02-29", datetime(2024, 2, 29), datetime(2024, 2, 29, 23, 59, 59)),
        ("2024-03..2024-02", datetime(2024, 2, 1), datetime(2024, 3, 31, 23, 59, 59)),
        ("2024-05-14..today", datetime(2024, 5, 14), datetime(2024, 5, 15, 23, 59, 59)),
    ],
)
def test_a_date_is_all_of_it(text: str, first: datetime, last: datetime) -> None:
    second = timedelta(seconds=1)
    assert [inside(text, moment) for moment in (first - second, first, last, last + second)] == [0, 1, 1, 0]


def test_before_after_and_ages() -> None:
    assert inside(">2023", datetime(2024, 1, 1)) and not inside(">2023", datetime(2023, 12, 31))
    assert inside("<2023", datetime(2022, 12, 31)) and not inside("<2023", datetime(2023, 1, 1))
    assert inside(">=2023", datetime(2023, 1, 1)) and inside("<=2023", datetime(2023, 12, 31))
    assert inside("7d", NOW - timedelta(days=6)) and not inside("7d", NOW - timedelta(days=8))
    assert inside(">7d", NOW - timedelta(days=8)) and not inside(">7d", NOW - timedelta(days=6))
    assert inside("36h", NOW - timedelta(hours=35)) and inside("1.5weeks", NOW - timedelta(days=10))
    assert inside("7d", NOW + timedelta(days=300)), "a clock that goes wrong is no reason to hide a file"


@pytest.mark.parametrize("text", ["2024-02-30", "2024-13", "1d2", "d", "tomorrow", "7", "20245", "..", "2024..", "<"])
def test_what_is_no_time(text: str) -> None:
    assert parse_times(text, now=NOW) is None


def test_what_is_begun_waits_and_what_is_wrong_says_so() -> None:
    for text in ("<", "7", "tod", "2024-", "2024..", "7d..", "202", "3mon", "2024-05.."):
        assert may_become_time(text), text
        assert parse(f"changed:{text}").problems[0].unfinished
    (problem,) = parse("changed:lately").problems
    assert "changed:today" in problem.sentence and not problem.unfinished
    assert "takes no <" in parse("changed:<2023..2024").problems[0].sentence


@given(st.text(alphabet="0123456789-.<>=dhwmoytay \n", max_size=16))
def test_any_text_is_bounds_in_order_or_none(text: str) -> None:
    bounds = parse_times(text, now=NOW)
    if bounds is not None and not isinstance(bounds, InvalidValue):
        assert bounds[0] <= bounds[1] and not math.isnan(bounds[0])

"""Drives that report no changes are asked often after one, rarely while nothing happens, and never too much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.folder.poll_pace import PollPace

NAS, STICK = b"/nas", b"/stick"


def test_the_pace_slows_down_while_nothing_changes_and_a_change_brings_it_back() -> None:
    pace = PollPace(first_s=10, longest_s=60)
    assert pace.due([NAS], 0.0) == [] and pace.next_due() == 10
    pauses, now = [], 10.0
    for _ in range(7):
        assert pace.due([NAS], now) == [NAS]
        pace.note([NAS], now, took_s=0.1, changed=False)
        pauses.append(pace.next_due() - now)
        now = pace.next_due()
    assert pauses == pytest.approx([15, 22.5, 33.75, 50.625, 60, 60, 60])
    pace.note([NAS], now, took_s=0.1, changed=True)
    assert pace.next_due() == now + 10


def test_a_slow_server_is_asked_for_a_twentieth_of_the_time() -> None:
    pace = PollPace(first_s=10, longest_s=60)
    pace.due([NAS, STICK], 0.0)
    pace.note([NAS], 100.0, took_s=20.0, changed=True)
    pace.note([b"/other"], 100.0, took_s=20.0, changed=True)
    assert pace.due([NAS, STICK], 400.0) == [STICK]
    assert pace.due([NAS, STICK], 480.0) == [NAS, STICK]
    assert pace.due([STICK], 485.0) == [] and pace.due([NAS, STICK], 490.0) == [STICK]


@given(st.lists(st.tuples(st.booleans(), st.floats(0.0, 50.0)), max_size=50))
def test_scans_never_take_more_than_their_share(scans: list[tuple[bool, float]]) -> None:
    pace, now, spent = PollPace(), 0.0, 0.0
    pace.due([NAS], now)
    for changed, took_s in scans:
        now = pace.next_due()
        assert pace.due([NAS], now) == [NAS]
        now += took_s
        spent += took_s
        pace.note([NAS], now, took_s=took_s, changed=changed)
        assert took_s == 0 or pace.next_due() - now >= 19 * took_s * 0.999
        assert 9.999 <= pace.next_due() - now <= max(600.001, 19 * took_s * 1.001)

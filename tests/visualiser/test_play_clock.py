"""The play clock: in time with what is heard for as long as it plays, whatever the device's clock does."""

from __future__ import annotations

import random

import pytest

from tui_browser.visualiser.features import frame_at
from tui_browser.visualiser.play_clock import PlayClock


@pytest.mark.parametrize("drift", [0.0, 1e-4, -1e-4], ids=["exact", "fast", "slow"])
@pytest.mark.parametrize("interval_s", [0.1, 0.5], ids=["at the desk", "from a listener"])
def test_e3_it_stays_within_a_frame_for_ten_minutes(drift: float, interval_s: float) -> None:
    """The device's clock is off by 100 ppm (60 ms in ten minutes), and reports come up to 20 ms late."""
    rng = random.Random(1)
    clock, now, next_report, worst = PlayClock(0.0, 0.0), 0.0, interval_s, 0.0
    late_s = 0.01
    while now < 600:
        now += 1 / 30
        if now >= next_report:
            next_report += interval_s
            jitter_s = rng.uniform(0, 2 * late_s)
            clock = clock.corrected((now - jitter_s) * (1 + drift), now)
        heard_s = (now - late_s) * (1 + drift)
        if now > 5:
            worst = max(worst, abs(frame_at(clock.position(now)) - frame_at(heard_s)))
    assert worst <= 1


def test_e3_without_reports_it_goes_by_the_speed() -> None:
    clock = PlayClock(2.0, 10.0, speed=1.5)
    assert clock.position(14.0) == pytest.approx(8.0)
    assert clock.at_speed(0.5, 14.0).position(16.0) == pytest.approx(9.0)


def test_e3_a_jump_is_made_at_once_and_jitter_is_smoothed() -> None:
    clock = PlayClock(0.0, 0.0)
    assert clock.corrected(31.0, 1.0).position(1.0) == pytest.approx(31.0)
    assert clock.corrected(1.02, 1.0).position(1.0) == pytest.approx(1.005)


def test_e3_a_loop_goes_round_and_a_listener_is_ahead_of_the_picture() -> None:
    clock = PlayClock(0.0, 0.0)
    assert clock.position(2.5, duration_s=1.0) == pytest.approx(0.5)
    assert clock.position(0.25, ahead_s=0.1) == pytest.approx(0.35)

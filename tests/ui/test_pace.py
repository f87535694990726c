"""No more on the way to a terminal than arrives at once, on lines of every kind."""

from __future__ import annotations

from collections import deque

import pytest

from tui_browser.ui.terminal.flow_control import LATE_S, PATIENCE_S, FlowControl


def painted(
    pace: FlowControl, *, rate: float, round_trip_s: float, frame: int, seconds: float = 10.0
) -> tuple[int, float]:
    """Frames that came through while one was wanted at each 1/60 s, and the age of the oldest one on arrival.

    The line delivers `rate` bytes a second and answers at once; ages are of the second half of the time.
    """
    answers: deque[tuple[float, float]] = deque()
    free_at, frames, oldest = 0.0, 0, 0.0
    for tick in range(int(seconds * 60)):
        now = tick / 60
        while answers and answers[0][0] <= now:
            at, sent = answers.popleft()
            pace.answered(at)
            if now > seconds / 2:
                oldest = max(oldest, at - sent)
        if pace.ready(now, queued=0):
            pace.wrote(frame)
            if pace.ask(now):
                free_at = max(free_at, now) + frame / rate
                answers.append((free_at + round_trip_s, now))
                frames += 1
    return frames, oldest


@pytest.mark.parametrize("round_trip_s", [0.0, 0.05, 0.2])
@pytest.mark.parametrize(("rate", "frame"), [(4_000, 2_000), (10_000, 5_000), (100_000, 5_000), (10_000, 200)])
def test_what_is_shown_on_a_slow_line_is_never_old(rate: int, frame: int, round_trip_s: float) -> None:
    frames, oldest = painted(FlowControl(), rate=rate, round_trip_s=round_trip_s, frame=frame)
    assert oldest <= round_trip_s + 3 * frame / rate + 2.5 * LATE_S
    assert frames >= 0.4 * 10 / (frame / rate + round_trip_s), "but the line is used"


@pytest.mark.parametrize("round_trip_s", [0.001, 0.05, 0.15])
def test_a_quick_line_has_every_frame_however_far_it_is(round_trip_s: float) -> None:
    frames, _ = painted(FlowControl(), rate=2_000_000, round_trip_s=round_trip_s, frame=500)
    assert frames > 0.9 * 600


def test_a_terminal_that_never_answers_is_asked_once() -> None:
    pace = FlowControl()
    asked = 0
    for tick in range(100):
        assert pace.ready(tick / 60, queued=0) and not pace.ready(tick / 60, queued=1)
        pace.wrote(5_000)
        asked += pace.ask(tick / 60)
    assert asked == 1
    pace.settle(60.0)  # nothing to wait for


def test_an_answer_that_is_lost_holds_nothing_up_for_ever() -> None:
    pace = FlowControl()
    pace.wrote(100)
    assert pace.ask(0.0) and not pace.ask(0.0)
    pace.answered(0.01)
    pace.wrote(50_000)
    assert pace.ask(1.0) and not pace.ready(1.0, queued=0) and not pace.ready(PATIENCE_S, queued=0)
    assert pace.ready(1.1 + PATIENCE_S, queued=0)
    pace.answered(20.0)  # late: it belongs to nothing
    assert pace.ready(20.0, queued=0)


def test_a_line_that_hangs_up_holds_nothing() -> None:
    pace = FlowControl()
    pace.wrote(100)
    pace.ask(0.0)
    pace.answered(0.01)
    pace.wrote(100_000)
    pace.ask(1.0)
    pace.hung_up()
    pace.settle(60.0)
    assert pace.ready(1.0, queued=0)

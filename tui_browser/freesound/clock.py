"""Time as waiting code sees it: wall clock, pauses, and a wish to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

_STEP_S = 0.2
"""How often a pause looks whether it was cancelled."""


class CancelledError(Exception):
    """A person asked for something else, or for the end."""


class Clock(Protocol):
    """Seconds since 1970, and pauses."""

    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class WallClock:
    """The system's clock."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


Cancelled = Callable[[], bool]


def never() -> bool:
    """Nothing is cancelled."""
    return False


def check(cancelled: Cancelled) -> None:
    """Raise CancelledError where that was asked for."""
    if cancelled():
        raise CancelledError


def pause(clock: Clock, seconds: float, cancelled: Cancelled) -> None:
    """Wait, in steps; raises CancelledError soon after that was asked for."""
    end = clock.now() + seconds
    check(cancelled)
    while (left := end - clock.now()) > 0:
        clock.sleep(min(_STEP_S, left))
        check(cancelled)

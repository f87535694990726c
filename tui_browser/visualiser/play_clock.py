"""Where in its file a sound is now, between the player's reports: what is seen goes by what is heard.

A player on this machine reports how many frames its device took, a listener on another machine how many its own device
took. Between two reports the position goes on at the sound's speed; a small difference is made up bit by bit, so that
the jitter of messages is not seen, and a large one at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_MAKES_UP = 0.25
"""The part of a small difference that one report corrects."""
_LARGE_S = 0.12


@dataclass(frozen=True, slots=True)
class PlayClock:
    """A sound that plays; all times are `time.monotonic()`."""

    position_s: float
    """Position in the file at the time `at`."""
    at: float
    speed: float = 1.0

    def position(self, now: float, *, ahead_s: float = 0.0, duration_s: float = 0.0) -> float:
        """The position at `now`; after the end of a sound that is repeated, within it again.

        `ahead_s` is how much later than now the picture is seen: half the round trip where that is another machine.
        """
        position_s = self.position_s + (now - self.at + ahead_s) * self.speed
        return position_s % duration_s if duration_s > 0 and position_s > duration_s else max(0.0, position_s)

    def corrected(self, reported_s: float, now: float) -> PlayClock:
        """The clock after a report of the position."""
        expected_s = self.position_s + (now - self.at) * self.speed
        difference_s = reported_s - expected_s
        share = 1.0 if abs(difference_s) > _LARGE_S else _MAKES_UP
        return replace(self, position_s=expected_s + share * difference_s, at=now)

    def at_speed(self, speed: float, now: float) -> PlayClock:
        """The clock at another speed from `now` on."""
        return PlayClock(self.position_s + (now - self.at) * self.speed, now, speed)

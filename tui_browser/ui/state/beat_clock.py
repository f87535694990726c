"""Which step of a beat is heard now: the player says where it is, and between two reports time goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui_browser.kits.pattern import Pattern

_MAKES_UP = 0.25
"""The part of a small difference that one report corrects: the jitter of messages is not seen."""
_LARGE_S = 0.08


@dataclass(frozen=True, slots=True)
class BeatClock:
    """A beat that plays round and round; times are `time.monotonic()`."""

    at_s: float
    """Within a round at the time `since`."""
    since: float
    step_s: float
    swing: float
    steps: int

    @classmethod
    def of(cls, pattern: Pattern, at_s: float, now: float) -> BeatClock:
        return cls(at_s, now, pattern.step_s, pattern.swing, pattern.steps)

    @property
    def round_s(self) -> float:
        return self.steps * self.step_s

    def position(self, now: float) -> float:
        """Seconds from the start of the round."""
        return (self.at_s + now - self.since) % self.round_s

    def reported(self, at_s: float, now: float) -> BeatClock:
        """The clock after a report of the position."""
        expected_s = self.position(now)
        ahead_s = (at_s - expected_s + self.round_s / 2) % self.round_s - self.round_s / 2
        share = 1.0 if abs(ahead_s) > _LARGE_S else _MAKES_UP
        return replace(self, at_s=(expected_s + share * ahead_s) % self.round_s, since=now)

    def playing(self, pattern: Pattern, now: float) -> BeatClock:
        """The clock at the same step of a pattern that was changed."""
        step = self.position(now) / self.step_s
        return BeatClock.of(pattern, (step % pattern.steps) * pattern.step_s, now)

    def step(self, now: float) -> tuple[int, float]:
        """The step that is heard, and the seconds until the next one."""
        at_s = self.position(now)
        step = int(at_s / self.step_s)
        late = self._begins(step)
        if at_s < late:
            return (step - 1) % self.steps, late - at_s
        following = self.round_s if step + 1 >= self.steps else self._begins(step + 1)
        return step % self.steps, following - at_s

    def _begins(self, step: int) -> float:
        """Where a step begins in the round: every second one is late by the swing."""
        return (step + (step % 2) * (self.swing / 50.0 - 1.0)) * self.step_s

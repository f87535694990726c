"""The contract of an output: plays files one at a time, on this machine or on a listener's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tui_browser.playback.messages import Line, Play, PlayBeat, Prefetch

TICK_S = 0.1
"""How often the position of a long sound is reported."""
LONG_S = 2.0
"""The position is reported for sounds longer than this."""


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """A sound started, ended or failed."""

    token: int
    ended: bool
    """False when its first frame went out, True when its last did."""
    after_s: float = 0.0
    """Time from the request to the first frame handed to the device."""
    failed: str = ""
    """Why it could not be played; empty for a normal end."""


@dataclass(slots=True)
class ActiveSound:
    """The sound that plays, or is about to. Its position follows the clock, as it plays on another machine."""

    request: Play
    number: int
    """Its token in the output's events: the request's token, or a negative number after a restart."""
    started: float | None = None
    """`time.monotonic()` of the first frame; None before."""
    announced: bool = False
    """Whether `Started` was sent for it."""
    position_sent: float = 0.0
    """`time.monotonic()` of the last `Position`."""

    @property
    def position_s(self) -> float:
        """Position in the file, in seconds."""
        elapsed_s = time.monotonic() - self.started if self.started is not None else 0.0
        return self.request.start_s + elapsed_s * self.request.speed

    @property
    def is_long(self) -> bool:
        return self.started is not None and time.monotonic() - self.started > LONG_S

    @property
    def remaining_s(self) -> float | None:
        """Time until the engine has to stop it at `end_s`; None where it ends by itself."""
        if self.request.end_s is None or self.started is None or self.request.loop:
            return None
        return (self.request.end_s - self.position_s) / self.request.speed

    @property
    def patience_s(self) -> float | None:
        """How long the engine may sleep while this plays; None for as long as no event comes."""
        remaining_s = self.remaining_s
        return TICK_S if remaining_s is None else min(TICK_S, max(0.0, remaining_s))

    def set_loop(self, loop: bool) -> bool:
        """Switch looping while it plays; False where it has to be restarted for that."""
        return False

    def read_ahead(self) -> None:
        """Decode the next frames of a long file."""


class Output(Protocol):
    """Plays one file at a time, the newest, and a beat beside it."""

    poll_s: float | None
    """How often `events` must be called; None when `notify` announces each event."""
    is_fallback: bool
    """Whether it is a silent substitute for a device that was not found."""

    @property
    def name(self) -> str: ...

    @property
    def sounds(self) -> bool:
        """Whether a person can hear it."""

    @property
    def note(self) -> str:
        """One sentence on why there is no sound; empty when all is well."""

    @property
    def line(self) -> Line | None:
        """The connection to a listener; None for a device of this machine."""

    def play(self, request: Play, number: int) -> ActiveSound:
        """Play this file in place of the current one; events carry `number`. Raises AudioError, PlayerError."""

    def stop(self) -> None:
        """Fade out."""

    def play_beat(self, request: PlayBeat) -> None:
        """Play this beat, or change the one with its token, once its sounds are read; events carry the token.

        An event with `failed` that has not ended is of one part.
        """

    def stop_beat(self) -> None:
        """Fade out the beat."""

    def tend_beat(self) -> float | None:
        """Take in what was read for the beat; where in its round it is in what is heard, None before it begins."""

    def set_volume(self, gain_db: float) -> None:
        """Set the gain on top of each sound's own: at once, or from the next sound on."""

    def prefetch(self, request: Prefetch) -> None:
        """Prepare files that are likely to be played next; a newer request replaces this one."""

    def events(self) -> Sequence[SoundEvent]:
        """Events since the last call."""

    def alive(self) -> bool:
        """Whether the device still takes sound; the engine opens an output anew when it does not."""

    def strained(self) -> bool:
        """Whether the device ran dry several times, so that a larger buffer is needed."""

    def close(self) -> None:
        """Release the device or the connection."""

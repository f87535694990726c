"""What was asked for last, on its way out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tui_browser.playback.memory_voice import GrowingVoice, MemoryVoice
from tui_browser.playback.messages import Play
from tui_browser.playback.stream_voice import StreamVoice

LONG_S = 2.0
"""Of sounds longer than this the position is told."""


@dataclass(slots=True)
class ActiveSound:
    """A sound, and what was told of it."""

    request: Play
    number: int
    """What the output knows it by: the token, and a number below 0 where it was begun anew by itself."""
    voice: MemoryVoice | StreamVoice | None
    """None where it is made elsewhere."""
    begun: float | None = None
    announced: bool = False
    """Whether its start was told."""
    refine: Callable[[], object] | None = None
    """Brings it to its right level, once it has begun."""
    told: float = 0.0
    """When its place was."""

    @property
    def at_s(self) -> float:
        """Where in the file it is."""
        if self.voice is not None:
            return self.voice.at_s
        elapsed_s = time.monotonic() - self.begun if self.begun is not None else 0.0
        return self.request.start_s + elapsed_s * self.request.speed

    @property
    def left_s(self) -> float | None:
        """How long it is still to be heard where it is made elsewhere and cut off from here; else None."""
        end_s = self.request.end_s
        if self.voice is not None or end_s is None or self.begun is None or self.request.loop:
            return None
        return (end_s - self.at_s) / self.request.speed

    @property
    def is_long(self) -> bool:
        if self.voice is not None:
            return self.voice.duration_s > LONG_S
        return self.begun is not None and time.monotonic() - self.begun > LONG_S

    def feed(self) -> None:
        """Read on, where there is more to read."""
        if isinstance(self.voice, StreamVoice | GrowingVoice):
            self.voice.feed()

    @property
    def may_ring(self) -> bool:
        """Whether it has all its frames, and an end."""
        return isinstance(self.voice, MemoryVoice) and not self.request.loop

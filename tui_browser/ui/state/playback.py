"""What sounds now, and how sounds are heard."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from tui_browser.config.project import Project
from tui_browser.playback.messages import SPEEDS, VOLUMES_DB, Line, Ready
from tui_browser.visualiser.play_clock import PlayClock

PlayMark = Literal["sounds", "coming", "silent"]
"""A sound is heard, is on its way over a line, or is not heard as a device or the line is missing."""

LOUDER_DB = 2.0
FASTER = 2 ** (1 / 6)
"""One step of the speed: a whole tone."""


@dataclass(frozen=True, slots=True)
class PlaybackOptions:
    """Volume, speed and loop; the same for all sounds."""

    volume_db: float = 0.0
    speed: float = 1.0
    loop: bool = False

    def louder(self, steps: int) -> PlaybackOptions:
        """The volume raised or lowered by so many steps, within its range; a step never passes 0 dB."""
        volume_db = min(max(self.volume_db + steps * LOUDER_DB, VOLUMES_DB[0]), VOLUMES_DB[1])
        return replace(self, volume_db=0.0 if self.volume_db * volume_db < 0 else volume_db)

    def faster(self, steps: int) -> PlaybackOptions:
        """The speed raised or lowered by so many whole tones, within its range."""
        speed = min(max(self.speed * FASTER**steps, SPEEDS[0]), SPEEDS[1])
        return replace(self, speed=1.0 if abs(speed - 1) < 0.01 else speed)

    def words(self) -> list[str]:
        """The options that differ from the default, in words."""
        words = [f"volume {self.volume_db:+g} dB"] if self.volume_db else []
        words += [f"speed {self.speed:.2f}"] if self.speed != 1 else []
        return [*words, "loop"] if self.loop else words


@dataclass(slots=True)
class PlaybackState:
    """Changed by `PlaybackController` alone."""

    options: PlaybackOptions = field(default_factory=PlaybackOptions)
    project: Project = field(default_factory=Project)
    """Tempo and key that sounds are brought to."""
    auto: bool = False
    """Whether a sample plays when the cursor rests on it."""
    path: bytes | None = None
    """The file that sounds, or is about to."""
    at_s: float | None = None
    """Position of the play head; None for short sounds and silence."""
    start_s: float = 0.0
    """Where in the file the newest sound was started."""
    tempo: float = 1.0
    """How much faster than its file the newest sound plays, besides the speed."""
    token: int = 0
    """Number of the newest sound; each sound has its own."""
    in_turn: bool = False
    """Whether the samples of a list play one after the other."""
    started: bool = False
    """Whether the player said that the newest sound has begun."""
    clock: PlayClock | None = None
    """Where the newest sound is now; None before it has begun and after its end."""
    ready: Ready | None = None
    """What the player last said of its device."""
    line: Line | None = None
    """What it last said of the line to a listener; None at the desk."""

    @property
    def pace(self) -> float:
        """How many seconds of its file the newest sound plays in a second."""
        return self.options.speed * self.tempo

    @property
    def project_words(self) -> list[str]:
        """The project's tempo and key, in words, where they are set."""
        words = self.project.words
        return [f"{words}, not through the listener" if self.line is not None else words] if words else []

    @property
    def trip_s(self) -> float:
        """How long news take from a listener, and what is painted to the person's screen; 0 at the desk."""
        return self.line.round_trip_s / 2 if self.line is not None else 0.0

    @property
    def mark(self) -> PlayMark:
        """What is known of the sound at `path`; at the desk it begins at once."""
        if self.line is not None:
            silent = not (self.line.up and self.line.sounds)
        else:
            silent = self.ready is not None and not self.ready.sounds and bool(self.ready.note)
        if silent:
            return "silent"
        return "coming" if self.line is not None and not self.started else "sounds"

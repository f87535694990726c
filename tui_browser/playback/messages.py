"""Requests from the app to its player process, and the player's events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SPEEDS = (0.5, 2.0)
VOLUMES_DB = (-60.0, 14.0)
"""From barely audible to five times the amplitude."""

STEPS_S = (0.02, 2.0)
SWINGS = (50.0, 75.0)

# --- app to player ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownLevel:
    """The level of a file as indexed; it is valid while size and modification time are the same."""

    level_db: float
    peak_db: float
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class TimeStretch:
    """How a sound is brought to a tempo and a key."""

    tempo: float = 1.0
    """How much faster than its file it plays, at the same pitch."""
    semitones: int = 0
    """How much higher, at the same tempo."""


AS_IT_IS = TimeStretch()


@dataclass(frozen=True, slots=True)
class Play:
    """Play this file in place of the current sound, and beside a beat."""

    path: bytes
    token: int
    start_s: float
    gain_db: float
    requested_at: float
    """`time.monotonic()` of the key press."""
    loop: bool = False
    speed: float = 1.0
    level: bool = False
    """Whether it is brought to the common loudness."""
    ring: bool = False
    """Whether a short current sound may ring to its end beside it."""
    known: KnownLevel | None = None
    """None if the file has to be measured."""
    end_s: float | None = None
    """Position at which it is cut off, unless it is looped; None to play to the end."""
    stretch: TimeStretch = AS_IT_IS


@dataclass(frozen=True, slots=True)
class Stop:
    """Fade out the current sound; a beat goes on."""


@dataclass(frozen=True, slots=True)
class Seek:
    """Move to this position, if this sound plays."""

    token: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Tune:
    """Change loop and speed, if this sound plays."""

    token: int
    loop: bool
    speed: float


@dataclass(frozen=True, slots=True)
class Volume:
    """Set the gain of all sounds."""

    gain_db: float


@dataclass(frozen=True, slots=True)
class Prefetch:
    """Prepare files that are likely to be played next; replaces the request before."""

    paths: tuple[bytes, ...]
    loop: bool = False
    speed: float = 1.0
    level: bool = False
    stretches: tuple[TimeStretch, ...] = ()
    """One for each path; all play as they are where it is empty."""


FIRST_BEAT_TOKEN = 1 << 30
"""Tokens of beats begin here, so that their events are never those of a sound."""


@dataclass(frozen=True, slots=True)
class BeatPart:
    """One track of a beat with its sound."""

    path: bytes
    velocities: tuple[float, ...]
    """One for each step, 0 to 1; 0 is a rest."""
    onset_s: float = 0.0
    """Where the sound starts within the file."""
    speed: float = 1.0
    """Factor of the playback rate; changes the pitch too."""
    gain: float = 1.0
    pan: float = 0.0
    """-1 left, 0 middle, 1 right."""
    choke: int = 0
    """Parts of one group from 1 on stop each other; 0 is no group."""


@dataclass(frozen=True, slots=True)
class PlayBeat:
    """Play these parts over and over; while a beat with this token plays, change it in place, in time."""

    token: int
    """From FIRST_BEAT_TOKEN on."""
    parts: tuple[BeatPart, ...]
    step_s: float
    """Seconds of a straight step."""
    swing: float
    """Where the second of two steps lies within their time, in percent: 50 is straight."""
    steps: int
    requested_at: float
    """`time.monotonic()` of the key press."""
    at_s: float = 0.0
    """Where in a round it begins, unless a beat with this token plays already."""


@dataclass(frozen=True, slots=True)
class StopBeat:
    """Fade out the beat."""


PlayerRequest = Play | Stop | Seek | Tune | Volume | Prefetch | PlayBeat | StopBeat


# --- player to app ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The player runs; sent again when its device changes."""

    backend: str
    sounds: bool
    """Whether a person can hear it."""
    note: str
    """One sentence on why there is no sound, and what to try; empty when all is well."""


@dataclass(frozen=True, slots=True)
class Line:
    """The connection to a listener; sent when it changes, and never for a device of this machine."""

    up: bool
    """Whether the listener answers."""
    sounds: bool = False
    """Whether it has a device that a person can hear."""
    round_trip_s: float = 0.0
    ahead: bool = True
    """Whether sounds are sent ahead; False where the line is too slow for it."""
    compressed: bool = False
    """Whether the current sound goes over as Opus, as the line is too slow for FLAC."""


@dataclass(frozen=True, slots=True)
class Started:
    """The first frame of this sound was handed to the device."""

    token: int
    after_s: float = 0.0
    """Time since the request."""


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a long sound in its file, sent ten times a second."""

    token: int
    at_s: float


@dataclass(frozen=True, slots=True)
class BeatPosition:
    """Where the beat is in what is heard, sent ten times a second or more often."""

    token: int
    at_s: float
    """Within a round: from 0 up to `steps * step_s`."""


@dataclass(frozen=True, slots=True)
class Finished:
    """This sound played to its end; not sent for one that was stopped or replaced.

    A beat has no end: of one, this says that it was given up, or that another app plays on the listener.
    """

    token: int


@dataclass(frozen=True, slots=True)
class Failed:
    """This sound cannot be played; of a beat, one of its parts, and the others go on."""

    token: int
    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The player ended for good; nothing more will be played."""

    reason: str


PlayerEvent = Ready | Line | Started | Position | BeatPosition | Finished | Failed | Lost


def newest(requests: Sequence[PlayerRequest]) -> list[PlayerRequest]:
    """The requests that still matter: the newest of each kind, and none for a sound that was replaced."""
    latest: dict[type, PlayerRequest] = {}
    for request in requests:
        if isinstance(request, Play | Stop):
            for kind in (Play, Stop, Seek, Tune):
                latest.pop(kind, None)
        if isinstance(request, StopBeat):
            latest.pop(PlayBeat, None)
        latest[type(request)] = request
    return sorted(latest.values(), key=lambda request: _ORDER.index(type(request)))


_ORDER = (Volume, Play, Stop, StopBeat, PlayBeat, Tune, Seek, Prefetch)

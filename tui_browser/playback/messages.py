"""What the app and its player say to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SPEEDS = (0.5, 2.0)
VOLUMES_DB = (-60.0, 14.0)
"""From hardly there to five times the level."""

# --- app to player ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownLevel:
    """The level of a file as the index has it; what the file was then tells whether it still holds."""

    level_db: float
    peak_db: float
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Play:
    """Sound this file, in place of what sounds."""

    path: bytes
    token: int
    start_s: float
    gain_db: float
    asked: float
    """`time.monotonic()` of the key press."""
    loop: bool = False
    speed: float = 1.0
    level: bool = False
    """Whether it is brought to the loudness of all others."""
    ring: bool = False
    """Whether what sounds may ring to its end beside it."""
    known: KnownLevel | None = None
    """None where the file is to be measured."""
    end_s: float | None = None
    """Where in the file it is cut off, unless it is looped; None where it ends by itself."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Fade out."""


@dataclass(frozen=True, slots=True)
class Seek:
    """Go on from there, if this sounds."""

    token: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Tune:
    """Go on in another way, if this sounds."""

    token: int
    loop: bool
    speed: float


@dataclass(frozen=True, slots=True)
class Volume:
    """So loud, all that is heard from now on."""

    gain_db: float


@dataclass(frozen=True, slots=True)
class Prefetch:
    """These are likely to be asked for next, in this way; in place of those named before."""

    paths: tuple[bytes, ...]
    loop: bool = False
    speed: float = 1.0
    level: bool = False


PlayerRequest = Play | Stop | Seek | Tune | Volume | Prefetch


# --- player to app ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The player runs; told again when it had to open another device."""

    backend: str
    sounds: bool
    """Whether a person can hear it."""
    note: str
    """One sentence where it is not what was asked for: why, and what to try."""


@dataclass(frozen=True, slots=True)
class Started:
    """The first frame of this sound was handed to the device."""

    token: int
    after_s: float = 0.0
    """Since it was asked for."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the file this sound is; told ten times a second while a long one plays, and never else."""

    token: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Finished:
    """This sound was played to its end; one that was stopped or replaced is not told of."""

    token: int


@dataclass(frozen=True, slots=True)
class Failed:
    """This sound cannot be played, and why."""

    token: int
    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The player is gone for good, and why; nothing more will be heard."""

    reason: str


PlayerEvent = Ready | Started | Position | Finished | Failed | Lost


def newest(requests: Sequence[PlayerRequest]) -> list[PlayerRequest]:
    """What is left to do of these: one of each kind, the sound first; what was meant for an older sound is gone."""
    kept: dict[type, PlayerRequest] = {}
    for request in requests:
        if isinstance(request, Play | Stop):
            for kind in (Play, Stop, Seek, Tune):
                kept.pop(kind, None)
        kept[type(request)] = request
    return sorted(kept.values(), key=lambda request: _ORDER.index(type(request)))


_ORDER = (Volume, Play, Stop, Tune, Seek, Prefetch)

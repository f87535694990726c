"""The parts of a beat as bytes of a message: each names a block, and says how and when it sounds."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tui_browser.playback.remote.protocol import HASH_BYTES, MOST_STEPS, SPEED, ListenerError

MOST_PARTS = 16
MOST_GAIN = 16.0
MOST_CHOKE_GROUPS = 16
_HEAD = struct.Struct(f">{HASH_BYTES}sIdfdB")


@dataclass(frozen=True, slots=True)
class PatternPart:
    """One track of a beat and the block that it plays."""

    digest: bytes
    start: int
    """The first frame of the block that is played."""
    speed: float
    """Changes the pitch too."""
    gain: float
    pan: float
    choke: int
    velocities: tuple[float, ...]

    def __post_init__(self) -> None:
        numbers = (self.speed, self.gain, self.pan, *self.velocities)
        if not all(map(math.isfinite, numbers)) or not all(0.0 <= each <= 1.0 for each in self.velocities):
            raise ListenerError("impossible velocities")
        if not (SPEED[0] <= self.speed <= SPEED[1] and 0.0 <= self.gain <= MOST_GAIN and -1.0 <= self.pan <= 1.0):
            raise ListenerError("an impossible speed, gain or pan")
        if self.choke > MOST_CHOKE_GROUPS:
            raise ListenerError("an impossible choke group")


def pack_parts(parts: Sequence[PatternPart], *, steps: int) -> bytes:
    """The bytes of parts that all have so many steps."""
    return b"".join(
        _HEAD.pack(part.digest, part.start, part.speed, part.gain, part.pan, part.choke)
        + struct.pack(f">{steps}f", *part.velocities)
        for part in parts
    )


def unpack_parts(data: bytes, *, steps: int) -> list[PatternPart]:
    """The parts in these bytes; raises ListenerError where they are none."""
    if not 1 <= steps <= MOST_STEPS:
        raise ListenerError("an impossible number of steps")
    layout = struct.Struct(f">{steps}f")
    size = _HEAD.size + layout.size
    if len(data) % size or len(data) // size > MOST_PARTS:
        raise ListenerError("an impossible number of parts")
    parts = []
    for at in range(0, len(data), size):
        digest, start, speed, gain, pan, choke = _HEAD.unpack_from(data, at)
        velocities = layout.unpack_from(data, at + _HEAD.size)
        parts.append(PatternPart(digest, start, speed, gain, pan, choke, velocities))
    return parts

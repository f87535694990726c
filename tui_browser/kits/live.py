"""A kit and a pattern as the player takes them: the parts of a beat."""

from __future__ import annotations

from tui_browser.kits.kit import Kit
from tui_browser.kits.pattern import Pattern
from tui_browser.kits.tracks import Part, parts_of
from tui_browser.playback.messages import BeatPart


def live_parts(kit: Kit, pattern: Pattern) -> tuple[BeatPart, ...]:
    """The tracks that sound with their samples, as an offline render chooses them."""
    parts, _ = parts_of(kit, pattern)
    return tuple(beat_part(part) for part in parts)


def beat_part(part: Part) -> BeatPart:
    """The part as the player takes it."""
    slot = part.slot
    return BeatPart(
        slot.path,
        part.track.velocities,
        onset_s=slot.onset_s,
        speed=slot.speed,
        gain=slot.gain,
        pan=slot.pan,
        choke=slot.choke,
    )

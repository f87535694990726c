"""The lamp of sound in the header: where sound goes, and whether it gets there."""

from __future__ import annotations

from dataclasses import dataclass

from tui_browser.playback.messages import Line, Ready


@dataclass(frozen=True, slots=True)
class SoundLamp:
    """What the header shows of sound."""

    text: str
    lit: bool
    """Whether a person hears what is played."""


def lamp_of(ready: Ready | None, line: Line | None) -> SoundLamp | None:
    """The lamp for what the player last said; None before it has, and where silence was asked for.

    `line` is the connection to a listener, None for a device of this machine.
    """
    if line is None:
        if ready is None or not (ready.sounds or ready.note):
            return None
        return SoundLamp("sound here", True) if ready.sounds else SoundLamp("no sound device", False)
    if not line.up:
        return SoundLamp("sound line is down", False)
    if not line.sounds:
        return SoundLamp("no device on your laptop", False)
    words = [f"laptop {round(line.round_trip_s * 1000)} ms"]
    words += ["Opus"] if line.compressed else []
    words += [] if line.ahead else ["nothing ahead"]
    return SoundLamp(", ".join(words), True)

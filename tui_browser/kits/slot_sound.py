"""The sound of a slot as it is played: from its onset on, with its pitch, level and pan, in stereo."""

from __future__ import annotations

from tui_browser.kits.kit import Slot
from tui_browser.playback.beat.part_sound import read_part, shaped
from tui_browser.records import FloatArray


def slot_sound(slot: Slot, *, rate: int) -> FloatArray:
    """The sound, (n, 2) at `rate` Hz, as the player plays it live; raises AudioError, also where there is none."""
    sound = read_part(slot.path, onset_s=slot.onset_s, speed=slot.speed, rate=rate)
    return shaped(sound, gain=slot.gain, pan=slot.pan)

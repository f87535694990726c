"""The sound of a slot as it is played: from its onset on, with its pitch, level and pan, in stereo."""

from __future__ import annotations

import numpy as np

from tui_browser.audio.resampling import resample, to_stereo
from tui_browser.audio.waveform import read_window
from tui_browser.kits.kit import Slot
from tui_browser.records import FloatArray

LONGEST_S = 30.0
"""A longer sound ends there: a slot holds a sound, not a recording."""


def slot_sound(slot: Slot, *, rate: int) -> FloatArray:
    """The sound, (n, 2) at `rate` Hz. Pan turns the other side down. Raises AudioError."""
    samples, source_rate = read_window(slot.path, start_s=slot.onset_s, seconds=LONGEST_S)
    pitched = resample(to_stereo(samples), source_rate * slot.speed, rate) if len(samples) else to_stereo(samples)
    sides = np.array([min(1.0, 1.0 - slot.pan), min(1.0, 1.0 + slot.pan)], dtype=np.float32)
    return np.asarray(pitched * sides * np.float32(slot.gain), dtype=np.float32)

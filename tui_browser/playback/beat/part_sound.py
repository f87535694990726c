"""The sound of a part of a beat as it is mixed: from its onset on, with its pitch, level and pan, in stereo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui_browser.audio.resampling import resample, to_stereo
from tui_browser.audio.waveform import read_window
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

NO_SOUND: FloatArray = np.zeros((0, 2), dtype=np.float32)
LONGEST_S = 30.0
"""A longer sound ends there: a part holds a sound, not a recording."""


def read_part(path: bytes, *, onset_s: float, speed: float, rate: int) -> FloatArray:
    """The sound, (n, 2) at `rate` Hz, from its onset on; raises AudioError, also where there is none."""
    samples, source_rate = read_window(path, start_s=onset_s, seconds=LONGEST_S)
    if not len(samples):
        raise AudioError("there is no sound at the onset of this slot", path=path, hint="fill the slot again")
    return pitched(samples, source_rate, speed=speed, rate=rate)


def pitched(samples: FloatArray, source_rate: int, *, speed: float, rate: int) -> FloatArray:
    """Samples, (n, channels), as (n, 2) at `rate` Hz, played at this speed."""
    return resample(to_stereo(samples), source_rate * speed, rate)


def shaped(sound: FloatArray, *, gain: float, pan: float) -> FloatArray:
    """The sound, (n, 2), at its level; pan turns the other side down."""
    if gain == 1.0 and pan == 0.0:
        return sound
    sides = np.array([min(1.0, 1.0 - pan), min(1.0, 1.0 + pan)], dtype=np.float32)
    return np.asarray(sound * sides * np.float32(gain), dtype=np.float32)


class ShapedSounds:
    """Sounds at their levels; one that was there the last time is the same array again, so that it goes on ringing."""

    def __init__(self) -> None:
        self._shaped: dict[tuple[int, float, float], tuple[FloatArray, FloatArray]] = {}
        """Sound by identity, gain and pan -> that sound, and what `shaped` makes of it."""

    def shape(self, sounds: Sequence[tuple[FloatArray, float, float]]) -> list[FloatArray]:
        """These sounds with their gains and pans."""
        before, self._shaped = self._shaped, {}
        for sound, gain, pan in sounds:
            key = id(sound), gain, pan
            if key not in self._shaped:
                self._shaped[key] = before.get(key) or (sound, shaped(sound, gain=gain, pan=pan))
        return [self._shaped[id(sound), gain, pan][1] for sound, gain, pan in sounds]

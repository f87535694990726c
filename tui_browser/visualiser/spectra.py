"""From samples to spectra: half a second around each sixtieth of a second, as compressed magnitudes.

The frame i stands for the time i / 60 s. Its window is centred there and padded with silence before the start and
after the end, so that no frame holds what was never in the file, and its middle is rounded from the exact time: a
whole number of samples between frames (367) would run a quarter of a second off in three minutes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

RATE = 22_050
"""Sample rate of what is analysed."""
WINDOW = 11_025
"""Samples of a window: half a second."""
BINS = WINDOW // 2 + 1
"""Magnitudes of a window that differ: the spectrum of real samples is symmetric."""
FRAME_RATE = 60
_LOUDEST_RMS = 0.1
"""The loudest half second of a sound is brought to this level, so that its level on disk does not matter."""
_MOST_GAIN = 100.0
_DRIVE = 4.0


def frame_count(samples: int) -> int:
    """Frames of a sound of so many samples: one for each sixtieth of a second that begins within it."""
    return -(-samples * FRAME_RATE // RATE)


def centres(first: int, last: int) -> NDArray[np.int64]:
    """The sample in the middle of each frame from `first` to before `last`."""
    return (np.arange(first, last, dtype=np.int64) * RATE + FRAME_RATE // 2) // FRAME_RATE


def padded(mono: FloatArray) -> FloatArray:
    """The samples (n,) with half a window of silence at both ends, finite, at the common level."""
    half = WINDOW // 2
    sound = np.zeros(len(mono) + 2 * half + 1, dtype=np.float32)
    sound[half : half + len(mono)] = np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)
    edges = np.arange(0, len(sound), half)
    loudest = float(np.sqrt(np.add.reduceat(np.square(sound, dtype=np.float64), edges).max(initial=0.0) / half))
    if loudest > 0:
        sound *= np.float32(min(_LOUDEST_RMS / loudest, _MOST_GAIN))
    return sound


def spectra(sound: FloatArray, middles: NDArray[np.int64]) -> FloatArray:
    """(len(middles), BINS) compressed magnitudes of `padded` samples around these samples of the sound."""
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[middles]
    magnitudes = np.abs(np.fft.rfft(windows, axis=1))
    magnitudes *= np.float32(_DRIVE)
    compressed: FloatArray = np.log1p(magnitudes, out=magnitudes)
    return compressed


def levels(mono: FloatArray) -> FloatArray:
    """(frames,) loudness of each frame's own sixtieth of a second, from 0 for silence to 1 for the loudest frame."""
    count = frame_count(len(mono))
    if not count:
        return np.zeros(0, dtype=np.float32)
    power = np.square(np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0), dtype=np.float64)
    starts = np.arange(count, dtype=np.int64) * RATE // FRAME_RATE  # not rounded: the last one is within the sound
    lengths = np.diff(np.append(starts, len(mono)))
    rms = np.sqrt(np.add.reduceat(power, starts) / lengths)
    loudest = rms.max()
    if loudest <= 1e-6:
        return np.zeros(count, dtype=np.float32)
    decibels = 20 * np.log10(np.maximum(rms / loudest, 1e-9))
    level: FloatArray = np.clip(1 + decibels / 48, 0, 1).astype(np.float32)
    return level

"""Ten features of a sound sixty times a second, smoothed over seven spans, each within its own range from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.visualiser.motion_model import FEATURES, MotionModel
from tui_browser.visualiser.reading import untold
from tui_browser.visualiser.spectra import FRAME_RATE, centres, frame_count, levels, padded, spectra

BLURS = (1, 10, 50, 100, 300, 1000, 3000)
"""Frames of each moving mean."""
DIGITS = 4
_STEPS = 10**DIGITS
_CHUNK = 96
"""Frames that are analysed at once: their spectra stay in the cache of the processor."""
_CONSTANT = 1e-5
"""A feature that moves less than this in a whole sound is constant: it stands in the middle of its range."""

Track = NDArray[np.uint16]
"""(frames, FEATURES) values from 0 to 10,000, which is four digits of a number from 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The features of one sound; frame i stands for the time i / 60 s."""

    tracks: Mapping[int, Track]
    """By blur, one of `BLURS`; all have the same number of frames."""
    level: NDArray[np.float32]
    """(frames,) loudness from 0 to 1."""

    @property
    def frames(self) -> int:
        return len(self.level)

    @property
    def nbytes(self) -> int:
        return self.level.nbytes + sum(track.nbytes for track in self.tracks.values())

    def at(self, frame: int, blur: int) -> FloatArray:
        """(FEATURES,) values of a frame from 0 to 1; the last frame stays after the end."""
        track = self.tracks[blur]
        row: FloatArray = track[min(max(frame, 0), len(track) - 1)].astype(np.float32) / np.float32(_STEPS)
        return row


def frame_at(seconds: float) -> int:
    """The frame that stands for this time."""
    return round(seconds * FRAME_RATE)


def features_of(
    mono: FloatArray, model: MotionModel, *, threads: int = 1, progress: Callable[[float], None] = untold
) -> Features:
    """The features of (n,) samples at 22,050 Hz; `progress` gets the share that is done, and may raise to end it."""
    count = frame_count(len(mono))
    sound, raw = padded(mono), np.zeros((count, FEATURES), dtype=np.float32)
    starts = range(0, count, _CHUNK)

    def analyse(start: int) -> None:
        stop = min(start + _CHUNK, count)
        raw[start:stop] = model.encode(spectra(sound, centres(start, stop)))

    if threads == 1:
        for start in starts:
            analyse(start)
            progress(min(1.0, (start + _CHUNK) / count))
    else:
        with ThreadPoolExecutor(threads) as pool:
            try:
                for number, _ in enumerate(pool.map(analyse, starts)):
                    progress((number + 1) / len(starts))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return Features({blur: to_steps(to_unit_range(blurred(raw, blur))) for blur in BLURS}, levels(mono))


def blurred(values: FloatArray, blur: int) -> FloatArray:
    """The centred moving mean of (n, F) over `blur` frames, over fewer where it reaches beyond an end.

    An even span has one more frame before the middle than after it.
    """
    if blur == 1 or not len(values):
        return values
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, dtype=np.float64, out=sums[1:])
    place = np.arange(len(values))
    first, stop = np.maximum(place - blur // 2, 0), np.minimum(place + (blur + 1) // 2, len(values))
    mean: FloatArray = ((sums[stop] - sums[first]) / (stop - first)[:, None]).astype(np.float32)
    return mean


def to_unit_range(values: FloatArray) -> FloatArray:
    """Each column of (n, F) moved and stretched to reach from 0 to 1; a constant one becomes one half."""
    if not len(values):
        return values
    low, high = values.min(axis=0), values.max(axis=0)
    constant = high - low < _CONSTANT
    scaled = (values - low) / np.where(constant, np.float32(1), high - low)
    return np.where(constant, np.float32(0.5), np.clip(scaled, 0, 1)).astype(np.float32)


def to_steps(values: FloatArray) -> Track:
    """Values from 0 to 1, rounded to four digits."""
    track: Track = np.rint(values * _STEPS).astype(np.uint16)
    return track

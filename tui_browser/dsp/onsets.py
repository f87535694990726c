"""Onset detection in long sounds: spectral flux on a log spectrum, and peak picking.

The flux is SuperFlux (Böck, Widmer: Maximum Filter Vibrato Suppression for Onset Detection, DAFx 2013): each band is
compared with the loudest of its neighbours a moment before, so that vibrato, beating partials and noise cause no rise.
Frames are 10 ms apart at any sample rate. Sounds are processed in blocks and peaks are picked in sections of five
minutes, so that memory grows by less than 1 kB per second of sound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import band_powers, sliding_windows
from tui_browser.records import FloatArray

FRAME_RATE = 100
"""Frames per second."""
MIN_GAP_S = 0.06
"""Onsets closer than this are merged, such as the bursts of a clap or a flam."""
_WINDOW_S = 0.0232
_BANDS = 28
_LOW_HZ, _HIGH_HZ = 30.0, 16_000.0
_GROUP_HZ = (250.0, 2500.0)
"""Limits between low and middle, and middle and high bands, for rhythm."""
_FLOOR_DB = -70.0
"""Lowest level, relative to the loudest band of a section."""
_MAX_RISE_DB = 24.0
_MIN_RISE_DB = 2.5
"""Least mean rise of the bands at an onset ..."""
_MIN_RISE_SHARE = 0.25
"""... and least share of the rise of the section's clear onsets."""
_QUIET_DB = 36.0
"""Onsets this much quieter than the loudest are dropped."""
_SCRAPE_S, _SCRAPE_DB = 0.12, 15.0
"""An onset this close before one louder by this much is dropped: the scrape of a stick, clashing cymbals."""
_COMPARED_FRAMES = 4
"""Number of earlier frames that a frame is compared with."""
_LAST = 8
_SECTION = 30_000
"""Frames per section: five minutes."""
_OVERLAP = 100


class _Onset(NamedTuple):
    time_s: float
    rise: FloatArray
    """(3,) mean rise in dB of low, middle and high bands."""
    level_db: float


@dataclass(frozen=True, slots=True, eq=False)
class Onsets:
    """The K onsets of a sound, in order."""

    times_s: NDArray[np.float64]
    """(K,) exact to 20 ms; `refine_onset` is exact to a millisecond."""
    rises: FloatArray
    """(K, 3) mean rise in dB of low, middle and high bands."""
    levels_db: FloatArray
    """(K,) power of the loudest moment after each onset."""

    def __len__(self) -> int:
        return len(self.times_s)

    def strongest(self, most: int) -> Onsets:
        """The `most` onsets with the largest rise, in order."""
        if len(self) <= most:
            return self
        kept = np.sort(np.argsort(-self.rises.mean(axis=1), kind="stable")[:most])
        return Onsets(self.times_s[kept], self.rises[kept], self.levels_db[kept])


class OnsetTracker:
    """Finds the onsets of a mono sound of any length, given block by block."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._size = 1 << max(6, round(math.log2(_WINDOW_S * rate)))
        self._hop = rate / FRAME_RATE
        self._window, self._edges, self._groups = _bands(self._size, rate)
        self._buffer: FloatArray = np.zeros(self._size // 2, dtype=np.float32)  # frame 0 is centred on sample 0
        self._buffer_start = -(self._size // 2)
        """Position of `_buffer` in the sound, in samples."""
        self._frames: list[FloatArray] = []
        self._count = 0
        """Frames computed so far."""
        self._held = 0
        """Frames in `_frames`, the latest ones."""
        self._onsets: list[_Onset] = []
        self._searched = 0
        """Frames before this one have been searched for peaks."""

    def add(self, mono: FloatArray) -> None:
        """Add the next samples (n,)."""
        self._buffer = np.concatenate((self._buffer, mono))
        self._compute_frames()
        if self._held >= _SECTION + _OVERLAP:
            self._search(last=False)

    def onsets(self) -> Onsets:
        """All onsets; `add` must not be called afterwards."""
        self._buffer = np.concatenate((self._buffer, np.zeros(self._size, dtype=np.float32)))
        self._compute_frames()
        self._search(last=True)
        loudest = max((onset.level_db for onset in self._onsets), default=0.0)
        onsets = [onset for onset in self._onsets if onset.level_db > loudest - _QUIET_DB]
        onsets = [
            onset for onset, after in zip(onsets, [*onsets[1:], None], strict=False) if not _is_scrape(onset, after)
        ]
        return Onsets(
            np.array([onset.time_s for onset in onsets], dtype=np.float64),
            np.array([onset.rise for onset in onsets], dtype=np.float32).reshape(-1, 3),
            np.array([onset.level_db for onset in onsets], dtype=np.float32),
        )

    def _compute_frames(self) -> None:
        """Compute all frames that the buffer covers."""
        end = self._buffer_start + len(self._buffer)
        most = int((end - self._size + self._size // 2) / self._hop) + 1
        starts = np.rint(np.arange(self._count, max(most, self._count)) * self._hop).astype(np.int64)
        starts += -(self._size // 2) - self._buffer_start
        starts = starts[starts + self._size <= len(self._buffer)]
        if not len(starts):
            return
        self._frames.append(band_powers(self._buffer, starts, self._window, self._edges[:-1]))
        self._count += len(starts)
        self._held += len(starts)
        used = int(np.rint(self._count * self._hop)) - self._size // 2 - self._buffer_start
        self._buffer = self._buffer[max(0, used) :]
        self._buffer_start += max(0, used)

    def _search(self, *, last: bool) -> None:
        """Pick peaks in the held frames, and keep the overlap for the next section."""
        power = np.concatenate(self._frames) if self._frames else np.zeros((0, len(self._edges) - 1), np.float32)
        begin = self._count - len(power)
        # The last frames see the edge of the sound, and a slice there would have no length.
        until = self._count - _LAST if last else self._count - _OVERLAP // 2
        loudest = float(power.max()) if len(power) else 0.0
        if loudest > 0.0:
            level = 10.0 * np.log10(np.maximum(power, loudest * 10.0 ** (_FLOOR_DB / 10.0)))
            rises = _rises(level)
            total = 10.0 * np.log10(np.maximum(power.sum(axis=1), loudest * 1e-9))
            groups = np.stack([rises[:, group].mean(axis=1) for group in self._groups], axis=1)
            for at in _peaks(rises.mean(axis=1)).tolist():
                if self._searched <= begin + at < until:
                    level_db = float(total[at : at + 6].max())
                    self._onsets.append(_Onset((begin + at) / FRAME_RATE, groups[at], level_db))
        self._searched = until
        self._frames = [power[len(power) - _OVERLAP :]] if not last else []
        self._held = len(self._frames[0]) if self._frames else 0


def _is_scrape(onset: _Onset, after: _Onset | None) -> bool:
    if after is None:
        return False
    return after.time_s - onset.time_s < _SCRAPE_S and after.level_db - onset.level_db > _SCRAPE_DB


@cache
def _bands(size: int, rate: int) -> tuple[FloatArray, NDArray[np.intp], tuple[slice, ...]]:
    """The window, the band edges in bins, and the slices of low, middle and high bands."""
    high = min(_HIGH_HZ, 0.45 * rate)
    edges = np.unique(np.rint(np.geomspace(_LOW_HZ, high, _BANDS + 1) * size / rate).astype(np.intp))
    edges = edges[edges > 0]
    if len(edges) < 2:
        edges = np.array([1, size // 2], dtype=np.intp)
    at = [0, *(int(np.searchsorted(edges, hz * size / rate)) for hz in _GROUP_HZ), len(edges) - 1]
    at = [min(max(a, i), len(edges) - 4 + i) if len(edges) > 4 else a for i, a in enumerate(at)]
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    return window, edges, tuple(slice(a, max(b, a + 1)) for a, b in pairwise(at))


def _rises(level: FloatArray) -> FloatArray:
    """(F, B) rise in dB of each band over itself and its neighbours a moment before, 0 to 24."""
    frames = len(level)
    near = level.copy()
    np.maximum(near[:, 1:], level[:, :-1], out=near[:, 1:])
    np.maximum(near[:, :-1], level[:, 1:], out=near[:, :-1])
    before = np.full(level.shape, float(level.min()) if frames else 0.0, dtype=np.float32)
    for lag in range(2, min(frames, 2 + _COMPARED_FRAMES)):  # the previous frame overlaps the onset
        np.maximum(before[lag:], near[:-lag], out=before[lag:])
    after = level.copy()
    after[:-1] += level[1:]
    after[:-1] *= 0.5
    after -= before
    np.maximum(after, 0.0, out=after)
    return np.minimum(after, _MAX_RISE_DB, out=after)


def _peaks(flux: FloatArray) -> NDArray[np.intp]:
    """Frames with a sufficient peak of the flux (F,); of peaks too close together the first."""
    if not len(flux):
        return np.zeros(0, dtype=np.intp)
    reach = 3
    padded = np.zeros(len(flux) + 2 * reach, dtype=np.float32)
    padded[reach:-reach] = flux
    around = sliding_windows(padded, 2 * reach + 1)
    wide = np.convolve(flux, np.full(25, 1 / 25), mode="same")
    peak = (flux >= around.max(axis=1)) & (flux > _MIN_RISE_DB) & (flux > 1.5 * wide[: len(flux)])
    peak[1:] &= flux[1:] > flux[:-1]  # the first of equal values
    at = np.flatnonzero(peak)
    if not len(at):
        return at
    ranked = np.sort(flux[at])
    clear = float(np.interp(0.9 * (len(ranked) - 1), np.arange(len(ranked)), ranked))
    at = at[flux[at] > _MIN_RISE_SHARE * clear]
    kept: list[int] = []
    for frame in at.tolist():
        if kept and frame - kept[-1] < MIN_GAP_S * FRAME_RATE:
            if flux[frame] > 2.0 * flux[kept[-1]]:
                kept[-1] = frame
        else:
            kept.append(frame)
    return np.array(kept, dtype=np.intp)


def refine_onset(part: FloatArray, rate: int, *, guess: int) -> int:
    """Index in `part` of the onset within 30 ms of `guess`."""
    step = max(1, rate // 1000)
    first = max(0, guess - 40 * step)
    count = min((len(part) - first) // step, 80)
    if count < 8:
        return guess
    piece = part[first : first + count * step]
    edge = np.diff(piece, prepend=piece[:1])
    level = np.zeros(count)
    for values in (piece, edge):  # a kick shows in the signal, a hat over a bass in its derivative
        power = np.square(values.reshape(count, step)).mean(axis=1, dtype=np.float64)
        level += 10.0 * np.log10(np.maximum(power, power.max() * 1e-6) + 1e-30)
    total = np.concatenate(([0.0], np.cumsum(level)))
    spans = np.arange(1, count - 3)
    low = np.maximum(spans - 8, 0)
    rise = (total[spans + 3] - total[spans]) / 3 - (total[spans] - total[low]) / (spans - low)
    near = np.abs(spans * step + first - guess) <= 30 * step
    if not near.any():
        return guess
    best = int(spans[np.argmax(np.where(near, rise, -np.inf))])
    return first + best * step

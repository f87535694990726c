"""Where the hits of a long sound begin: spectral flux on a level-invariant log spectrum, and peak picking.

The flux follows SuperFlux (Böck, Widmer: Maximum Filter Vibrato Suppression for Onset Detection, DAFx 2013): each
band is compared with the loudest of its neighbours a moment before, so that vibrato, beating partials and the grain
of noise raise nothing. Frames are 10 ms apart at any rate. A long file goes through in blocks and is judged a stretch
at a time, so that memory does not grow with its length beyond 1 kB a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import band_powers, sliding_windows
from tui_browser.records import FloatArray

FRAME_RATE = 100
"""Frames a second."""
MIN_GAP_S = 0.06
"""Hits closer than this are one: a clap's bursts, a flam."""
_WINDOW_S = 0.0232
_BANDS = 28
_LOW_HZ, _HIGH_HZ = 30.0, 16_000.0
_GROUP_HZ = (250.0, 2500.0)
"""Between low and middle, and between middle and high, for rhythm."""
_FLOOR_DB = -70.0
"""Below the loudest band of a stretch all is silence."""
_RISE_MOST_DB = 24.0
_RISE_LEAST_DB = 2.5
"""A hit raises the bands by so much in the mean ..."""
_RISE_SHARE = 0.25
"""... and by this share of what the stretch's clear hits do."""
_QUIET_DB = 36.0
"""What is so much quieter than the loudest hit is none."""
_SCRAPE_S, _SCRAPE_DB = 0.12, 15.0
_BEFORE = 4
"""Frames that a frame is compared with."""
_LAST = 8
_STRETCH = 30_000
"""Frames judged together: five minutes."""
_OVERLAP = 100


_Hit = tuple[float, FloatArray, float]
"""Seconds, mean rises of the three groups of bands, level."""


@dataclass(frozen=True, slots=True, eq=False)
class Onsets:
    """What a tracker found, in order."""

    times_s: NDArray[np.float64]
    """(K,) within 20 ms; `refine_onset` says it to the millisecond."""
    rises: FloatArray
    """(K, 3) mean rise in dB of low, middle and high bands."""
    levels_db: FloatArray
    """(K,) power of the loudest moment of each hit."""

    def __len__(self) -> int:
        return len(self.times_s)

    def strongest(self, most: int) -> Onsets:
        """The `most` hits that rise highest, in order."""
        if len(self) <= most:
            return self
        kept = np.sort(np.argsort(-self.rises.mean(axis=1), kind="stable")[:most])
        return Onsets(self.times_s[kept], self.rises[kept], self.levels_db[kept])


class OnsetTracker:
    """Takes a mono sound block by block, of any length, and finds its hits."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._size = 1 << max(6, round(math.log2(_WINDOW_S * rate)))
        self._hop = rate / FRAME_RATE
        self._window, self._edges, self._groups = _bands(self._size, rate)
        self._left: FloatArray = np.zeros(self._size // 2, dtype=np.float32)  # frame 0 is centred on the beginning
        self._first = -(self._size // 2)
        """Where `_left` begins, in samples of the sound."""
        self._frames: list[FloatArray] = []
        self._count = 0
        """Frames made so far."""
        self._held = 0
        """Frames in `_frames`, the last ones made."""
        self._found: list[_Hit] = []
        self._judged = 0
        """Frames before this one have been judged."""

    def add(self, mono: FloatArray) -> None:
        """The next samples (n,)."""
        self._left = np.concatenate((self._left, mono))
        self._make()
        if self._held >= _STRETCH + _OVERLAP:
            self._judge(last=False)

    def onsets(self) -> Onsets:
        """All hits; nothing can be added afterwards."""
        self._left = np.concatenate((self._left, np.zeros(self._size, dtype=np.float32)))
        self._make()
        self._judge(last=True)
        loudest = max((level for _, _, level in self._found), default=0.0)
        found = [hit for hit in self._found if hit[2] > loudest - _QUIET_DB]
        found = [hit for hit, after in zip(found, [*found[1:], None], strict=False) if not _leads_into(hit, after)]
        return Onsets(
            np.array([time for time, _, _ in found], dtype=np.float64),
            np.array([rise for _, rise, _ in found], dtype=np.float32).reshape(-1, 3),
            np.array([level for _, _, level in found], dtype=np.float32),
        )

    def _make(self) -> None:
        """Turn what is left over into frames as far as it goes."""
        end = self._first + len(self._left)
        most = int((end - self._size + self._size // 2) / self._hop) + 1
        starts = np.rint(np.arange(self._count, max(most, self._count)) * self._hop).astype(np.int64)
        starts += -(self._size // 2) - self._first
        starts = starts[starts + self._size <= len(self._left)]
        if not len(starts):
            return
        self._frames.append(band_powers(self._left, starts, self._window, self._edges[:-1]))
        self._count += len(starts)
        self._held += len(starts)
        used = int(np.rint(self._count * self._hop)) - self._size // 2 - self._first
        self._left = self._left[max(0, used) :]
        self._first += max(0, used)

    def _judge(self, *, last: bool) -> None:
        power = np.concatenate(self._frames) if self._frames else np.zeros((0, len(self._edges) - 1), np.float32)
        begin = self._count - len(power)
        # At the end a frame sees the edge of the sound, and a hit would have no length.
        until = self._count - _LAST if last else self._count - _OVERLAP // 2
        loudest = float(power.max()) if len(power) else 0.0
        if loudest > 0.0:
            level = 10.0 * np.log10(np.maximum(power, loudest * 10.0 ** (_FLOOR_DB / 10.0)))
            rises = _rises(level)
            total = 10.0 * np.log10(np.maximum(power.sum(axis=1), loudest * 1e-9))
            groups = np.stack([rises[:, group].mean(axis=1) for group in self._groups], axis=1)
            for at in _peaks(rises.mean(axis=1)).tolist():
                if self._judged <= begin + at < until:
                    self._found.append(((begin + at) / FRAME_RATE, groups[at], float(total[at : at + 6].max())))
        self._judged = until
        self._frames = [power[len(power) - _OVERLAP :]] if not last else []
        self._held = len(self._frames[0]) if self._frames else 0


def _leads_into(hit: _Hit, after: _Hit | None) -> bool:
    """Whether this is the scrape before a far louder hit, such as that of a stick or of clashing cymbals."""
    return after is not None and after[0] - hit[0] < _SCRAPE_S and after[2] - hit[2] > _SCRAPE_DB


@cache
def _bands(size: int, rate: int) -> tuple[FloatArray, NDArray[np.intp], tuple[slice, ...]]:
    """The window, edges of the bands in bins, and which bands are low, middle and high."""
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
    """(F, B) by how many dB each band stands above itself and its neighbours a moment before, 0 to 24."""
    frames = len(level)
    near = level.copy()
    np.maximum(near[:, 1:], level[:, :-1], out=near[:, 1:])
    np.maximum(near[:, :-1], level[:, 1:], out=near[:, :-1])
    before = np.full(level.shape, float(level.min()) if frames else 0.0, dtype=np.float32)
    for lag in range(2, min(frames, 2 + _BEFORE)):  # the frame just before overlaps the hit
        np.maximum(before[lag:], near[:-lag], out=before[lag:])
    after = level.copy()
    after[:-1] += level[1:]
    after[:-1] *= 0.5
    after -= before
    np.maximum(after, 0.0, out=after)
    return np.minimum(after, _RISE_MOST_DB, out=after)


def _peaks(flux: FloatArray) -> NDArray[np.intp]:
    """Frames at which the flux has a peak that is high enough, the first of those that are too close."""
    if not len(flux):
        return np.zeros(0, dtype=np.intp)
    reach = 3
    padded = np.zeros(len(flux) + 2 * reach, dtype=np.float32)
    padded[reach:-reach] = flux
    around = sliding_windows(padded, 2 * reach + 1)
    wide = np.convolve(flux, np.full(25, 1 / 25), mode="same")
    peak = (flux >= around.max(axis=1)) & (flux > _RISE_LEAST_DB) & (flux > 1.5 * wide[: len(flux)])
    peak[1:] &= flux[1:] > flux[:-1]  # of equal ones the first
    at = np.flatnonzero(peak)
    if not len(at):
        return at
    ranked = np.sort(flux[at])
    clear = float(np.interp(0.9 * (len(ranked) - 1), np.arange(len(ranked)), ranked))
    at = at[flux[at] > _RISE_SHARE * clear]
    kept: list[int] = []
    for frame in at.tolist():
        if kept and frame - kept[-1] < MIN_GAP_S * FRAME_RATE:
            if flux[frame] > 2.0 * flux[kept[-1]]:
                kept[-1] = frame
        else:
            kept.append(frame)
    return np.array(kept, dtype=np.intp)


def refine_onset(part: FloatArray, rate: int, *, guess: int) -> int:
    """The sample of `part` at which the hit near `guess` (within 30 ms) begins."""
    step = max(1, rate // 1000)
    first = max(0, guess - 40 * step)
    count = min((len(part) - first) // step, 80)
    if count < 8:
        return guess
    piece = part[first : first + count * step]
    edge = np.diff(piece, prepend=piece[:1])
    level = np.zeros(count)
    for values in (piece, edge):  # a kick shows in the level, a hat under a bass in the edges
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

"""The tonal part of a sound: peaks of the charts linked over frames into tracks, one sine for each track.

Peak linking as in R. McAulay and T. Quatieri, "Speech analysis/synthesis based on a sinusoidal representation" (1986).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.decoder_charts import PLACE_REACH, position_to_hz
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.records import FloatArray

_MAX_PEAKS = 24
"""Peaks kept in each frame, the loudest ones."""
_RANGE_DB = 60.0
"""Peaks further below the sound's loudest peak are rendered as noise."""
_MAX_JUMP = 2.5
"""Bands that a track may move between two frames."""
_MIN_PERIODS = 3.0
_MIN_FRAMES = 3
"""Tracks with fewer periods or frames are rendered as noise."""
_RISE_S = 0.0004
_ATTACK_S = (0.012, 0.025)


@dataclass(frozen=True, slots=True)
class _Peak:
    """A local maximum of energy over the bands of one frame."""

    position: float
    """Fractional band index."""
    energy: float
    low: int
    high: int
    """Range of bands, `low` included and `high` not."""


@dataclass(slots=True)
class _Track:
    """A partial: one peak in each of successive frames."""

    start: int
    """Its first frame."""
    peaks: list[_Peak] = field(default_factory=list)


def render_partials(
    tonal: NDArray[np.float64], place: FloatArray, *, shape: DecoderShape, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(count,) samples of all partials, and (M, T) which bands and frames they cover.

    `tonal` (M, T) is the power density of the tonal part. The loudest track at the onset starts at phase 0.
    """
    widths = (shape.edges_hz[2:] - shape.edges_hz[:-2]) / 2 / RATE
    energy = 4.0 * tonal * widths[:, None]
    tracks = _link_peaks(energy, place, frames=int(np.searchsorted(shape.seconds, count / RATE)) + 1)
    sound = np.zeros(count)
    covered = np.zeros(tonal.shape, dtype=np.bool_)
    first = max((track for track in tracks if track.start == 0), key=lambda t: t.peaks[0].energy, default=None)
    for track in tracks:
        frames = np.arange(track.start, track.start + len(track.peaks))
        hertz = position_to_hz(np.array([peak.position for peak in track.peaks]), shape)
        end_s = shape.seconds[min(frames[-1] + 1, shape.frames - 1)]
        if len(frames) < _MIN_FRAMES or (end_s - shape.seconds[frames[0]]) * hertz.mean() < _MIN_PERIODS:
            continue
        for frame, peak in zip(frames, track.peaks, strict=True):
            covered[peak.low : peak.high, frame] = True
        phase = 0.0 if track is first else float(rng.random())
        amplitude = np.sqrt([peak.energy for peak in track.peaks])
        _add_sine(sound, frames, hertz, amplitude, shape=shape, phase=phase)
    return sound, covered


def _link_peaks(energy: NDArray[np.float64], place: FloatArray, *, frames: int) -> list[_Track]:
    """Tracks of the peaks of all frames; every peak belongs to exactly one track."""
    min_energy = energy.max(initial=0.0) * 10 ** (-_RANGE_DB / 10)
    ended: list[_Track] = []
    running: list[_Track] = []
    for frame in range(min(frames, energy.shape[1])):
        peaks = _find_peaks(energy[:, frame], place[:, frame], min_energy)
        free = set(range(len(peaks)))
        continued: list[_Track] = []
        for track in sorted(running, key=lambda t: -t.peaks[-1].energy):
            position = track.peaks[-1].position
            nearest = min(free, key=lambda i: abs(peaks[i].position - position), default=None)
            if nearest is None or abs(peaks[nearest].position - position) > _MAX_JUMP:
                ended.append(track)
                continue
            free.discard(nearest)
            track.peaks.append(peaks[nearest])
            continued.append(track)
        running = continued + [_Track(frame, [peaks[i]]) for i in sorted(free)]
    return ended + running


def _find_peaks(energy: NDArray[np.float64], place: FloatArray, min_energy: float) -> list[_Peak]:
    """The loudest `_MAX_PEAKS` peaks of a frame, loudest first."""
    padded = np.concatenate([[-1.0], energy, [-1.0]])
    rises = (padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:]) & (energy > min_energy)
    tops: list[int] = np.flatnonzero(rises).tolist()
    if not tops:
        return []
    power: list[float] = energy.tolist()
    offset: list[float] = place.tolist()
    valleys = [min(range(left + 1, right + 1), key=power.__getitem__) for left, right in pairwise(tops)]
    peaks = []
    for top, before, behind in zip(tops, [0, *valleys], [*valleys, len(power)], strict=True):
        low, high = max(before, top - 6), min(behind, top + 7)
        near = range(max(low, top - 1), min(high, top + 2))
        position = sum(power[i] * (i + PLACE_REACH * offset[i]) for i in near) / sum(power[i] for i in near)
        peaks.append(_Peak(min(max(position, low - 1.0), high), sum(power[low:high]), low, high))
    return sorted(peaks, key=lambda peak: -peak.energy)[:_MAX_PEAKS]


def _add_sine(
    sound: NDArray[np.float64],
    frames: NDArray[np.intp],
    hertz: NDArray[np.float64],
    amplitude: NDArray[np.float64],
    *,
    shape: DecoderShape,
    phase: float,
) -> None:
    """Add one partial in place: frequency glides between frames, amplitude fades towards the frames around them."""
    times = shape.seconds[frames] * RATE
    if frames[0] == 0:  # analysis windows at the onset underestimate the first periods
        early, attack = (shape.seconds[frames] < s for s in _ATTACK_S)
        amplitude = np.where(early, amplitude[attack].max(), amplitude)
    before = shape.seconds[max(0, frames[0] - 1)] * RATE if frames[0] else -_RISE_S * RATE
    after = shape.seconds[min(shape.frames - 1, frames[-1] + 1)] * RATE + 1.0
    first, last = max(0, int(np.ceil(before))), min(len(sound), int(after))
    if last <= first:
        return
    at = np.arange(first, last)
    envelope = np.interp(at, [before, *times, after], [0.0, *amplitude, 0.0])
    turns = np.cumsum(np.interp(at, times, hertz)) / RATE
    sound[first:last] += envelope * np.sin(2 * np.pi * (turns - turns[0] + phase))

"""The tones of a sound: peaks of the tonal charts, linked from frame to frame, and a sine for each chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.decoder_charts import PLACE_REACH, position_to_hz
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.records import FloatArray

MOST = 24
"""Sines that run at once, the loudest of a frame."""
_RANGE_DB = 60.0
"""A peak this far below the sound's loudest is left to the noise."""
_JUMP = 2.5
"""Bands that a tone may move between two frames."""
_PERIODS = 3.0
"""A shorter tone is left to the noise ..."""
_FRAMES = 3
"""... as is one of fewer frames."""
_RISE_S = 0.0004
_SWINGS_S = (0.012, 0.025)


@dataclass(slots=True)
class _Chain:
    """A tone from its first frame on."""

    start: int
    places: list[float] = field(default_factory=list)
    energies: list[float] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


def add_partials(
    tonal: NDArray[np.float64], place: FloatArray, *, shape: DecoderShape, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(count,) samples of all tones, and (M, T) whether a band's tone is among them.

    `tonal` is (M, T), the power density of the tones; the loudest tone of the onset starts at phase 0.
    """
    widths = (shape.edges_hz[2:] - shape.edges_hz[:-2]) / 2 / RATE
    energy = 4.0 * tonal * widths[:, None]
    chains = _linked(energy, place, frames=int(np.searchsorted(shape.seconds, count / RATE)) + 1)
    sound = np.zeros(count)
    kept = np.zeros(tonal.shape, dtype=np.bool_)
    first = max((chain for chain in chains if chain.start == 0), key=lambda c: c.energies[0], default=None)
    for chain in chains:
        frames = np.arange(chain.start, chain.start + len(chain.places))
        hertz = position_to_hz(np.array(chain.places), shape)
        last = shape.seconds[min(frames[-1] + 1, shape.frames - 1)]
        if len(frames) < _FRAMES or (last - shape.seconds[frames[0]]) * hertz.mean() < _PERIODS:
            continue
        for frame, (low, high) in zip(frames, chain.spans, strict=True):
            kept[low:high, frame] = True
        phase = 0.0 if chain is first else float(rng.random())
        _add_sine(sound, frames, hertz, np.sqrt(chain.energies), shape=shape, phase=phase)
    return sound, kept


def _linked(energy: NDArray[np.float64], place: FloatArray, *, frames: int) -> list[_Chain]:
    """Chains of peaks; every peak belongs to one."""
    least = energy.max(initial=0.0) * 10 ** (-_RANGE_DB / 10)
    done: list[_Chain] = []
    running: list[_Chain] = []
    for frame in range(min(frames, energy.shape[1])):
        peaks = _peaks(energy[:, frame], place[:, frame], least)
        free = set(range(len(peaks)))
        going: list[_Chain] = []
        for chain in sorted(running, key=lambda c: -c.energies[-1]):
            near = min(free, key=lambda i: abs(peaks[i][0] - chain.places[-1]), default=None)
            if near is None or abs(peaks[near][0] - chain.places[-1]) > _JUMP:
                done.append(chain)
                continue
            free.discard(near)
            _extend(chain, peaks[near])
            going.append(chain)
        for i in sorted(free):
            chain = _Chain(frame)
            _extend(chain, peaks[i])
            going.append(chain)
        running = going
    return done + running


def _extend(chain: _Chain, peak: tuple[float, float, int, int]) -> None:
    chain.places.append(peak[0])
    chain.energies.append(peak[1])
    chain.spans.append(peak[2:])


def _peaks(energy: NDArray[np.float64], place: FloatArray, least: float) -> list[tuple[float, float, int, int]]:
    """Place among the bands, energy and span of bands of each hill, the loudest `MOST`."""
    padded = np.concatenate([[-1.0], energy, [-1.0]])
    rises = (padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:]) & (energy > least)
    tops: list[int] = np.flatnonzero(rises).tolist()
    if not tops:
        return []
    power: list[float] = energy.tolist()
    away: list[float] = place.tolist()
    valleys = [min(range(one + 1, two + 1), key=power.__getitem__) for one, two in pairwise(tops)]
    found = []
    for top, before, behind in zip(tops, [0, *valleys], [*valleys, len(power)], strict=True):
        low, high = max(before, top - 6), min(behind, top + 7)
        near = range(max(low, top - 1), min(high, top + 2))
        where = sum(power[i] * (i + PLACE_REACH * away[i]) for i in near) / sum(power[i] for i in near)
        found.append((min(max(where, low - 1.0), high), sum(power[low:high]), low, high))
    return sorted(found, key=lambda peak: -peak[1])[:MOST]


def _add_sine(
    sound: NDArray[np.float64],
    frames: NDArray[np.intp],
    hertz: NDArray[np.float64],
    loud: NDArray[np.float64],
    *,
    shape: DecoderShape,
    phase: float,
) -> None:
    """Add one tone: it glides between its frames and fades to nothing towards the frames before and behind them."""
    times = shape.seconds[frames] * RATE
    if frames[0] == 0:  # its first swings are the loudest, where a window saw the onset and what came after as one
        early, soon = (shape.seconds[frames] < s for s in _SWINGS_S)
        loud = np.where(early, loud[soon].max(), loud)
    before = shape.seconds[max(0, frames[0] - 1)] * RATE if frames[0] else -_RISE_S * RATE
    behind = shape.seconds[min(shape.frames - 1, frames[-1] + 1)] * RATE + 1.0
    first, last = max(0, int(np.ceil(before))), min(len(sound), int(behind))
    if last <= first:
        return
    at = np.arange(first, last)
    glide = np.interp(at, times, hertz)
    volume = np.interp(at, [before, *times, behind], [0.0, *loud, 0.0])
    turns = np.cumsum(glide) / RATE
    sound[first:last] += volume * np.sin(2 * np.pi * (turns - turns[0] + phase))

"""Tempo and pattern of a run of hits: how fast its beat is, and where in the bar low, middle and high sounds fall.

Periods are compared by the autocorrelation of the hits, each a soft pulse as strong as its rise, weighted towards
120 beats a minute (Ellis: Beat Tracking by Dynamic Programming, 2007). A file whose length is a whole number of beats
is taken for a loop, and its length then tells the tempo better than its hits do. The pattern is folded to one bar of
sixteen steps, so that the same rhythm at another tempo is the same pattern.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

STEPS = 16
"""Steps of a bar."""
SIZE = 3 * STEPS
"""Numbers of a pattern."""

_SLOWEST, _FASTEST = 55.0, 200.0
_RATE = 200
"""Samples a second of the pulse train."""
_SOFT_S = 0.012
_LOOKED_AT_S = 60.0
_FEWEST = 4
_SURE = 0.2
"""How well the best beat must explain the hits, 0 to 1."""
_GRID_S = 0.014
"""Hits stray from the sixteenths by this much."""
_USUAL, _OCTAVES = 120.0, 0.7
_BEATS = {1: 0.6, 2: 0.9, 4: 1.0, 8: 1.0, 16: 1.0, 32: 1.0, 64: 1.0, 12: 0.9, 24: 0.9, 3: 0.7, 6: 0.8, 5: 0.6, 7: 0.6}
"""How likely a loop of so many beats is."""
_NO_LOOP = 0.7
"""How likely it is that a file is no loop."""
_START_S = 0.05
"""A first hit within this is one at the very beginning."""
_BAR = (80.0, 160.0)
"""Bars are counted at this speed, so that half and double time share a pattern."""


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """What repeats in a sound."""

    bpm: float
    pattern: FloatArray
    """(48,) unit length: sixteen steps of low, then middle, then high sounds, the mean of each taken off."""


def rhythm(times_s: NDArray[np.float64], rises: FloatArray, *, length_s: float) -> Rhythm | None:
    """Tempo and pattern of K hits: seconds (K,), and how much low, middle and high rise at each (K, 3).

    None where there are too few hits or nothing repeats. `length_s` is that of the whole file.
    """
    used = times_s < _LOOKED_AT_S
    if int(used.sum()) < _FEWEST:
        return None
    strength = np.sqrt(rises[used].mean(axis=1) / max(float(rises.mean(axis=1).max()), 1e-9)).astype(np.float64)
    found = _beat(times_s[used], strength, length_s)
    if found is None:
        return None
    period, beats = found
    begin = 0.0 if beats or times_s[0] < _START_S else float(times_s[0])
    pattern = _pattern(times_s - begin, rises, period, beats)
    return None if pattern is None else Rhythm(60.0 / period, pattern)


def _beat(times: NDArray[np.float64], strength: NDArray[np.float64], length_s: float) -> tuple[float, int] | None:
    """Seconds of a beat, and how many of them a loop has (0 where the file is none); None where nothing repeats."""
    similar = _similar(times - times[0], strength)
    candidates = [(lag / _RATE, 0, _NO_LOOP) for lag in _lags(similar)]
    candidates += [(length_s / beats, beats, share) for beats, share in _BEATS.items() if beats <= 64]
    best, found = _SURE, None
    for rough, beats, share in candidates:
        period = rough if beats else _fine(similar, rough * _RATE) / _RATE
        if not 60.0 / _FASTEST <= period <= 60.0 / _SLOWEST:
            continue
        begin = 0.0 if beats else float(times[0])
        usual = np.exp(-0.5 * np.square(np.log2(60.0 / period / _USUAL) / _OCTAVES))
        score = _echo(similar, period) * _grid(times - begin, strength, period) * share * usual
        if score > best:
            best, found = float(score), (period, beats)
    return found


def _similar(times: NDArray[np.float64], strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Autocorrelation of the hits, 1 at no lag, 200 lags a second."""
    train = np.zeros(int(float(times[-1]) * _RATE) + 2)
    np.add.at(train, np.rint(times * _RATE).astype(np.intp), strength)
    n = np.arange(-8, 9) / (_SOFT_S * _RATE)
    train = np.convolve(np.pad(train, 8), np.exp(-0.5 * n * n), mode="same")
    size = 1 << (2 * len(train) - 1).bit_length()
    spectrum = np.fft.rfft(train, size)
    similar = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[: len(train)]
    # A late echo has fewer hits to meet: made up for, but not without bound.
    return np.asarray(similar / (similar[0] * np.maximum(1.0 - np.arange(len(train)) / len(train), 0.25)))


def _lags(similar: NDArray[np.float64]) -> list[int]:
    """Lags of the highest peaks between the slowest and the fastest beat."""
    first, last = int(_RATE * 60 / _FASTEST), min(int(_RATE * 60 / _SLOWEST) + 2, len(similar) - 1)
    lags = [at for at in range(first, last) if similar[at] >= max(similar[at - 1], similar[at + 1], 0.1)]
    return sorted(lags, key=lambda at: -similar[at])[:12]


def _echo(similar: NDArray[np.float64], period: float) -> float:
    """How much of the hits returns after one, two and four beats, 0 to 1."""
    total = weight = 0.0
    for multiple, share in ((1, 1.0), (2, 0.7), (4, 0.7)):
        at = round(period * multiple * _RATE)
        if at + 2 < len(similar):
            total += share * min(1.0, float(similar[at - 1 : at + 2].max()))
            weight += share
    return total / weight if weight else 0.0


def _grid(times: NDArray[np.float64], strength: NDArray[np.float64], period: float) -> float:
    """How well the hits lie on sixteenths, beyond what chance would do, 0 to 1."""
    step = period / 4
    away = times / step
    away = np.abs(away - np.rint(away)) * step
    fit = float((strength * np.exp(-0.5 * np.square(away / _GRID_S))).sum() / strength.sum())
    chance = min(0.9, 2.5066 * _GRID_S / step)
    return max(0.0, (fit - chance) / (1.0 - chance))


def _fine(similar: NDArray[np.float64], lag: float) -> float:
    """The lag to a fraction of a sample, by the furthest of its multiples that still stands out."""
    found = lag
    for multiple in (1, 2, 4, 8, 16):
        middle = round(found * multiple)
        reach = 2 + multiple // 4
        if middle + reach + 1 >= len(similar):
            break
        at = middle - reach + int(np.argmax(similar[middle - reach : middle + reach + 1]))
        left, top, right = similar[at - 1 : at + 2]
        if top < 0.1 or top < max(left, right):
            continue
        bend = left - 2 * top + right
        found = (at + (0.5 * (left - right) / bend if bend < 0 else 0.0)) / multiple
    return found


def _pattern(times: NDArray[np.float64], rises: FloatArray, period: float, beats: int) -> FloatArray | None:
    """(48,) the hits folded to one bar; `times` from the beginning of a bar."""
    beat, count = period, float(beats)
    while 60.0 / beat < _BAR[0]:
        beat, count = beat / 2, count * 2
    while 60.0 / beat >= _BAR[1]:
        beat, count = beat * 2, count / 2
    # A loop of one, two, three, five, six or seven beats is its own bar; all else is counted in fours.
    place = times / (beat * (count if count in (1, 2, 3, 5, 6, 7) else 4)) * STEPS
    step = np.rint(place).astype(np.intp)
    soft = np.exp(-0.5 * np.square((place - step) / 0.4))
    folded = np.zeros((STEPS, 3))
    np.add.at(folded, step % STEPS, soft[:, None] * rises)
    folded = np.sqrt(folded / max(float(folded.max()), 1e-9))
    folded -= folded.mean(axis=0)
    size = float(np.linalg.norm(folded))
    return None if size < 1e-6 else (folded.T.reshape(-1) / size).astype(np.float32)

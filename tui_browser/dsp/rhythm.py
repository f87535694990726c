"""Tempo and pattern of a run of hits: how fast its beat is, and where in the bar low, middle and high sounds fall.

Periods are found by the autocorrelation of the hits, each a soft pulse as strong as its rise, weighted towards 120
beats a minute (Ellis: Beat Tracking by Dynamic Programming, 2007). Whether the beat is this or twice or half as fast,
the autocorrelation cannot tell: what does is that snares answer on the second and fourth beat, and that a beat has
about two hits (known as the octave error: Gouyon et al., An Experimental Comparison of Audio Tempo Induction
Algorithms, 2006). A file whose length is a whole number of beats is taken for a loop, and its length then tells the
tempo better than its hits do. The pattern is folded to one bar of sixteen steps, so that the same rhythm at another
tempo is the same pattern.
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
_LATE_S = 0.02
"""And snares from their beat."""
_USUAL, _OCTAVES = 120.0, 0.8
_HITS, _HITS_OCTAVES = 2.2, 1.3
"""Hits a beat has, and by how many doublings that may vary."""
_ANSWER, _AGAINST = 1.0, 2.0
"""What snares on the second and fourth beat speak for a reading, and those on the first and third against it."""
_BEATS = {1: 0.3, 2: 0.5, 4: 1.0, 8: 1.0, 16: 1.0, 32: 1.0, 64: 1.0, 12: 0.4, 24: 0.4, 3: 0.3, 6: 0.4, 5: 0.3, 7: 0.3}
"""How likely a loop of so many beats is: of equally good readings the one of a power of two wins."""
_NO_LOOP = 0.5
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


def estimate_rhythm(times_s: NDArray[np.float64], rises: FloatArray, *, length_s: float) -> Rhythm | None:
    """Tempo and pattern of K hits: seconds (K,), and how much low, middle and high rise at each (K, 3).

    None where there are too few hits or nothing repeats. `length_s` is that of the whole file.
    """
    used = times_s < _LOOKED_AT_S
    if int(used.sum()) < _FEWEST:
        return None
    strength = np.sqrt(rises[used].mean(axis=1) / max(float(rises.mean(axis=1).max()), 1e-9)).astype(np.float64)
    found = _beat(times_s[used], strength, _snares(rises[used]), length_s)
    if found is None:
        return None
    period, beats = found
    begin = 0.0 if beats or times_s[0] < _START_S else float(times_s[0])
    pattern = _pattern(times_s - begin, rises, period, beats)
    return None if pattern is None else Rhythm(60.0 / period, pattern)


def _snares(rises: FloatArray) -> NDArray[np.float64]:
    """How much of a snare or clap each hit is, all together 1: the middle rises, and more than half of what lows do."""
    snares = np.maximum(rises[:, 1] - 0.5 * rises[:, 0], 0.0).astype(np.float64)
    return np.asarray(snares / max(float(snares.sum()), 1e-9))


def _beat(
    times: NDArray[np.float64], strength: NDArray[np.float64], snares: NDArray[np.float64], length_s: float
) -> tuple[float, int] | None:
    """Seconds of a beat, and how many of them a loop has (0 where the file is none); None where nothing repeats."""
    since, weight = times - times[0], strength / strength.sum()
    similar = _similar(since, strength)
    candidates = [(lag / _RATE, 0, _NO_LOOP) for lag in _lags(similar)]
    candidates += [(length_s / beats, beats, share) for beats, share in _BEATS.items()]
    best, found = 0.0, None
    for rough, beats, share in candidates:
        period = rough if beats else _fine(similar, rough * _RATE) / _RATE
        if not 60.0 / _FASTEST <= period <= 60.0 / _SLOWEST:
            continue
        at = times if beats else since
        grid = _grid(at, weight, period)
        if grid < _SURE or (echo := _echo(similar, period)) * grid < _SURE:
            continue
        score = echo * grid**1.5 * share * _usual(at, snares, period)
        if score > best:
            best, found = score, (period, beats)
    return found


def _usual(times: NDArray[np.float64], snares: NDArray[np.float64], period: float) -> float:
    """How much like music a beat of these seconds makes the hits, `times` from the beginning of a bar; above 0."""
    place = times / period
    beat = np.rint(place)
    away = (place - beat) * (period / _LATE_S)
    on = snares * np.exp(-0.5 * away * away)
    answers = float(on @ (beat % 2))
    tempo = np.log2(60.0 / period / _USUAL) / _OCTAVES
    hits = np.log2(len(times) * period / max(float(times[-1] - times[0]), period) / _HITS) / _HITS_OCTAVES
    snared = _ANSWER * answers - _AGAINST * (float(on.sum()) - answers)
    return float(np.exp(snared - 0.5 * (tempo * tempo + hits * hits)))


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
    if last <= first:
        return []
    middle = similar[first:last]
    peak = (middle >= similar[first - 1 : last - 1]) & (middle >= similar[first + 1 : last + 1]) & (middle >= 0.1)
    lags = first + np.flatnonzero(peak)
    return [int(lag) for lag in lags[np.argsort(-similar[lags], kind="stable")][:12]]


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
    """How well the hits, whose strengths sum to 1, lie on sixteenths, beyond what chance would do, 0 to 1."""
    step = period / 4
    place = times / step
    away = (place - np.rint(place)) * (step / _GRID_S)
    fit = float(strength @ np.exp(-0.5 * away * away))
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

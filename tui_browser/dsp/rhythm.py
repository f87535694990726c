"""Tempo and pattern of a sequence of onsets.

Candidate periods are peaks of the autocorrelation of the onsets, each a soft pulse as strong as its rise, weighted
towards 120 bpm (Ellis: Beat Tracking by Dynamic Programming, 2007). Autocorrelation cannot tell a tempo from its half
or double (Gouyon et al.: An Experimental Comparison of Audio Tempo Induction Algorithms, 2006); here snares on the
second and fourth beat and a usual number of onsets per beat decide. If the length of the file is a whole number of
beats, it is a loop, and its length gives the tempo more exactly than its onsets. The pattern is folded to one bar of
sixteen steps, so that a rhythm has the same pattern at any tempo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

STEPS = 16
"""Steps per bar."""
SIZE = 3 * STEPS
"""Length of a pattern."""

_MIN_BPM, _MAX_BPM = 55.0, 200.0
_RATE = 200
"""Sample rate of the pulse train in Hz."""
_PULSE_S = 0.012
_ANALYSED_S = 60.0
_MIN_ONSETS = 4
_MIN_FIT = 0.2
"""Least fit of the best beat to the onsets, 0 to 1."""
_GRID_S = 0.014
"""Standard deviation of onsets from the grid of sixteenths."""
_SNARE_S = 0.02
"""Standard deviation of snares from their beat."""
_USUAL_BPM, _TEMPO_OCTAVES = 120.0, 0.8
_ONSETS_PER_BEAT, _ONSETS_OCTAVES = 2.2, 1.3
"""Usual number of onsets per beat, and its standard deviation in octaves."""
_BACKBEAT, _ON_BEAT = 1.0, 2.0
"""Weight of snares on the second and fourth beat for a candidate, and on the first and third against it."""
_LOOP_LENGTHS = {
    1: 0.3,
    2: 0.5,
    4: 1.0,
    8: 1.0,
    16: 1.0,
    32: 1.0,
    64: 1.0,
    12: 0.4,
    24: 0.4,
    3: 0.3,
    6: 0.4,
    5: 0.3,
    7: 0.3,
}
"""Prior of a loop by its number of beats; powers of two are more likely."""
_NO_LOOP = 0.5
"""Prior of a file that is not a loop."""
_START_S = 0.05
"""A first onset earlier than this counts as at the start of the file."""
_BAR_BPM = (80.0, 160.0)
"""Range of tempos in which bars are counted, so that half and double time share a pattern."""


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """Tempo and pattern of a sound."""

    bpm: float
    pattern: FloatArray
    """(48,) unit length: sixteen steps of low, then middle, then high onsets, each with zero mean."""


def estimate_rhythm(times_s: NDArray[np.float64], rises: FloatArray, *, length_s: float) -> Rhythm | None:
    """Tempo and pattern of K onsets at `times_s` (K,), with `rises` (K, 3) of low, middle and high bands.

    None with too few onsets or when nothing repeats. `length_s` is the length of the file.
    """
    used = times_s < _ANALYSED_S
    if int(used.sum()) < _MIN_ONSETS:
        return None
    strength = np.sqrt(rises[used].mean(axis=1) / max(float(rises.mean(axis=1).max()), 1e-9)).astype(np.float64)
    beat = _beat(times_s[used], strength, _snares(rises[used]), length_s)
    if beat is None:
        return None
    period, beats = beat
    begin = 0.0 if beats or times_s[0] < _START_S else float(times_s[0])
    pattern = _pattern(times_s - begin, rises, period, beats)
    return None if pattern is None else Rhythm(60.0 / period, pattern)


def _snares(rises: FloatArray) -> NDArray[np.float64]:
    """(K,) snare strength of each onset, sum 1: the rise of the middle minus half the rise of the low bands."""
    snares = np.maximum(rises[:, 1] - 0.5 * rises[:, 0], 0.0).astype(np.float64)
    return np.asarray(snares / max(float(snares.sum()), 1e-9))


def _beat(
    times: NDArray[np.float64], strength: NDArray[np.float64], snares: NDArray[np.float64], length_s: float
) -> tuple[float, int] | None:
    """Period of the beat in seconds, and beats of the loop (0 if the file is not one); None when nothing repeats."""
    since_first, weight = times - times[0], strength / strength.sum()
    correlation = _autocorrelation(since_first, strength)
    candidates = [(lag / _RATE, 0, _NO_LOOP) for lag in _candidate_lags(correlation)]
    candidates += [(length_s / beats, beats, prior) for beats, prior in _LOOP_LENGTHS.items()]
    best_score, best = 0.0, None
    for rough, beats, prior in candidates:
        period = rough if beats else _refined_lag(correlation, rough * _RATE) / _RATE
        if not 60.0 / _MAX_BPM <= period <= 60.0 / _MIN_BPM:
            continue
        at = times if beats else since_first
        grid = _grid_fit(at, weight, period)
        if grid < _MIN_FIT or (repetition := _repetition(correlation, period)) * grid < _MIN_FIT:
            continue
        score = repetition * grid**1.5 * prior * _plausibility(at, snares, period)
        if score > best_score:
            best_score, best = score, (period, beats)
    return best


def _plausibility(times: NDArray[np.float64], snares: NDArray[np.float64], period: float) -> float:
    """Plausibility of a period in seconds by snares, tempo and onsets per beat; `times` from the start of a bar."""
    place = times / period
    beat = np.rint(place)
    deviation = (place - beat) * (period / _SNARE_S)
    on_grid = snares * np.exp(-0.5 * deviation * deviation)
    backbeat = float(on_grid @ (beat % 2))
    tempo = np.log2(60.0 / period / _USUAL_BPM) / _TEMPO_OCTAVES
    onsets_per_beat = len(times) * period / max(float(times[-1] - times[0]), period)
    density = np.log2(onsets_per_beat / _ONSETS_PER_BEAT) / _ONSETS_OCTAVES
    snare_score = _BACKBEAT * backbeat - _ON_BEAT * (float(on_grid.sum()) - backbeat)
    return float(np.exp(snare_score - 0.5 * (tempo * tempo + density * density)))


def _autocorrelation(times: NDArray[np.float64], strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Autocorrelation of the pulse train at 200 lags per second, 1 at lag 0."""
    train = np.zeros(int(float(times[-1]) * _RATE) + 2)
    np.add.at(train, np.rint(times * _RATE).astype(np.intp), strength)
    n = np.arange(-8, 9) / (_PULSE_S * _RATE)
    train = np.convolve(np.pad(train, 8), np.exp(-0.5 * n * n), mode="same")
    size = 1 << (2 * len(train) - 1).bit_length()
    spectrum = np.fft.rfft(train, size)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[: len(train)]
    # At long lags fewer onsets overlap; the correction for that is limited to a factor of 4.
    return np.asarray(correlation / (correlation[0] * np.maximum(1.0 - np.arange(len(train)) / len(train), 0.25)))


def _candidate_lags(correlation: NDArray[np.float64]) -> list[int]:
    """Lags of the highest peaks within the range of tempos."""
    first, last = int(_RATE * 60 / _MAX_BPM), min(int(_RATE * 60 / _MIN_BPM) + 2, len(correlation) - 1)
    if last <= first:
        return []
    middle = correlation[first:last]
    before, after = correlation[first - 1 : last - 1], correlation[first + 1 : last + 1]
    lags = first + np.flatnonzero((middle >= before) & (middle >= after) & (middle >= 0.1))
    return [int(lag) for lag in lags[np.argsort(-correlation[lags], kind="stable")][:12]]


def _repetition(correlation: NDArray[np.float64], period: float) -> float:
    """How much of the onsets repeats after one, two and four beats, 0 to 1."""
    total = weight = 0.0
    for multiple, share in ((1, 1.0), (2, 0.7), (4, 0.7)):
        at = round(period * multiple * _RATE)
        if at + 2 < len(correlation):
            total += share * min(1.0, float(correlation[at - 1 : at + 2].max()))
            weight += share
    return total / weight if weight else 0.0


def _grid_fit(times: NDArray[np.float64], strength: NDArray[np.float64], period: float) -> float:
    """How well onsets (strengths of sum 1) match a grid of sixteenths: 0 is chance, 1 perfect."""
    step = period / 4
    place = times / step
    deviation = (place - np.rint(place)) * (step / _GRID_S)
    fit = float(strength @ np.exp(-0.5 * deviation * deviation))
    chance = min(0.9, 2.5066 * _GRID_S / step)
    return max(0.0, (fit - chance) / (1.0 - chance))


def _refined_lag(correlation: NDArray[np.float64], lag: float) -> float:
    """The lag to a fraction of a sample, from the largest of its multiples with a clear peak."""
    refined = lag
    for multiple in (1, 2, 4, 8, 16):
        middle = round(refined * multiple)
        reach = 2 + multiple // 4
        if middle + reach + 1 >= len(correlation):
            break
        at = middle - reach + int(np.argmax(correlation[middle - reach : middle + reach + 1]))
        left, top, right = correlation[at - 1 : at + 2]
        if top < 0.1 or top < max(left, right):
            continue
        bend = left - 2 * top + right
        refined = (at + (0.5 * (left - right) / bend if bend < 0 else 0.0)) / multiple
    return refined


def _pattern(times: NDArray[np.float64], rises: FloatArray, period: float, beats: int) -> FloatArray | None:
    """(48,) the onsets folded to one bar; `times` from the start of a bar."""
    beat, count = period, float(beats)
    while 60.0 / beat < _BAR_BPM[0]:
        beat, count = beat / 2, count * 2
    while 60.0 / beat >= _BAR_BPM[1]:
        beat, count = beat * 2, count / 2
    # A loop of 1, 2, 3, 5, 6 or 7 beats is one bar; all others have bars of four beats.
    place = times / (beat * (count if count in (1, 2, 3, 5, 6, 7) else 4)) * STEPS
    step = np.rint(place).astype(np.intp)
    soft = np.exp(-0.5 * np.square((place - step) / 0.4))
    folded = np.zeros((STEPS, 3))
    np.add.at(folded, step % STEPS, soft[:, None] * rises)
    folded = np.sqrt(folded / max(float(folded.max()), 1e-9))
    folded -= folded.mean(axis=0)
    norm = float(np.linalg.norm(folded))
    return None if norm < 1e-6 else (folded.T.reshape(-1) / norm).astype(np.float32)

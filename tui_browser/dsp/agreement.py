"""How far two recordings hold the same sound: aligned to a fraction of a frame, compared band by band.

Copies agree in every band in which they sound, whatever their gain. Two hits of one drum agree in the low bands and
differ in the noise of the high ones: that tells round robins from copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

EDGES_HZ = (30.0, 200.0, 800.0, 3_200.0, 12_000.0)
"""Edges of the bands; a coded sound has nothing true above the last one."""
FAINTEST_DB = -30.0
"""A band so far below the whole sound is left out: coders and dither decide what is in it."""
_BELOW_NYQUIST = 0.8
_CLOSE = 0.9999
"""Shifted by whole frames the sounds agree so well that no fraction is looked for."""
_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Agreement:
    """The second sound as a copy of the first."""

    least: float
    """Lowest correlation of any band that sounds, 0 to 1."""
    gain_db: float
    """How much louder the second is."""
    shift_s: float
    """How much later the sound begins in the second."""


def agreement(first: FloatArray, second: FloatArray, rate: int, *, reach_s: float = 0.1) -> Agreement:
    """Compare two mono sounds (n,) and (m,) of one rate, shifted by at most `reach_s`; the common part counts."""
    from scipy.fft import irfft, next_fast_len, rfft  # 100 ms; half the time of numpy's in float32

    count = min(len(first), len(second))
    if count < 16 or not first[:count].any() or not second[:count].any():
        return Agreement(0.0, 0.0, 0.0)
    size = next_fast_len(2 * count, real=True)
    x, y = rfft(first[:count], size), rfft(second[:count], size)
    cross = y * np.conj(x)
    around = irfft(cross, size)
    reach = min(count - 1, int(reach_s * rate))
    lags = np.concatenate([np.arange(0, reach + 1), np.arange(-reach, 0)])
    lag = float(lags[np.argmax(np.abs(around[lags]))])
    bands = _Bands(x, y, rate=rate, size=size)
    least = bands.least(cross * _turn(len(cross), size, lag))
    if least < _CLOSE:
        fraction = _summit(*(float(abs(around[(int(lag) + step) % size])) for step in (-1, 0, 1)))
        for trial in (lag + fraction, lag + 0.5 * fraction, lag + 1.5 * fraction):
            here = bands.least(cross * _turn(len(cross), size, trial))
            if here > least:
                least, lag = here, trial
    return Agreement(least, bands.gain_db, lag / rate)


class _Bands:
    """The powers of two spectra, band by band."""

    def __init__(self, x: NDArray[Any], y: NDArray[Any], *, rate: int, size: int) -> None:
        hertz = np.arange(len(x)) * (rate / size)
        self._bands = np.searchsorted(EDGES_HZ, hertz, side="right")
        self._bands[hertz > min(EDGES_HZ[-1], _BELOW_NYQUIST * rate / 2)] = 0
        first, second = np.abs(x) ** 2, np.abs(y) ** 2
        powers = self._sums(first), self._sums(second)
        totals = max(float(first.sum()), _TINY), max(float(second.sum()), _TINY)
        loud = np.maximum(powers[0] / totals[0], powers[1] / totals[1])
        self._heard = loud > 10 ** (FAINTEST_DB / 10)
        self._scale = np.sqrt(np.maximum(powers[0] * powers[1], _TINY))
        self.gain_db = float(10 * np.log10(totals[1] / totals[0]))

    def least(self, cross: NDArray[Any]) -> float:
        """The lowest correlation of any band that sounds, for the cross spectrum of the aligned sounds."""
        if not self._heard.any():
            return 0.0
        correlations = np.abs(self._sums(np.real(cross))) / self._scale
        return float(min(1.0, correlations[self._heard].min()))

    def _sums(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sums within each band; what is outside of all bands is left out."""
        sums = np.bincount(self._bands, values, minlength=len(EDGES_HZ) + 1)[1 : len(EDGES_HZ)]
        return sums.astype(np.float64)


def _turn(count: int, size: int, lag: float) -> NDArray[Any]:
    """(count,) what moves a spectrum back by `lag` frames."""
    turn: NDArray[Any] = np.exp((2j * np.pi * lag / size) * np.arange(count)).astype(np.complex64)
    return turn


def _summit(before: float, at: float, after: float) -> float:
    """Where between -0.5 and 0.5 the parabola through three values has its top."""
    bend = before - 2 * at + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0

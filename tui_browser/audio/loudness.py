"""Loudness of sounds, and the gain that brings them to a common loudness.

The loudness of a one-shot is the RMS of its loudest 50 ms, as in the index; that of a loop follows ITU-R BS.1770-4:
K-weighted power in gated blocks of 400 ms. Both are of the two channels that are played. No gain raises a peak above
the ceiling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import spectra
from tui_browser.records import FloatArray

TARGET_DB = -20.0
"""The common loudness: LUFS for loops, dBFS for one-shots. The peak of a click is about 19 dB above it."""
CEILING_DB = -1.0
LOOP_S = 2.0
"""Sounds longer than this are loops."""
MOST_MEASURED_S = 60.0
"""At most this much of a sound is measured."""
STRIDE_S = 5.0
"""Sounds are measured in parts of this length."""
MOST_BOOST_DB = 36.0
_SILENCE_DB = -80.0
_STORED_SILENCE_DB = -200.0
_WINDOW_S = 0.05
_STEP_S = 0.1
_BATCH_FRAMES = 1 << 14
"""Frames transformed at a time, so that their memory stays in the cache."""
_GATE_LUFS = -70.0
_GATE_LU = -10.0
_SMALL_OFFSET = 0.01
"""A DC offset below this share of the peak does not change which 50 ms are the loudest."""

_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""The two filters of BS.1770-4, (b, a) at 48 kHz."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """Loudness and peak of a sound."""

    loudness_db: float
    """Minus infinity for silence."""
    peak: float
    """The largest sample, 1 is full scale."""
    rough: bool = False
    """Whether only parts of it were measured."""

    @property
    def stored(self) -> tuple[float, float]:
        """Loudness and peak in dB as stored in the index, where silence is -200."""
        peak_db = 20 * math.log10(self.peak) if self.peak > 0 else _STORED_SILENCE_DB
        return max(_STORED_SILENCE_DB, self.loudness_db), max(_STORED_SILENCE_DB, peak_db)

    @classmethod
    def of_stored(cls, loudness_db: float, peak_db: float) -> Loudness:
        """The loudness stored so in the index."""
        return cls(loudness_db, float(10 ** (peak_db / 20)))

    @property
    def gain_db(self) -> float:
        """The gain to the common loudness, limited by the ceiling; 0 for silence."""
        if not self.loudness_db > _SILENCE_DB or not self.peak > 0:
            return 0.0
        headroom = CEILING_DB - 20 * math.log10(self.peak)
        return min(TARGET_DB - self.loudness_db, headroom, MOST_BOOST_DB)


class LoudnessMeter:
    """Measures a sound block by block: all of it, or the first minute of a long one."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._stride = round(STRIDE_S * rate)
        self._remaining = self._stride * round(MOST_MEASURED_S / STRIDE_S)
        self._blocks: list[FloatArray] = []
        self._count = 0
        self._powers = [np.zeros(0)]
        self._peak = 0.0

    def add(self, block: FloatArray) -> None:
        """Add the next frames, (n, channels), which have to be finite; more than two channels become their mean."""
        block = block[: self._remaining]
        self._remaining -= len(block)
        if block.shape[1] > 2:
            block = block.mean(axis=1, keepdims=True, dtype=np.float32)
        while len(block):
            part, block = block[: self._stride - self._count], block[self._stride - self._count :]
            self._blocks.append(part)
            self._count += len(part)
            if self._count == self._stride:
                self._measure_part()

    def level(self, *, is_loop: bool) -> Loudness:
        """The loudness of all blocks; called once, at the end."""
        if not is_loop:
            samples = np.concatenate(self._blocks) if self._blocks else np.zeros((0, 1), dtype=np.float32)
            return Loudness(loudest_rms_db(samples, self._rate), peak_of(samples))
        if self._blocks:
            self._measure_part()
        return Loudness(integrated_lufs(np.concatenate(self._powers)), self._peak)

    def _measure_part(self) -> None:
        samples = self._blocks[0] if len(self._blocks) == 1 else np.concatenate(self._blocks)
        self._blocks, self._count = [], 0
        played_on = 2 // samples.shape[1]  # one channel is played on both sides
        self._powers.append(block_powers(samples, self._rate) * played_on)
        self._peak = max(self._peak, peak_of(samples))


def measure_loudness(samples: FloatArray, rate: int) -> Loudness:
    """The loudness of a whole sound, (n, 2)."""
    peak = peak_of(samples)
    is_loop = len(samples) > LOOP_S * rate
    return Loudness(integrated_lufs(block_powers(samples, rate)) if is_loop else loudest_rms_db(samples, rate), peak)


def peak_of(samples: FloatArray) -> float:
    """The largest absolute value; 0 for no samples."""
    return max(float(samples.max()), -float(samples.min())) if len(samples) else 0.0


def loudest_rms_db(samples: FloatArray, rate: int) -> float:
    """dBFS of the loudest 50 ms of (n, 1) or (n, 2) without DC offset; minus infinity for silence.

    The window is found to a millisecond first and then to a sample, which is exact to 0.05 dB.
    """
    if not len(samples):
        return -math.inf
    samples, width = np.ascontiguousarray(samples, dtype=np.float32), max(1, round(_WINDOW_S * rate))
    step = max(1, width // 50)
    if len(samples) < width + 2 * step:
        return _decibels(_loudest_power(samples - _offset(samples), min(len(samples), width)))
    offset = _offset(samples)
    if float(np.abs(offset).max()) > _SMALL_OFFSET * peak_of(samples):
        samples, offset = samples - offset, np.zeros_like(offset)
    rows = samples[: len(samples) // step * step].reshape(len(samples) // step, -1)
    energy = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
    sums = np.concatenate(([0.0], np.cumsum(energy)))
    first = int((sums[width // step :] - sums[: -(width // step)]).argmax()) * step
    around = samples[max(0, first - step) : first + width + 2 * step] - offset
    return _decibels(_loudest_power(around, width))


def _offset(samples: FloatArray) -> FloatArray:
    """(c,) the mean of each channel."""
    return np.ones(len(samples), dtype=np.float32) @ samples / np.float32(len(samples))


def _loudest_power(samples: FloatArray, width: int) -> float:
    """Largest mean square of any `width` frames."""
    power = np.einsum("ij,ij->i", samples, samples, dtype=np.float64) / samples.shape[1]
    sums = np.concatenate(([0.0], np.cumsum(power)))
    return float((sums[width:] - sums[:-width]).max()) / width


def block_powers(samples: FloatArray, rate: int) -> NDArray[np.float64]:
    """(blocks,) K-weighted power of blocks of 400 ms, one every 100 ms, of (n, 2); both channels are added.

    The weights are applied to the spectrum of each 100 ms (Parseval), which is fast and within 0.2 dB of the filters.
    """
    step = max(1, round(_STEP_S * rate))
    count = len(samples) // step
    if count < 4:
        return np.zeros(0)
    steps = np.empty(count)
    batch = max(1, _BATCH_FRAMES // step)
    for first in range(0, count, batch):
        part = samples[first * step : min(count, first + batch) * step]
        steps[first : first + batch] = _weighted(np.ascontiguousarray(part, dtype=np.float32), step, rate)
    return np.asarray((steps[:-3] + steps[1:-2] + steps[2:-1] + steps[3:]) / 4)


def _weighted(samples: FloatArray, step: int, rate: int) -> FloatArray:
    """(n / step,) K-weighted power of each `step` frames of (n, channels); channels are added."""
    channels = samples.shape[1]
    if channels == 2:  # both in one transform: left is the real part, right the imaginary part
        spectrum = np.fft.fft(samples.view(np.complex64).reshape(-1, step), norm="forward").view(np.float32)
        return np.asarray(np.square(spectrum, out=spectrum) @ _weights_of_two(step, rate))
    spectrum = spectra(samples.T.reshape(channels, -1, step)).view(np.float32)
    np.square(spectrum, out=spectrum)
    return np.asarray((spectrum @ np.repeat(_weights(step, rate), 2)).sum(axis=0))


def integrated_lufs(blocks: NDArray[np.float64]) -> float:
    """Integrated loudness in LUFS of the result of `block_powers`; minus infinity if all blocks are silent."""
    gated = blocks[blocks > _power(_GATE_LUFS)]
    if not len(gated):
        return -math.inf
    gated = gated[gated > float(gated.mean()) * 10 ** (_GATE_LU / 10)]
    return _decibels(float(gated.mean())) - 0.691


@cache
def _weights_of_two(frames: int, rate: int) -> FloatArray:
    """(2 * frames,) the weights for real and imaginary parts of the spectrum of two channels in one transform."""
    half = _weights(frames, rate)
    mirrored = half[1 : (frames + 1) // 2]
    middle = half[frames // 2 : frames // 2 + 1] if frames % 2 == 0 else half[:0]
    whole = np.concatenate((half[:1], mirrored / 2, middle, mirrored[::-1] / 2))
    return np.repeat(whole, 2).astype(np.float32)


@cache
def _weights(frames: int, rate: int) -> FloatArray:
    """(frames // 2 + 1,) the weight of each spectral line, divided by its size, in the weighted mean square."""
    cycles = np.minimum(np.fft.rfftfreq(frames, 1 / rate), 24_000.0) / 48_000.0
    z = np.exp(-2j * np.pi * cycles)
    weights = np.full(len(z), 2.0)
    weights[0] /= 2
    if frames % 2 == 0:
        weights[-1] /= 2
    for b, a in (_SHELF, _HIGH_PASS):
        weights *= np.abs((b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)) ** 2
    return weights.astype(np.float32)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _decibels(power: float) -> float:
    return 10 * math.log10(power) if power > 0 else -math.inf

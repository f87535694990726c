"""How loud a sound is to a listener, and the gain that makes all sounds equally loud.

A one-shot is as loud as its loudest 50 ms (RMS, as in the index); a loop as ITU-R BS.1770-4 has it: K-weighted, in
blocks of 400 ms of which the quiet ones do not count. Both are of the two channels that are heard. No gain makes a
peak go over the ceiling.
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
"""Where sounds are brought to: LUFS for loops, dBFS for one-shots; a click has its peak some 19 dB above that."""
CEILING_DB = -1.0
LOOP_S = 2.0
"""Sounds longer than this are loops."""
MEASURED_S = 60.0
"""Of what is longer than that, so much is measured ..."""
STRIDE_S = 5.0
"""... in pieces of this length."""
MOST_BOOST_DB = 36.0
_SILENCE_DB = -80.0
_NOTHING_DB = -200.0
_WINDOW_S = 0.05
_STEP_S = 0.1
_AT_ONCE = 1 << 14
"""Frames that are transformed at a time: their scratch memory stays in the cache."""
_GATE_LUFS = -70.0
_GATE_LU = -10.0
_STRAIGHT = 0.01
"""An offset below this share of the peak does not change which 50 ms are the loudest."""

_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""The two filters of BS.1770-4, (b, a) at 48 kHz."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured of a sound."""

    loudness_db: float
    """Minus infinity for silence."""
    peak: float
    """The largest sample, 1 is full scale."""
    rough: bool = False
    """Whether only parts of it were looked at."""

    @property
    def stored(self) -> tuple[float, float]:
        """Loudness and peak in dB as the index keeps them: silence is -200 and not minus infinity."""
        peak_db = 20 * math.log10(self.peak) if self.peak > 0 else _NOTHING_DB
        return max(_NOTHING_DB, self.loudness_db), max(_NOTHING_DB, peak_db)

    @classmethod
    def of_stored(cls, loudness_db: float, peak_db: float) -> Loudness:
        """The level that was kept so."""
        return cls(loudness_db, float(10 ** (peak_db / 20)))

    @property
    def gain_db(self) -> float:
        """What brings it to the target without a peak over the ceiling; 0 for silence."""
        if not self.loudness_db > _SILENCE_DB or not self.peak > 0:
            return 0.0
        headroom = CEILING_DB - 20 * math.log10(self.peak)
        return min(TARGET_DB - self.loudness_db, headroom, MOST_BOOST_DB)


class LoudnessMeter:
    """Measures a sound that comes in blocks, as one that is played is measured: of a long one the first minute."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._stride = round(STRIDE_S * rate)
        self._room = self._stride * round(MEASURED_S / STRIDE_S)
        self._held: list[FloatArray] = []
        self._count = 0
        self._powers = [np.zeros(0)]
        self._peak = 0.0

    def add(self, block: FloatArray) -> None:
        """Take the next frames, (n, channels), finite; more than two channels are heard as their mean."""
        block = block[: self._room]
        self._room -= len(block)
        if block.shape[1] > 2:
            block = block.mean(axis=1, keepdims=True, dtype=np.float32)
        while len(block):
            part, block = block[: self._stride - self._count], block[self._stride - self._count :]
            self._held.append(part)
            self._count += len(part)
            if self._count == self._stride:
                self._weigh()

    def level(self) -> Loudness:
        """Of all that came; call it once, at the end."""
        if len(self._powers) == 1 and self._count <= LOOP_S * self._rate:
            held = np.concatenate(self._held) if self._held else np.zeros((0, 1), dtype=np.float32)
            return Loudness(loudest_rms_db(held, self._rate), peak_of(held))
        if self._held:
            self._weigh()
        return Loudness(integrated(np.concatenate(self._powers)), self._peak)

    def _weigh(self) -> None:
        held = self._held[0] if len(self._held) == 1 else np.concatenate(self._held)
        self._held, self._count = [], 0
        self._powers.append(powers(held, self._rate) * (2 // held.shape[1]))  # one channel is heard on both sides
        self._peak = max(self._peak, peak_of(held))


def measure(samples: FloatArray, rate: int) -> Loudness:
    """The level of a whole sound, (n, 2)."""
    peak = peak_of(samples)
    loop = len(samples) > LOOP_S * rate
    return Loudness(integrated(powers(samples, rate)) if loop else loudest_rms_db(samples, rate), peak)


def peak_of(samples: FloatArray) -> float:
    """The largest distance from zero; 0 for no samples."""
    return max(float(samples.max()), -float(samples.min())) if len(samples) else 0.0


def loudest_rms_db(samples: FloatArray, rate: int) -> float:
    """dBFS of the loudest 50 ms of (n, 1) or (n, 2), offset taken off; minus infinity for silence.

    The loudest is sought a millisecond at a time and then, around it, sample by sample: within 0.05 dB.
    """
    if not len(samples):
        return -math.inf
    samples, width = np.ascontiguousarray(samples, dtype=np.float32), max(1, round(_WINDOW_S * rate))
    step = max(1, width // 50)
    if len(samples) < width + 2 * step:
        return _decibels(_loudest_power(samples - _offset(samples), min(len(samples), width)))
    offset = _offset(samples)
    if float(np.abs(offset).max()) > _STRAIGHT * peak_of(samples):
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


def powers(samples: FloatArray, rate: int) -> NDArray[np.float64]:
    """(blocks,) K-weighted power of each 400 ms of (n, 2), a new block every 100 ms, both channels added up.

    The weighting is done on the spectrum of each 100 ms (Parseval): within 0.2 dB of the filters, and in no time.
    """
    step = max(1, round(_STEP_S * rate))
    count = len(samples) // step
    if count < 4:
        return np.zeros(0)
    steps = np.empty(count)
    few = max(1, _AT_ONCE // step)
    for first in range(0, count, few):
        some = samples[first * step : min(count, first + few) * step]
        steps[first : first + few] = _weighted(np.ascontiguousarray(some, dtype=np.float32), step, rate)
    return np.asarray((steps[:-3] + steps[1:-2] + steps[2:-1] + steps[3:]) / 4)


def _weighted(samples: FloatArray, step: int, rate: int) -> FloatArray:
    """(n / step,) K-weighted power of each `step` frames of (n, channels), the channels added up."""
    channels = samples.shape[1]
    if channels == 2:  # both in one go: left is real, right imaginary
        lines = np.fft.fft(samples.view(np.complex64).reshape(-1, step), norm="forward").view(np.float32)
        return np.asarray(np.square(lines, out=lines) @ _weights_of_two(step, rate))
    lines = spectra(samples.T.reshape(channels, -1, step)).view(np.float32)
    np.square(lines, out=lines)
    return np.asarray((lines @ np.repeat(_weights(step, rate), 2)).sum(axis=0))


def integrated(blocks: NDArray[np.float64]) -> float:
    """LUFS of the blocks that `powers` gave; minus infinity where all are silent."""
    heard = blocks[blocks > _power(_GATE_LUFS)]
    if not len(heard):
        return -math.inf
    heard = heard[heard > float(heard.mean()) * 10 ** (_GATE_LU / 10)]
    return _decibels(float(heard.mean())) - 0.691


@cache
def _weights_of_two(frames: int, rate: int) -> FloatArray:
    """(2 * frames,) the same for the real and imaginary parts of the spectrum of two channels at once."""
    half = _weights(frames, rate)
    mirrored = half[1 : (frames + 1) // 2]
    middle = half[frames // 2 : frames // 2 + 1] if frames % 2 == 0 else half[:0]
    whole = np.concatenate((half[:1], mirrored / 2, middle, mirrored[::-1] / 2))
    return np.repeat(whole, 2).astype(np.float32)


@cache
def _weights(frames: int, rate: int) -> FloatArray:
    """(frames // 2 + 1,) what each line of a spectrum, over its size, adds to the mean of the weighted squares."""
    turns = np.minimum(np.fft.rfftfreq(frames, 1 / rate), 24_000.0) / 48_000.0
    z = np.exp(-2j * np.pi * turns)
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

"""Building blocks of all instruments: random numbers, envelopes, oscillators and banks of decaying modes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tui_browser.records import FloatArray

RATE = 44100
"""Sample rate of all instruments; `render` resamples at the end."""
TAU = 2 * np.pi

T = TypeVar("T")


def n_samples(seconds: float) -> int:
    """Number of samples in `seconds`, at least 32."""
    return max(int(seconds * RATE), 32)


def time_axis(n: int) -> FloatArray:
    """(n,) time in seconds."""
    return np.arange(n, dtype=np.float32) / np.float32(RATE)


def uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from a uniform distribution."""
    return low + (high - low) * float(rng.random())


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from a log-uniform distribution, for frequencies and durations."""
    return float(low * (high / low) ** rng.random())


def chance(rng: np.random.Generator, p: float) -> bool:
    """True with probability `p`; drawn by `uniform`, which tells decisions from parameters (see `nearby`)."""
    return bool(rng.uniform() < p)


def weighted_choice(rng: np.random.Generator, weights: Mapping[T, float]) -> T:
    """A random key, with probability in proportion to its weight."""
    keys = list(weights)
    total = np.cumsum([weights[key] for key in keys])
    return keys[int(np.searchsorted(total, rng.uniform() * total[-1], side="right").clip(max=len(keys) - 1))]


def from_db(level: float) -> float:
    """Amplitude factor of a level in dB."""
    return float(10.0 ** (level / 20.0))


def decay(n: int, tau: float, *, attack: float = 0.0, hold: float = 0.0) -> FloatArray:
    """(n,) envelope: rises for `attack` seconds, holds for `hold` seconds, then decays with time constant `tau`."""
    time = time_axis(n)
    level: FloatArray = np.exp(-np.maximum(time - np.float32(attack + hold), 0) / np.float32(max(tau, 1e-5)))
    if attack > 0:
        rise = min(n_samples(attack), n)
        level[:rise] *= np.linspace(0, 1, rise, dtype=np.float32) ** 2
    return level


def add_at(onto: FloatArray, sound: FloatArray, at: int, gain: float = 1.0) -> None:
    """Add `sound` to `onto`, in place, from sample `at`; the part beyond the end is dropped."""
    end = min(len(onto), at + len(sound))
    if 0 <= at < end:
        onto[at:end] += np.float32(gain) * sound[: end - at]


def layer(*parts: FloatArray) -> FloatArray:
    """The sum of sounds of any lengths that start together."""
    mixed = np.zeros(max(map(len, parts)), dtype=np.float32)
    for part in parts:
        mixed[: len(part)] += part
    return mixed


def normalise(sound: FloatArray, level: float = 1.0) -> FloatArray:
    """The sound scaled to a peak of `level`; silence stays silent."""
    top = float(np.abs(sound).max(initial=0.0))
    return (sound * np.float32(level / top)) if top > 1e-9 else sound


def oscillator_phase(frequency: ArrayLike, n: int, *, start: float = 0.0) -> FloatArray:
    """(n,) phase, in turns from 0 to 1, of an oscillator with a frequency in Hz, a number or (n,)."""
    hertz = np.asarray(frequency, dtype=np.float64)
    phase = np.cumsum(hertz) / RATE if hertz.ndim else np.arange(n) * (float(hertz) / RATE)
    phase += start
    return (phase - np.floor(phase)).astype(np.float32)


def sine(frequency: ArrayLike, n: int, *, start: float = 0.0) -> FloatArray:
    """(n,) sine with a frequency in Hz, a number or (n,)."""
    wave: FloatArray = np.sin(oscillator_phase(frequency, n, start=start) * np.float32(TAU))
    return wave


def pitch_sweep(n: int, low: float, ratio: float, tau: float) -> NDArray[np.float64]:
    """(n,) frequency in Hz that falls from `low * ratio` to `low` with time constant `tau`."""
    time = np.arange(n) / RATE
    return low * (1.0 + (ratio - 1.0) * np.exp(-time / tau))


def modal_bank(
    n: int,
    frequencies: Sequence[float] | NDArray[np.float64],
    taus: ArrayLike,
    amplitudes: ArrayLike,
    *,
    phases: ArrayLike = 0.0,
) -> FloatArray:
    """(n,) modal synthesis: the sum of K decaying sines; inaudible frequencies are skipped.

    `frequencies` is (K,) in Hz. `taus` (seconds, may be inf), `amplitudes` and `phases` (turns) are (K,) or numbers.
    Every sine is the product of a coarse and a fine rotation, so that the bank is one matrix product.
    """
    hertz = np.asarray(frequencies, dtype=np.float64)
    audible = (hertz > 15) & (hertz < 0.47 * RATE)
    values = [np.broadcast_to(np.asarray(value, dtype=np.float64), hertz.shape) for value in (taus, amplitudes, phases)]
    hertz, (tau, amplitude, phase) = hertz[audible], (value[audible] for value in values)
    if hertz.size == 0:
        return np.zeros(n, dtype=np.float32)
    fine = 1 << max(5, int(np.log2(n) / 2))
    coarse = -(-n // fine)
    by_block = _rotate(hertz, tau, np.arange(coarse) * fine, phase)
    by_block *= np.tile(amplitude, 2)[:, None].astype(np.float32)
    by_sample = _rotate(hertz, tau, np.arange(fine), np.zeros_like(phase))
    k = len(hertz)  # swapping sine and cosine gives the imaginary part of the product
    turned = np.concatenate([by_sample[k:], by_sample[:k]])
    return np.ascontiguousarray((by_block.T @ turned).reshape(-1)[:n])


def _rotate(
    hertz: NDArray[np.float64], tau: NDArray[np.float64], steps: NDArray[np.int64], phase: NDArray[np.float64]
) -> FloatArray:
    """(2K, S) decaying cosines, then sines, of every mode at the given samples."""
    turn = hertz[:, None] * (steps / RATE) + phase[:, None]
    angle = ((turn - np.floor(turn)) * TAU).astype(np.float32)
    level = np.exp((-steps / RATE / np.maximum(tau, 1e-5)[:, None]).astype(np.float32))
    return np.concatenate([np.cos(angle) * level, np.sin(angle) * level])


def pulse_cluster(n: int, frequencies: Sequence[float], *, rng: np.random.Generator, width: float = 0.5) -> FloatArray:
    """(n,) sum of band-limited pulse oscillators with random phases, as in the metallic voices of analogue machines."""
    pitch, level, phase = [], [], []
    for base in frequencies:
        order = np.arange(1, max(2, min(60, int(0.45 * RATE / base))))
        strength = np.sin(np.pi * order * width) / order
        audible = np.abs(strength) > 1e-3
        pitch.append(base * order[audible])
        level.append(strength[audible])
        phase.append((float(rng.random()) * order[audible]) + 0.25)
    return modal_bank(n, np.concatenate(pitch), np.inf, np.concatenate(level), phases=np.concatenate(phase))

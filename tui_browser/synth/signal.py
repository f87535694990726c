"""Time, chance, envelopes, oscillators and banks of decaying modes: what every instrument is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tui_browser.records import FloatArray

RATE = 44100
"""All instruments are computed at this rate; `render` converts at the end."""
TAU = 2 * np.pi

T = TypeVar("T")


def n_samples(seconds: float) -> int:
    """Length in samples, at least 32."""
    return max(int(seconds * RATE), 32)


def time_axis(n: int) -> FloatArray:
    """(n,) seconds since the start."""
    return np.arange(n, dtype=np.float32) / np.float32(RATE)


def uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between `low` and `high`, all equally likely."""
    return low + (high - low) * float(rng.random())


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A positive number between `low` and `high`, all ratios equally likely: for pitches and times."""
    return float(low * (high / low) ** rng.random())


def chance(rng: np.random.Generator, p: float) -> bool:
    """True with probability `p`."""
    return bool(rng.random() < p)


def weighted_choice(rng: np.random.Generator, weights: Mapping[T, float]) -> T:
    """One of the keys, each as likely as its weight."""
    keys = list(weights)
    total = np.cumsum([weights[key] for key in keys])
    return keys[int(np.searchsorted(total, rng.random() * total[-1], side="right").clip(max=len(keys) - 1))]


def from_db(level: float) -> float:
    """Decibels as a factor."""
    return float(10.0 ** (level / 20.0))


def decay(n: int, tau: float, *, attack: float = 0.0, hold: float = 0.0) -> FloatArray:
    """(n,) envelope: a rise of `attack` seconds, `hold` seconds at 1, then an exponential fall by `tau` seconds."""
    time = time_axis(n)
    level: FloatArray = np.exp(-np.maximum(time - np.float32(attack + hold), 0) / np.float32(max(tau, 1e-5)))
    if attack > 0:
        rise = min(n_samples(attack), n)
        level[:rise] *= np.linspace(0, 1, rise, dtype=np.float32) ** 2
    return level


def add_at(onto: FloatArray, sound: FloatArray, at: int, gain: float = 1.0) -> None:
    """Add `sound` into `onto` at sample `at`; what does not fit is dropped."""
    end = min(len(onto), at + len(sound))
    if 0 <= at < end:
        onto[at:end] += np.float32(gain) * sound[: end - at]


def layer(*parts: FloatArray) -> FloatArray:
    """The sum of sounds of any length, all from the start."""
    mixed = np.zeros(max(map(len, parts)), dtype=np.float32)
    for part in parts:
        mixed[: len(part)] += part
    return mixed


def normalise(sound: FloatArray, level: float = 1.0) -> FloatArray:
    """The sound scaled so that its largest sample is `level`; silence stays silent."""
    top = float(np.abs(sound).max(initial=0.0))
    return (sound * np.float32(level / top)) if top > 1e-9 else sound


def oscillator_phase(frequency: ArrayLike, n: int, *, start: float = 0.0) -> FloatArray:
    """(n,) phase in [0, 1) of an oscillator with `frequency` in Hz, one number or (n,)."""
    hertz = np.asarray(frequency, dtype=np.float64)
    phase = np.cumsum(hertz) / RATE if hertz.ndim else np.arange(n) * (float(hertz) / RATE)
    phase += start
    return (phase - np.floor(phase)).astype(np.float32)


def sine(frequency: ArrayLike, n: int, *, start: float = 0.0) -> FloatArray:
    """(n,) sine with `frequency` in Hz, one number or (n,)."""
    wave: FloatArray = np.sin(oscillator_phase(frequency, n, start=start) * np.float32(TAU))
    return wave


def pitch_sweep(n: int, low: float, ratio: float, tau: float) -> NDArray[np.float64]:
    """(n,) frequency that falls from `low * ratio` to `low` Hz with `tau` seconds."""
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
    """(n,) sum of K decaying sines, as a struck body rings; modes outside the hearing range are left out.

    `frequencies` is (K,) Hz; `taus` (seconds, may be inf), `amplitudes` and `phases` (turns) are (K,) or one number.
    Each sine is a product of a coarse and a fine rotation, so the whole bank is one matrix product.
    """
    hertz = np.asarray(frequencies, dtype=np.float64)
    heard = (hertz > 15) & (hertz < 0.47 * RATE)
    rest = [np.broadcast_to(np.asarray(value, dtype=np.float64), hertz.shape) for value in (taus, amplitudes, phases)]
    hertz, (tau, amplitude, phase) = hertz[heard], (value[heard] for value in rest)
    if hertz.size == 0:
        return np.zeros(n, dtype=np.float32)
    fine = 1 << max(5, int(np.log2(n) / 2))
    coarse = -(-n // fine)
    by_block = _rotate(hertz, tau, np.arange(coarse) * fine, phase)
    by_block *= np.tile(amplitude, 2)[:, None].astype(np.float32)
    by_sample = _rotate(hertz, tau, np.arange(fine), np.zeros_like(phase))
    k = len(hertz)  # imaginary part of the product: sines that start at zero
    turned = np.concatenate([by_sample[k:], by_sample[:k]])
    return np.ascontiguousarray((by_block.T @ turned).reshape(-1)[:n])


def _rotate(
    hertz: NDArray[np.float64], tau: NDArray[np.float64], steps: NDArray[np.int64], phase: NDArray[np.float64]
) -> FloatArray:
    """(2K, S): cosines, then sines, of every mode at the given samples, with their decay."""
    turn = hertz[:, None] * (steps / RATE) + phase[:, None]
    angle = ((turn - np.floor(turn)) * TAU).astype(np.float32)
    level = np.exp((-steps / RATE / np.maximum(tau, 1e-5)[:, None]).astype(np.float32))
    return np.concatenate([np.cos(angle) * level, np.sin(angle) * level])


def pulse_cluster(n: int, frequencies: Sequence[float], *, rng: np.random.Generator, width: float = 0.5) -> FloatArray:
    """(n,) sum of free-running pulse oscillators without aliasing, as in the metal voices of analogue machines."""
    pitch, level, phase = [], [], []
    for base in frequencies:
        order = np.arange(1, max(2, min(60, int(0.45 * RATE / base))))
        strength = np.sin(np.pi * order * width) / order
        audible = np.abs(strength) > 1e-3
        pitch.append(base * order[audible])
        level.append(strength[audible])
        phase.append((float(rng.random()) * order[audible]) + 0.25)
    return modal_bank(n, np.concatenate(pitch), np.inf, np.concatenate(level), phases=np.concatenate(phase))

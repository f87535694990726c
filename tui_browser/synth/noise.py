"""Filters and coloured noise, computed as a product of spectra (FFT convolution)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.synth.signal import RATE, time_axis

Response = NDArray[np.complex64]
Grid = NDArray[np.float32]
Filter = Callable[[Grid], Response]
"""A filter: maps frequencies in Hz to complex gains."""

_BLOCK = 8192
"""Block size in long sounds, which limits the ringing of filters to 186 ms."""
_PRE_RINGING = 256
"""Samples of a block's response that may lie before the block."""


@lru_cache(maxsize=64)
def _grid(n: int) -> Grid:
    grid = np.fft.rfftfreq(n, 1 / RATE).astype(np.float32)
    grid.setflags(write=False)
    return grid


def fast_length(n: int) -> int:
    """The smallest length from `n` of the form 2^a, 3 * 2^a or 5 * 2^a, for which an FFT is fast."""
    power = 1 << max(n - 1, 1).bit_length()
    return min(size for size in (power, power // 4 * 3, power // 8 * 5) if size >= n)


def lowpass(cutoff: float, q: float = 0.707) -> Filter:
    """Second-order low-pass filter with resonance `q` at `cutoff` Hz."""
    return lambda f: _second_order(f, cutoff, q, (1.0, 0.0, 0.0))


def highpass(cutoff: float, q: float = 0.707) -> Filter:
    """Second-order high-pass filter with resonance `q` at `cutoff` Hz."""
    return lambda f: _second_order(f, cutoff, q, (0.0, 0.0, 1.0))


def bandpass(centre: float, q: float) -> Filter:
    """Second-order band-pass filter with gain 1 at `centre` Hz and bandwidth `centre / q`."""
    return lambda f: _second_order(f, centre, q, (0.0, 1.0 / q, 0.0))


def bell(centre: float, q: float, gain_db: float) -> Filter:
    """Peaking equaliser with `gain_db` at `centre` Hz."""
    gain = 10.0 ** (gain_db / 40.0)
    return lambda f: _second_order(f, centre, q * gain, (1.0, gain / q, 1.0))


def tilt(db_per_octave: float, pivot: float = 1000.0) -> Filter:
    """Causal filter with a constant slope above 20 Hz and gain 1 at `pivot` Hz."""
    power = np.float32(db_per_octave / 6.0206)

    def response(f: Grid) -> Response:  # ((20 + j f) / pivot) ** power
        w = f * np.float32(1 / 20)
        level = np.exp(power * (np.float32(0.5) * np.log1p(w * w) + np.float32(np.log(20 / pivot))))
        angle = power * np.arctan(w)
        sloped = np.empty(len(f), dtype=np.complex64)
        sloped.real = level * np.cos(angle)
        sloped.imag = level * np.sin(angle)
        return sloped

    return response


def _second_order(f: Grid, centre: float, q: float, top: tuple[float, float, float]) -> Response:
    """(b0 + b1 s + b2 s^2) / (1 + s / q + s^2) at s = j f / centre, in real arithmetic, which is faster."""
    b0, b1, b2 = map(np.float32, top)
    w = f * np.float32(1.0 / centre)
    square = w * w
    under, under_j = np.float32(1) - square, w * np.float32(1.0 / q)
    over, over_j = b0 - b2 * square, b1 * w
    scale = np.float32(1) / (under * under + under_j * under_j + np.float32(1e-12))
    response = np.empty(len(f), dtype=np.complex64)
    response.real = (over * under + over_j * under_j) * scale
    response.imag = (over_j * under - over * under_j) * scale
    return response


def apply(sound: FloatArray, *filters: Filter) -> FloatArray:
    """The filtered sound, of the same length."""
    if not filters:
        return sound
    n = len(sound)
    if n <= 2 * _BLOCK:
        size = fast_length(n + min(n, _BLOCK // 4))
        return np.fft.irfft(filtered(sound, size, *filters), size)[:n].astype(np.float32, copy=False)
    rows = -(-n // _BLOCK)  # overlap-add: each block has another block of space to ring
    blocks = np.zeros((rows, _BLOCK), dtype=np.float32)
    blocks.reshape(-1)[:n] = sound
    rung = np.fft.irfft(filtered(blocks, 2 * _BLOCK, *filters), 2 * _BLOCK).astype(np.float32, copy=False)
    before = rung[1:, -_PRE_RINGING:].copy()  # filters cut off at Nyquist ring before their block
    rung[1:, : _BLOCK - _PRE_RINGING] += rung[:-1, _BLOCK:-_PRE_RINGING]
    rung[:-1, _BLOCK - _PRE_RINGING : _BLOCK] += before
    return rung[:, :_BLOCK].reshape(-1)[:n]


def filtered(sound: FloatArray, size: int, *filters: Filter) -> Response:
    """Filtered spectrum of the sound (or of each of its rows), padded to `size` samples."""
    grid = _grid(size)
    response = np.ones(len(grid), dtype=np.complex64)
    for each in filters:
        response *= each(grid)
    spectrum = np.fft.rfft(sound, size).astype(np.complex64, copy=False)
    return spectrum * response if filters else spectrum


def convolve(sound: FloatArray, impulse: FloatArray, *filters: Filter) -> FloatArray:
    """(n + m - 1,) the sound convolved with the filtered impulse response `impulse` (m,)."""
    n = len(sound) + len(impulse) - 1
    size = fast_length(n)
    spectrum = filtered(impulse, size, *filters) * np.fft.rfft(sound, size)
    return np.fft.irfft(spectrum, size)[:n].astype(np.float32, copy=False)


def white(rng: np.random.Generator, n: int) -> FloatArray:
    """(n,) white noise with standard deviation 1."""
    return rng.standard_normal(n, dtype=np.float32)


def coloured(rng: np.random.Generator, n: int, *filters: Filter) -> FloatArray:
    """(n,) steady filtered noise with an RMS level of 1."""
    lead = min(n, 512)  # lets the filters settle
    sound = apply(white(rng, n + lead), *filters)[lead:]
    return sound / np.float32(np.sqrt(float(sound @ sound) / n) + 1e-9)


def decaying(
    rng: np.random.Generator, n: int, *filters: Filter, tau: float, faster: float = 0.5, pivot: float = 3000.0
) -> FloatArray:
    """(n,) filtered noise whose high frequencies decay faster, as in plates, snare wires and rooms.

    The time constant is `tau` seconds at `pivot` Hz and `tau * (pivot / f) ** faster` at frequency f.
    """
    width, hop = 512, 256
    frames = -(-n // hop) + 2
    grid = _grid(width)
    shape = np.ones(len(grid), dtype=np.complex64)
    for each in filters:
        shape *= each(grid)
    taus = np.float32(tau) * (np.float32(pivot) / np.maximum(grid, 100.0)) ** np.float32(faster)
    when = np.maximum(np.arange(frames, dtype=np.float32) - 1, 0) * np.float32(hop / RATE)
    level = np.exp(-when[:, None] / np.minimum(taus, 8.0)[None, :]) * np.abs(shape)
    drawn = rng.standard_normal((frames, 2 * len(grid)), dtype=np.float32).view(np.complex64)
    drawn *= level
    blocks = np.fft.irfft(drawn, width).astype(np.float32) * _window(width)
    total = np.zeros((frames + 1, hop), dtype=np.float32)
    total[:-1] += blocks[:, :hop]
    total[1:] += blocks[:, hop:]
    sound = total.reshape(-1)[hop : hop + n]
    start = sound[: max(min(n, 2048), 1)]
    return sound / np.float32(np.sqrt(float((start * start).mean())) + 1e-9)


@lru_cache(maxsize=4)
def _window(width: int) -> FloatArray:
    window = np.sin(np.pi * (np.arange(width, dtype=np.float32) + 0.5) / width).astype(np.float32)
    window.setflags(write=False)
    return window


def burst(rng: np.random.Generator, seconds: float, *filters: Filter, tau: float | None = None) -> FloatArray:
    """A short decaying noise burst, for clicks, sticks and beaters."""
    n = max(int(seconds * RATE), 32)
    sound: FloatArray = coloured(rng, n, *filters) * np.exp(-time_axis(n) / np.float32(tau or seconds / 5))
    sound[-16:] *= np.linspace(1, 0, 16, dtype=np.float32)
    return sound


def grains(rng: np.random.Generator, density: FloatArray) -> FloatArray:
    """(n,) random impulses with `density` (n,) per second, for beads, jingles and crackle."""
    n = len(density)
    is_impulse = rng.random(n, dtype=np.float32) < density / np.float32(RATE)
    return np.where(is_impulse, rng.standard_normal(n, dtype=np.float32), np.float32(0))

"""Frames of a sound as a view, and their power spectra.

numpy's `sliding_window_view` is forty times slower to create. scipy's FFT would be a quarter faster than numpy's, but
it rounds differently, and processes that do not load scipy would get other values.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

_AT_ONCE = 1 << 14
"""Samples transformed at a time, so that scratch memory fits into the CPU cache."""


def sliding_windows(sound: FloatArray, size: int) -> FloatArray:
    """(n - size + 1, size) all windows of `size` samples of a contiguous sound (n,), as a view of its memory.

    Index it with start positions, which copies, before writing. Raises ValueError when the sound is shorter than `size`
    or not contiguous.
    """
    if not sound.flags.c_contiguous:
        raise ValueError("the sound is not contiguous")
    return np.ndarray((len(sound) - size + 1, size), np.float32, sound, 0, (sound.itemsize, sound.itemsize))


def spectra(frames: FloatArray, size: int | None = None) -> NDArray[np.complex64]:
    """(..., size / 2 + 1) spectrum of (..., n) samples divided by `size`, which is n by default.

    The normalisation keeps numpy in single precision; without it numpy computes in double and takes twice as long.
    """
    return np.asarray(np.fft.rfft(frames, size, norm="forward"), dtype=np.complex64)


def power_spectra(
    sound: FloatArray, starts: NDArray[np.integer], window: FloatArray, *, bins: int | None = None
) -> FloatArray:
    """(F, bins) power of the frames that start at `starts` (F,), multiplied by `window` (size,); bin 0 is 0 Hz.

    `bins` limits the result to the lowest ones, by default all size / 2 + 1. `sound` as for `sliding_windows`.
    """
    size = len(window)
    bins = min(size // 2 + 1, bins or size)
    out = np.empty((len(starts), bins), dtype=np.float32)
    for first, parts in _squared_spectra(sound, starts, window):
        parts = parts[:, : 2 * bins]
        np.add(parts[:, ::2], parts[:, 1::2], out=out[first : first + len(parts)])
    return out


def band_powers(
    sound: FloatArray, starts: NDArray[np.integer], window: FloatArray, edges: NDArray[np.intp]
) -> FloatArray:
    """(F, bands) power of such frames summed over bands that start at the bins `edges` (bands,)."""
    out = np.empty((len(starts), len(edges)), dtype=np.float32)
    for first, parts in _squared_spectra(sound, starts, window):
        power = parts[:, ::2] + parts[:, 1::2]
        np.add.reduceat(power, edges, axis=1, out=out[first : first + len(parts)])
    return out


def _squared_spectra(
    sound: FloatArray, starts: NDArray[np.integer], window: FloatArray
) -> Iterator[tuple[int, FloatArray]]:
    """In blocks: number of the first frame, and (f, size + 2) squared real and imaginary parts, interleaved."""
    size = len(window)
    view, window = sliding_windows(sound, size), window * np.float32(size)
    block = max(1, _AT_ONCE // size)
    for first in range(0, len(starts), block):
        frames = view[starts[first : first + block]]
        frames *= window
        parts = spectra(frames).view(np.float32)
        yield first, np.square(parts, out=parts)

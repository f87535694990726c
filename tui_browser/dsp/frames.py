"""Frames of a sound as a view, and their power spectra.

numpy's own sliding window takes forty times as long to make. Its Fourier transform stays: scipy's takes a quarter less,
but rounds otherwise, so that a sound would have other figures in a process that does not load scipy.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

_AT_ONCE = 1 << 14
"""Samples that are transformed at a time: their scratch memory stays in the cache."""


def sliding_windows(sound: FloatArray, size: int) -> FloatArray:
    """(n - size + 1, size) every run of `size` samples of a contiguous (n,) sound; shares its memory.

    Index it with starts (a copy then) before changing anything. Raises ValueError where the sound is shorter or
    not contiguous.
    """
    if not sound.flags.c_contiguous:
        raise ValueError("the sound is not contiguous")
    return np.ndarray((len(sound) - size + 1, size), np.float32, sound, 0, (sound.itemsize, sound.itemsize))


def spectra(frames: FloatArray, size: int | None = None) -> NDArray[np.complex64]:
    """(..., size / 2 + 1) spectrum of (..., n) samples, n unless `size` is given, over that size.

    Its normalisation keeps numpy in single precision; without one it works in double and takes twice as long.
    """
    return np.asarray(np.fft.rfft(frames, size, norm="forward"), dtype=np.complex64)


def power_spectra(
    sound: FloatArray, starts: NDArray[np.integer], window: FloatArray, *, bins: int | None = None
) -> FloatArray:
    """(F, bins) power of the frames that begin at `starts` (F,), each times `window` (size,), from 0 Hz on.

    All size / 2 + 1 bins unless fewer are asked for. `sound` as `windows` takes it.
    """
    size = len(window)
    bins = min(size // 2 + 1, bins or size)
    out = np.empty((len(starts), bins), dtype=np.float32)
    for first, parts in _transformed(sound, starts, window):
        parts = parts[:, : 2 * bins]
        np.add(parts[:, ::2], parts[:, 1::2], out=out[first : first + len(parts)])
    return out


def band_powers(
    sound: FloatArray, starts: NDArray[np.integer], window: FloatArray, edges: NDArray[np.intp]
) -> FloatArray:
    """(F, bands) power of the same frames in bands that begin at the bins `edges` (bands,), the last one at the end."""
    out = np.empty((len(starts), len(edges)), dtype=np.float32)
    for first, parts in _transformed(sound, starts, window):
        power = parts[:, ::2] + parts[:, 1::2]
        np.add.reduceat(power, edges, axis=1, out=out[first : first + len(parts)])
    return out


def _transformed(
    sound: FloatArray, starts: NDArray[np.integer], window: FloatArray
) -> Iterator[tuple[int, FloatArray]]:
    """Some frames at a time: the first one's number, and (f, size + 2) squares of real and imaginary parts in turn."""
    size = len(window)
    view, window = sliding_windows(sound, size), window * np.float32(size)
    few = max(1, _AT_ONCE // size)
    for first in range(0, len(starts), few):
        some = view[starts[first : first + few]]
        some *= window
        parts = spectra(some).view(np.float32)
        yield first, np.square(parts, out=parts)

"""Frames of a sound as a view, and their power spectra.

numpy's own sliding window takes forty times as long to make. Its Fourier transform stays: scipy's takes a quarter less,
but rounds otherwise, so that a sound would have other figures in a process that does not load scipy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

_AT_ONCE = 1 << 14
"""Samples that are transformed at a time: their scratch memory stays in the cache."""


def windows(sound: FloatArray, size: int) -> FloatArray:
    """(n - size + 1, size) every run of `size` samples of a contiguous (n,) sound; shares its memory.

    Index it with starts (a copy then) before changing anything. Raises ValueError where the sound is shorter or
    not contiguous.
    """
    if not sound.flags.c_contiguous:
        raise ValueError("the sound is not contiguous")
    return np.ndarray((len(sound) - size + 1, size), np.float32, sound, 0, (sound.itemsize, sound.itemsize))


def powers(
    sound: FloatArray, starts: NDArray[np.integer], window: FloatArray, *, bins: int | None = None
) -> FloatArray:
    """(F, bins) power of the frames that begin at `starts` (F,), each times `window` (size,), from 0 Hz on.

    All size / 2 + 1 bins unless fewer are asked for. `sound` as `windows` takes it.
    """
    size = len(window)
    bins = min(size // 2 + 1, bins or size)
    view = windows(sound, size)
    out = np.empty((len(starts), bins), dtype=np.float32)
    few = max(1, _AT_ONCE // size)
    for first in range(0, len(starts), few):
        some = view[starts[first : first + few]]
        some *= window
        parts = np.fft.rfft(some, axis=1)[:, :bins].view(np.float32)
        np.square(parts, out=parts)
        np.add(parts[:, ::2], parts[:, 1::2], out=out[first : first + few])
    return out

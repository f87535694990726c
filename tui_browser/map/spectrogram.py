"""A spectrogram in braille, with time on the x axis, log frequency on the y axis, and more dots for louder parts.

Low bands are analysed with a long window, for frequency resolution, high bands with a short one, for time resolution.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.cells import BRAILLE, DOT_BITS
from tui_browser.map.viewport import DOTS_X, DOTS_Y
from tui_browser.records import FloatArray

LOWEST_HZ, HIGHEST_HZ = 40.0, 16_000.0
RANGE_DB = 54.0
"""Level below the maximum that is drawn blank."""
_LONG_S, _SHORT_S = 0.064, 0.008
_CROSSING_HZ = 700.0
_LEAST = 1e-5
"""An amplitude below this (-100 dBFS) is silence."""
_PATTERN = np.array([[0.06, 0.56], [0.81, 0.31], [0.18, 0.68], [0.93, 0.43]])
"""Level (0 to 1) from which each dot of a cell is lit (ordered dithering)."""


def spectrogram_cells(picture: FloatArray, *, columns: int, rows: int, ascii_only: bool = False) -> tuple[str, ...]:
    """`rows` lines of `columns` characters from a `spectrum` of any size; merged parts take their maximum."""
    columns, rows = max(0, columns), max(0, rows)
    if not columns or not rows or not picture.size:
        return (" " * columns,) * rows
    for axis, size in ((0, rows * DOTS_Y), (1, columns * DOTS_X)):
        if picture.shape[axis] < size:
            picture = picture.take(np.arange(size) * picture.shape[axis] // size, axis=axis)
        else:
            picture = np.maximum.reduceat(picture, np.arange(size) * picture.shape[axis] // size, axis=axis)
    lit = picture > np.tile(_PATTERN, (rows, columns))
    cells = lit.reshape(rows, DOTS_Y, columns, DOTS_X).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    if ascii_only:
        return tuple("".join(" .:|#"[-(-int(dots) // 2)] for dots in line) for line in cells.sum(axis=2))
    bits: NDArray[np.uint8] = (cells * DOT_BITS).sum(axis=2).astype(np.uint8)
    return tuple("".join(chr(BRAILLE | value) for value in line) for line in bits.tolist())


def row_of(hz: float, *, rows: int, rate: int) -> int:
    """The row, from the top, of a frequency."""
    top = _top(rate)
    part = math.log(max(hz, LOWEST_HZ) / LOWEST_HZ) / math.log(top / LOWEST_HZ)
    return min(rows - 1, max(0, math.floor((1 - part) * rows)))


def _top(rate: int) -> float:
    return max(min(HIGHEST_HZ, rate / 2), 2 * LOWEST_HZ)


def spectrum(samples: FloatArray, *, rate: int, width: int, height: int) -> FloatArray:
    """(height, width) levels from 0 to 1 of a mono sound (n,), the highest band first."""
    samples = np.nan_to_num(samples.astype(np.float32))
    if not width or not height:
        return np.zeros((height, width), dtype=np.float32)
    edges = LOWEST_HZ * (_top(rate) / LOWEST_HZ) ** (np.arange(height + 1) / height)
    power = np.zeros((height, width))
    low = edges[1:] <= _CROSSING_HZ
    for chosen, seconds in ((low, _LONG_S), (~low, _SHORT_S)):
        if chosen.any() and len(samples):
            at = np.flatnonzero(chosen)
            power[at] = _bands(samples, rate, width, edges[at[0] : at[-1] + 2], seconds)
    power = power[::-1]
    loudest = power.max()
    if loudest < _LEAST**2:
        return np.zeros((height, width), dtype=np.float32)
    decibels = 10 * np.log10(np.maximum(power, loudest * 1e-12) / loudest)
    return np.asarray(np.clip(1 + decibels / RANGE_DB, 0, 1), dtype=np.float32)


def _bands(samples: FloatArray, rate: int, width: int, edges: NDArray[np.float64], seconds: float) -> FloatArray:
    """(bands, width) power between the band `edges` at the centres of `width` equal parts of the sound."""
    size = 1 << max(4, round(math.log2(max(16.0, seconds * rate))))
    padded = np.pad(samples, size)
    # parts longer than the window are analysed with several windows, so that nothing is missed
    times = max(1, -(-len(samples) // (width * size // 2))) if len(samples) else 1
    centres = ((np.arange(width * times) + 0.5) * len(samples) / (width * times)).astype(np.int64)
    window = np.hanning(size + 2)[1:-1].astype(np.float32)
    bins = np.fft.rfftfreq(size, 1 / rate)
    first = np.searchsorted(bins, edges[:-1])
    last = np.maximum(np.searchsorted(bins, edges[1:]), first + 1)  # a band between two bins has the one above
    last, first = np.minimum(last, len(bins)), np.minimum(first, len(bins) - 1)
    power = np.zeros((len(edges) - 1, width), dtype=np.float32)
    for column in range(width):
        starts = centres[column * times : (column + 1) * times] + size // 2
        frames = padded[starts[:, np.newaxis] + np.arange(size)] * window
        spectrum = (np.abs(np.fft.rfft(frames, axis=1)) / window.sum() * 2) ** 2
        whole = spectrum.max(axis=0)
        power[:, column] = [whole[low:high].max() for low, high in zip(first, last, strict=True)]
    return power

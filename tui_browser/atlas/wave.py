"""A waveform in braille: two columns of peaks a cell, four steps of height, the loudest part as high as there is room.

How loud that part is stands beside it as a number (`peak_db`): the shape of a quiet sound is seen as well as that of a
loud one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.cells import BRAILLE, DOT_BITS
from tui_browser.atlas.viewport import DOTS_X, DOTS_Y
from tui_browser.records import FloatArray

_SILENT = 1e-5
"""A peak below this (-100 dBFS) is silence."""


def peak_db(peaks: FloatArray) -> float:
    """The level in dBFS that the full height of the drawn waveform stands for; -inf for silence."""
    peak = _peak(_finite(peaks))
    return 20 * math.log10(peak) if peak else -math.inf


def wave_rows(peaks: FloatArray, *, columns: int, rows: int, ascii_only: bool = False) -> tuple[str, ...]:
    """`rows` lines of `columns` characters from peaks (n, 2), the least and the largest value of each part.

    The largest of them all takes the full height.
    Any n: parts are joined (none of their peaks is lost) or repeated. Silence is a thin line in the middle.
    """
    columns, rows = max(0, columns), max(0, rows)
    width, height = columns * DOTS_X, rows * DOTS_Y
    if not width or not height:
        return ("",) * rows
    values = _finite(peaks)
    low, high = _spread(values / (_peak(values) or np.inf), width)
    middle = (height - 1) / 2
    top = np.floor(middle - high * middle + 0.5).astype(np.int64)
    bottom = np.maximum(top, np.ceil(middle - low * middle - 0.5).astype(np.int64))
    y = np.arange(height)[:, np.newaxis]
    lit = (y >= top) & (y <= bottom)
    cells = lit.reshape(rows, DOTS_Y, columns, DOTS_X).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    if ascii_only:
        return tuple("".join(" .:|#"[-(-int(dots) // 2)] for dots in line) for line in cells.sum(axis=2))
    bits: NDArray[np.uint8] = (cells * DOT_BITS).sum(axis=2).astype(np.uint8)
    return tuple("".join(chr(BRAILLE | value) for value in line) for line in bits.tolist())


def _finite(peaks: FloatArray) -> FloatArray:
    return np.nan_to_num(peaks.reshape(-1, 2), nan=0.0, posinf=1.0, neginf=-1.0)


def _peak(values: FloatArray) -> float:
    """The largest amplitude; 0 for silence."""
    peak = float(np.abs(values).max(initial=0.0))
    return peak if peak > _SILENT else 0.0


def _spread(peaks: FloatArray, width: int) -> tuple[FloatArray, FloatArray]:
    """Least and largest value (width,) of the parts that fall on each dot column."""
    if not len(peaks):
        return np.zeros(width, np.float32), np.zeros(width, np.float32)
    clipped = np.clip(peaks, -1.0, 1.0).astype(np.float32)
    if len(peaks) < width:
        clipped = clipped[np.arange(width) * len(peaks) // width]
    starts = np.arange(width) * len(clipped) // width
    return np.minimum.reduceat(clipped[:, 0], starts), np.maximum.reduceat(clipped[:, 1], starts)

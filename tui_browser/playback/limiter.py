"""Look-ahead limiter: lowers the gain before a peak above full scale, and raises it slowly afterwards."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray

_STEP = 64
_RELEASE = 1.01
"""Release: the gain rises by this factor a step, 20 dB in a third of a second."""


class Limiter:
    """Limits block after block; a block within full scale passes unchanged."""

    def __init__(self) -> None:
        self._gain = 1.0

    def limit(self, block: FloatArray) -> FloatArray:
        """The block, (n, 2), changed in place so that no sample exceeds 1."""
        if not len(block) or (self._gain == 1.0 and block.max() <= 1.0 and block.min() >= -1.0):
            return block
        curve, self._gain = _gains(np.abs(block).max(axis=1), self._gain)
        block *= curve[:, None]
        return np.clip(block, -1.0, 1.0, out=block)


def peak_gains(peaks: FloatArray) -> FloatArray:
    """(n,) gains that bring a whole sound with these peaks, (n,), within full scale; 1 where nothing exceeds it."""
    if not len(peaks) or peaks.max() <= 1.0:
        return np.ones(len(peaks), dtype=np.float32)
    return _gains(peaks, 1.0)[0]


def _gains(peaks: FloatArray, gain: float) -> tuple[FloatArray, float]:
    """(n,) gains for peaks (n,) after a block that ended with `gain`, and the gain at the end."""
    starts = np.arange(0, len(peaks), _STEP)
    needed = np.minimum(1.0, 1.0 / np.maximum(np.maximum.reduceat(peaks, starts), 1e-9))
    gains = np.empty(len(starts) + 1)
    gains[0] = min(gain, needed[0])
    gains[1:-1] = np.minimum(needed[:-1], needed[1:])
    gains[-1] = needed[-1]
    for step in range(1, len(gains)):
        gains[step] = min(gains[step], gains[step - 1] * _RELEASE)
    curve = np.interp(np.arange(len(peaks)), np.append(starts, len(peaks)), gains)
    return curve.astype(np.float32), float(gains[-1])

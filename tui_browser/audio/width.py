"""How wide a sound is: how much its left and right channel differ."""

from __future__ import annotations

import math

import numpy as np

from tui_browser.records import FloatArray

_MEASURED_S = 10.0
_SILENT = 1e-12


class WidthMeter:
    """Measures the first seconds of a sound, block by block."""

    def __init__(self, rate: int) -> None:
        self._left = int(_MEASURED_S * rate)
        self._measured = False
        self._side = 0.0
        self._whole = 0.0

    def add(self, block: FloatArray) -> None:
        """Add the next frames, (n, channels)."""
        part = block[: self._left]
        self._left -= len(part)
        if not len(part):
            return
        self._measured = True
        first = part[:, 0]
        if part.shape[1] > 1:
            difference = first - part[:, 1]
            self._side += 0.5 * float(np.dot(difference, difference))
            self._whole += float(np.dot(part[:, 1], part[:, 1]))
        self._whole += float(np.dot(first, first))

    @property
    def share(self) -> float | None:
        """0 where both are the same, .71 where they have nothing in common, 1 where they are opposite.

        None where nothing was added.
        """
        if not self._measured:
            return None
        if not self._whole > _SILENT or not math.isfinite(self._whole):
            return 0.0
        return round(math.sqrt(min(1.0, self._side / self._whole)), 4)

"""How many bytes a frame costs, and a limit for them: a scene that moves a lot gets fewer frames, not more bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.visualiser.canvas import Picture

BYTES_S = 175_000
"""Most bytes a second that scenes send by the estimate of `paint_cost`, which is a tenth less than what they cost."""
_BURST_S = 0.1
_MOVE, _STYLE, _CELL = 7, 15, 3
"""Bytes of a move of the terminal's cursor, of a change of colour and of a cell of braille."""


def paint_cost(picture: Picture, changed: NDArray[np.bool_]) -> int:
    """About how many bytes it takes to paint the changed cells."""
    if not changed.any():
        return 0
    first = changed & ~np.pad(changed, ((0, 0), (1, 0)))[:, :-1]
    lit = changed & (picture.bits != 0)
    styles = picture.style[lit]
    turns = 1 + int(np.count_nonzero(styles[1:] != styles[:-1])) if len(styles) else 0
    blanks = int(np.count_nonzero(changed)) - len(styles)
    return _MOVE * int(np.count_nonzero(first)) + _STYLE * turns + _CELL * len(styles) + blanks


class ByteBudget:
    """Lets a frame through while fewer than so many bytes a second were sent."""

    def __init__(self, bytes_s: float = BYTES_S) -> None:
        self._bytes_s = bytes_s
        self._left = bytes_s * _BURST_S
        self._at = 0.0

    def allows(self, now: float) -> bool:
        """Whether a frame may be sent now."""
        self._left = min(self._bytes_s * _BURST_S, self._left + (now - self._at) * self._bytes_s)
        self._at = now
        return self._left >= 0

    def spend(self, count: int) -> None:
        """Count the bytes of a frame."""
        self._left -= count

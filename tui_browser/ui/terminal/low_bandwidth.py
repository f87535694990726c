"""Low bandwidth: fewer frames and colours over a slow line, on request or when output lags.

Private API of Textual 8.2.8: Screen._update_timer, Timer._interval, WriterThread._queue.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from rich.color import ColorSystem

FRAME_S = 1 / 8
"""Least time between two frames."""
LAG_S = 0.1
"""A frame that waited this long for earlier ones is a sign that the terminal does not keep up."""
LAGS = 4
"""As many lagging frames in a row mean a slow line."""
LONG_LAG_S = 0.5
"""One frame that waited this long means a slow line."""


class LowBandwidth:
    """Watches how long frames wait; once they lag, the app sends less until it ends."""

    def __init__(self) -> None:
        self.on = False
        self._lags = 0

    def lags(self, waited_s: float) -> bool:
        """Count a frame that waited this long; returns whether to send less from now on."""
        self._lags = self._lags + 1 if waited_s >= LAG_S else 0
        return not self.on and (self._lags >= LAGS or waited_s >= LONG_LAG_S)

    def begin(self, app: Any) -> None:
        """Limit frames and colours of this app from now on."""
        self.on = True
        if app.console._color_system is ColorSystem.TRUECOLOR:
            app.console._color_system = ColorSystem.EIGHT_BIT
        for screen in app.screen_stack:
            screen._update_timer._interval = FRAME_S


def backlog(driver: Any) -> int:
    """Pieces of output in the queue of the driver's writer thread."""
    thread = getattr(driver, "_writer_thread", None)
    return thread._queue.qsize() if thread is not None else 0


def synchronised(env: Mapping[str, str] = os.environ) -> bool:
    """Whether to mark frames as synchronised output; in tmux and screen that repaints whole panes for a few cells."""
    return not env.get("TMUX") and not env.get("STY")

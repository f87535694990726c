"""Sending less to the terminal over a slow line: fewer frames, fewer colours; by request, or when output lags.

Private API of Textual 8.2.8: Screen._update_timer, Timer._interval, WriterThread._queue.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from rich.color import ColorSystem

FRAME_S = 1 / 8
"""From one frame to the next, at least."""
HELD_S = 0.1
"""A frame that had to wait so long for those before it is a sign of a terminal that does not keep up."""
SIGNS = 4
"""Signs in a row that are taken for a slow line."""
CLEARLY_S = 0.5
"""A frame that had to wait so long is enough by itself."""


class LowBandwidth:
    """Watches the frames of an app, and sends less from when they lag until the app ends."""

    def __init__(self) -> None:
        self.on = False
        self._signs = 0

    def lags(self, held_s: float) -> bool:
        """Take how long a frame had to wait; whether it is time to send less."""
        self._signs = self._signs + 1 if held_s >= HELD_S else 0
        return not self.on and (self._signs >= SIGNS or held_s >= CLEARLY_S)

    def begin(self, app: Any) -> None:
        """Send less from now on."""
        self.on = True
        if app.console._color_system is ColorSystem.TRUECOLOR:
            app.console._color_system = ColorSystem.EIGHT_BIT
        for screen in app.screen_stack:
            screen._update_timer._interval = FRAME_S


def backlog(driver: Any) -> int:
    """Pieces of output that wait to be written by a driver's thread."""
    thread = getattr(driver, "_writer_thread", None)
    return thread._queue.qsize() if thread is not None else 0


def synchronised(env: Mapping[str, str] = os.environ) -> bool:
    """Whether to bracket frames as synchronised output: tmux then paints whole panes where a few cells would do."""
    return not env.get("TMUX") and not env.get("STY")

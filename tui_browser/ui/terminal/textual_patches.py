"""What the app and its screens change in Textual: driver, compositor, and when a frame is painted.

The setting `plain_textual` turns all of it off; the modules that import Textual's private ones are then not loaded.

Private API of Textual 8.2.8: App._begin_update, App._display, App._driver, App._end_update, App._exit,
Screen._compositor, Screen._on_timer_update, Screen._update_timer, Timer._interval.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from tui_browser.config.plain_letters import has_utf8_locale, plain_letters
from tui_browser.ui.terminal.events import TerminalLagged
from tui_browser.ui.terminal.flow_control import FlowControl
from tui_browser.ui.terminal.low_bandwidth import LowBandwidth, backlog, synchronised

FRAME_S = 1 / 240
"""Least time between two frames: a letter is painted before its matches are, which then wait for the next frame."""

if TYPE_CHECKING:
    _ScreenBase = Screen[Any]
else:
    _ScreenBase = object  # a widget as the first base would hide the style sheet of the second one


class AsciiFilter(LineFilter):
    """Replaces what is not ASCII in each line that is painted."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, as many cells wide."""
        return [Segment(plain_letters(text), style, control) for text, style, control in segments]


class PatchedApp(App[int], inherit_bindings=False):
    """Paints no faster than the terminal takes it, and reads input with a driver of its own."""

    def __init__(self, *, plain_textual: bool = False, ansi_color: bool | None = None) -> None:
        self.plain_textual = plain_textual  # first: Textual asks for the driver's class when it is constructed
        super().__init__(ansi_color=ansi_color)
        self.low_bandwidth = LowBandwidth()
        self._local_flow = FlowControl()  # for a driver that asks the terminal nothing
        self._frame_held_since = 0.0
        self._synchronised = plain_textual or synchronised()
        self._letters: list[LineFilter] = [] if has_utf8_locale(os.environ) else [AsciiFilter()]

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice; in a Unix terminal a driver that also batches input and reports drag and drop."""
        chosen = super().get_driver_class()
        if self.plain_textual or chosen.__name__ != "LinuxDriver":
            return chosen
        from tui_browser.ui.terminal.driver import TerminalDriver

        return TerminalDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and one that leaves ASCII alone where the locale has no more."""
        return [*super().get_line_filters(), *self._letters]

    def write_terminal(self, sequence: str) -> None:
        """Send an escape sequence to the terminal."""
        if self._driver is not None:
            self._driver.write(sequence)

    def may_paint(self) -> bool:
        """Whether the terminal takes another frame now; if not, later changes join that frame."""
        if self.plain_textual:
            return True
        now, driver = time.monotonic(), self._driver
        flow: FlowControl = getattr(driver, "flow_control", self._local_flow)
        if not flow.ready(now, queued=backlog(driver)):
            self._frame_held_since = self._frame_held_since or now
            return False
        held_s = now - self._frame_held_since if self._frame_held_since else 0.0
        self._frame_held_since = 0.0
        if self.low_bandwidth.lags(held_s):
            self.low_bandwidth.begin(self)
            self.post_message(TerminalLagged())
        return True

    def send_less(self) -> None:
        """Send fewer frames and colours from now on."""
        if not self.plain_textual:
            self.low_bandwidth.begin(self)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if not hasattr(self._driver, "hold"):
            return super()._display(screen, renderable)
        driver: Any = self._driver
        driver.hold()
        try:
            super()._display(screen, renderable)
        finally:
            driver.release()
        driver.ask()
        return None

    def _begin_update(self) -> None:
        if self._synchronised:
            super()._begin_update()

    def _end_update(self) -> None:
        if self._synchronised:
            super()._end_update()


class PatchedScreen(_ScreenBase):
    """Mixed into a screen: waits with a frame until the terminal takes it, and paints it in few bytes."""

    def on_mount(self) -> None:
        if not is_plain(self.app):
            from tui_browser.ui.terminal.compositor import SparseCompositor

            self._compositor = SparseCompositor()
            self._update_timer._interval = FRAME_S

    def _on_timer_update(self) -> None:
        if not isinstance(self.app, PatchedApp) or self.app.may_paint():  # else the timer asks again
            super()._on_timer_update()


def is_exiting(app: App[Any]) -> bool:
    """Whether `exit` was called: widgets go one by one from then on."""
    return bool(getattr(app, "_exit", False))


def is_plain(app: App[Any]) -> bool:
    """Whether the app runs on Textual as it is."""
    return isinstance(app, PatchedApp) and app.plain_textual

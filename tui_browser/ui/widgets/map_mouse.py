"""Mouse input on the map: click, drag, wheel, double click and hover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from tui_browser.map.viewport import DOTS_X, DOTS_Y, Viewport

if TYPE_CHECKING:
    from textual.widget import Widget

    _Base = Widget
else:
    _Base = object

WHEEL = 1.25
"""Zoom factor of one step of the wheel."""
DOUBLE_CLICK = 3.0
"""Zoom factor of a double click."""
REACH = (3, 2)
"""Columns and rows that a sample may be away from the pointer."""


class MapMouse(_Base):
    """Mixed into the map: turns mouse events into messages and moves of the viewport."""

    viewport: Viewport
    _drag: tuple[int, int] | None = None
    _dragged = False
    _hovered_cell: tuple[int, int] | None = None

    @dataclass
    class Pointed(Message):
        """A click at this point of the map; `reach` is how far away a sample may be in x and y."""

        point: tuple[float, float]
        reach: tuple[float, float]
        shift: bool = False
        """Whether the click adds to the selection or removes from it."""

    @dataclass
    class Hovered(Message):
        """The pointer is over this point of the map."""

        point: tuple[float, float]
        reach: tuple[float, float]

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, MapMouse.Hovered)

    class Moved(Message):
        """The mouse or a resize changed the visible part of the map."""

    def look(self, viewport: Viewport) -> None:
        """Show another part of the map."""
        raise NotImplementedError

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self._drag, self._dragged = (event.x, event.y), False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._drag is None:
            if not event.button and (event.x, event.y) != self._hovered_cell:
                self._hovered_cell = event.x, event.y
                self.post_message(self.Hovered(*self._target(event)))
            return
        across, down = self._drag[0] - event.x, self._drag[1] - event.y
        if across or down:
            self._drag, self._dragged = (event.x, event.y), True
            self.look(self.viewport.pan(across, down))
            self.post_message(self.Moved())

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._drag is None:
            return
        self.release_mouse()
        self._drag = None
        if not self._dragged:
            self.post_message(self.Pointed(*self._target(event), shift=event.shift or event.ctrl))

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2 and not self._dragged:
            self.look(self.viewport.zoom(DOUBLE_CLICK, about=self.viewport.cell_centre(event.x, event.y)))
            self.post_message(self.Moved())

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1 / WHEEL)

    def _wheel(self, event: events.MouseEvent, factor: float) -> None:
        event.stop()
        self.look(self.viewport.zoom(factor, about=self.viewport.cell_centre(event.x, event.y)))
        self.post_message(self.Moved())

    def _target(self, event: events.MouseEvent) -> tuple[tuple[float, float], tuple[float, float]]:
        cell_x, cell_y = DOTS_X / self.viewport.scale[0], DOTS_Y / self.viewport.scale[1]
        return self.viewport.cell_centre(event.x, event.y), (REACH[0] * cell_x, REACH[1] * cell_y)

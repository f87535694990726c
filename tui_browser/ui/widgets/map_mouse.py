"""The mouse on the map: point, drag, wheel, double click; and the pointer that only passes over it."""

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
DOUBLE = 3.0
"""How much a double click magnifies."""
REACH = (3, 2)
"""How many cells a sample may be away from where the pointer is."""


class MapMouse(_Base):
    """Mixed into the map; it has a viewport, and `look` shows another one."""

    viewport: Viewport
    _drag: tuple[int, int] | None = None
    _dragged = False
    _over: tuple[int, int] | None = None

    @dataclass
    class Pointed(Message):
        """A click on this place of the map; `reach` is how far a sample may be away from it, in x and y."""

        point: tuple[float, float]
        reach: tuple[float, float]
        shift: bool = False
        """Whether it is to be taken into the selection, or out of it."""

    @dataclass
    class Hovered(Message):
        """The pointer rests on this place, or has come by."""

        point: tuple[float, float]
        reach: tuple[float, float]

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, MapMouse.Hovered)

    class Moved(Message):
        """The part of the map that is shown has changed by mouse or size."""

    def look(self, viewport: Viewport) -> None:
        """Show another part of the map."""
        raise NotImplementedError

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self._drag, self._dragged = (event.x, event.y), False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._drag is None:
            if not event.button and (event.x, event.y) != self._over:
                self._over = event.x, event.y
                self.post_message(self.Hovered(*self._at(event)))
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
            self.post_message(self.Pointed(*self._at(event), shift=event.shift or event.ctrl))

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2 and not self._dragged:
            self.look(self.viewport.zoom(DOUBLE, about=self.viewport.cell_centre(event.x, event.y)))
            self.post_message(self.Moved())

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1 / WHEEL)

    def _wheel(self, event: events.MouseEvent, factor: float) -> None:
        event.stop()
        self.look(self.viewport.zoom(factor, about=self.viewport.cell_centre(event.x, event.y)))
        self.post_message(self.Moved())

    def _at(self, event: events.MouseEvent) -> tuple[tuple[float, float], tuple[float, float]]:
        cell_x, cell_y = DOTS_X / self.viewport.scale[0], DOTS_Y / self.viewport.scale[1]
        return self.viewport.cell_centre(event.x, event.y), (REACH[0] * cell_x, REACH[1] * cell_y)

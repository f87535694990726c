"""A waveform in a dialog, which tells where it is clicked and over which columns the pointer is dragged."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message

from tui_browser.ui.widgets.note import Note


class WavePicture(Note):
    """Columns count from the left edge; a drag may end outside."""

    _from: int | None = None
    _dragged = False

    @dataclass
    class Clicked(Message):
        """`twice` is the second click of a double one."""

        column: int
        twice: bool

    @dataclass
    class Dragged(Message):
        """From the column where the button went down to that where the pointer is; `done` when it went up there."""

        first: int
        last: int
        done: bool

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self._from, self._dragged = event.x, False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._from is not None and (self._dragged or event.x != self._from):
            self._dragged = True
            self.post_message(self.Dragged(self._from, event.x, done=False))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._from is None:
            return
        first, self._from = self._from, None
        self.release_mouse()
        if self._dragged or event.x != first:
            self._dragged = True
            self.post_message(self.Dragged(first, event.x, done=True))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.button == 1 and not self._dragged:
            self.post_message(self.Clicked(event.x, event.chain > 1))

"""A line to type into: letters that came together are one change, and it takes so many and no more."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets import Input

from tui_browser.ui.terminal.events import TypedText
from tui_browser.ui.terminal.input_batches import plain

QUERY_LETTERS = 500
"""Of a search: more than any name has."""
PATH_LETTERS = 4096
"""Of a path or a list of tags."""


class TextField(Input):
    """An input whose text may grow without the whole screen being laid out anew."""

    virtual_size = Reactive(Size(0, 0), layout=False)

    @dataclass
    class Truncated(Message):
        """More was typed or pasted than there is room for."""

        most: int

    def __init__(self, value: str = "", *, most: int, placeholder: str = "") -> None:
        """`most` is the number of letters that it takes."""
        super().__init__(value, placeholder=placeholder, select_on_focus=False)
        self._most = most
        self.cursor_blink = False  # at rest the app is silent

    def replace(self, text: str, start: int, end: int) -> None:
        """Put a text in the place of what stands from `start` to `end`, as far as there is room."""
        start, end = sorted((max(0, start), min(len(self.value), end)))
        room = max(0, self._most - len(self.value) + end - start)
        if text[:room] or not text:
            super().replace(text[:room], start, end)
        if len(text) > room:
            self.post_message(self.Truncated(self._most))

    def on_typed_text(self, event: TypedText) -> None:
        event.stop()
        self.replace(event.text, *self.selection)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        lines = [line for line in plain(event.text).split("\n") if line.strip()]
        if lines:
            self.replace(lines[0], *self.selection)

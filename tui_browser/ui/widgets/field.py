"""A text field with a limited length; characters that arrive together are one change."""

from __future__ import annotations

from dataclasses import dataclass

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets import Input

from tui_browser.errors import printable
from tui_browser.ui.terminal.events import TypedText
from tui_browser.ui.terminal.input_batches import plain

MAX_QUERY = 500
"""Characters of a query: more than any name has."""
MAX_PATH = 4096
"""Characters of a path or a list of tags."""


class PrintableHighlighter(Highlighter):
    """Shows `?` for each character that is not printable: a tag or a folder of a stranger may hold escapes."""

    def highlight(self, text: Text) -> None:
        if not text.plain.isprintable():
            text.plain = "".join(char if len(printable(char)) == 1 else "?" for char in text.plain)


class TextField(Input):
    """An input that grows without a new layout of the whole screen."""

    @dataclass
    class Truncated(Message):
        """Text was longer than the field takes; `most` is its limit in characters."""

        most: int

    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self, value: str = "", *, most: int, placeholder: str = "") -> None:
        """`most` is the number of characters that the field takes."""
        super().__init__(value, placeholder=placeholder, select_on_focus=False, highlighter=PrintableHighlighter())
        self._most = most
        self.cursor_blink = False  # an idle app writes nothing to the terminal

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace the characters from `start` to `end`, as far as there is room."""
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

"""The search line: what is typed, and how much of the library it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui_browser.errors import counted
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.field import QUERY_LETTERS, Field
from tui_browser.ui.widgets.note import Note


class _Marks(Highlighter):
    """Shows places of a text in a style."""

    def __init__(self) -> None:
        self.places: tuple[tuple[int, int], ...] = ()
        self.style = Style()

    def highlight(self, text: Text) -> None:
        for start, end in self.places:
            text.stylize(self.style, start, end)


class SearchBar(Horizontal):
    """An input between a slash and a count."""

    DEFAULT_CSS = """
    SearchBar { height: 1; width: 1fr; }
    SearchBar Input { border: none; height: 1; padding: 0; background: $background; width: 1fr; }
    SearchBar Input:focus { border: none; background: $panel; }
    SearchBar #slash { width: 2; }
    SearchBar #count { width: 22; }
    """

    @dataclass
    class Typed(Message):
        """Another query."""

        text: str

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, SearchBar.Typed)

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._paint = paint
        self._slash = Note(paint, [[("/", paint.role("accent", bold=True))]], on="background", id="slash")
        self._count = Note(paint, [[]], on="background", id="count")
        self._marks = _Marks()
        self.field = Field(most=QUERY_LETTERS, placeholder="kick, class:hat, dur:<0.4, tag:dark, -loop ...")
        self.field.highlighter = self._marks

    def compose(self) -> ComposeResult:
        yield self._slash
        yield self.field
        yield self._count

    def mark(self, places: Sequence[tuple[int, int]]) -> None:
        """Mark what stands at these places of the line (from, to) as not understood."""
        self._marks.places = tuple(places)
        self._marks.style = self._paint.role("error") + Style(underline=True)
        self.field.refresh()

    def count(self, found: int | None, total: int) -> None:
        """How many samples match; None for an empty query."""
        text = "" if found is None else f"{found:,} of {counted(total, 'sample')}"
        if found is not None and len(text) > self._count.size.width:
            text = f"{found:,} of {total:,}"
        style = self._paint.role("warning" if found == 0 else "muted")
        self._count.write([[(text.rjust(self._count.size.width), style)]])

    def repainted(self, paint: Paint) -> None:
        """Another theme."""
        self._paint = paint
        self._slash.repainted(paint)
        self._slash.write([[("/", paint.role("accent", bold=True))]])
        self._count.repainted(paint)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_resize(self, event: events.Resize) -> None:
        self._count.styles.width = 22 if event.size.width >= 60 else 14

"""The search bar: the query and the number of samples that match."""

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
from textual.suggester import SuggestionReady
from textual.widgets import Input

from tui_browser.errors import counted
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.field import MAX_QUERY, TextField
from tui_browser.ui.widgets.note import Note

_WIDE = 60
"""Columns of a bar with room for the wide count."""
_WIDE_COUNT, _NARROW_COUNT = 22, 14
"""Columns of the count."""


class _ProblemHighlighter(Highlighter):
    """Marks parts of a text with a style."""

    def __init__(self) -> None:
        self.places: tuple[tuple[int, int], ...] = ()
        self.style = Style()

    def highlight(self, text: Text) -> None:
        for start, end in self.places:
            text.stylize(self.style, start, end)


class SearchBar(Horizontal):
    """A slash, the query, and the count of matches."""

    DEFAULT_CSS = """
    SearchBar { height: 1; width: 1fr; }
    SearchBar Input { border: none; height: 1; padding: 0; background: $background; width: 1fr; }
    SearchBar Input:focus { border: none; background: $panel; }
    SearchBar #slash { width: 2; }
    SearchBar #count { width: 14; }
    """

    @dataclass
    class Typed(Message):
        """The query changed."""

        text: str

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, SearchBar.Typed)

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._paint = paint
        self._slash = Note(paint, [[("/", paint.role("accent", bold=True))]], on="background", id="slash")
        self._count = Note(paint, [[]], on="background", id="count")
        self._counted: tuple[int | None, int] = (None, 0)
        """Samples that match, and all."""
        self._marks = _ProblemHighlighter()
        self.field = TextField(most=MAX_QUERY, placeholder="kick, class:hat, dur:<0.4, tag:dark, -loop ...")
        self.field.highlighter = self._marks

    def compose(self) -> ComposeResult:
        yield self._slash
        yield self.field
        yield self._count

    def mark(self, places: Sequence[tuple[int, int]]) -> None:
        """Mark these parts of the query (start, end) as not understood."""
        self._marks.places = tuple(places)
        self._marks.style = self._paint.role("error") + Style(underline=True)
        self.field.refresh()

    def suggest(self, text: str) -> None:
        """Show how the query could go on, dimmed behind the cursor; the right arrow takes it."""
        value = self.field.value
        self.field.post_message(SuggestionReady(value, text if text.startswith(value) else ""))

    def count(self, matches: int | None, total: int) -> None:
        """Show how many samples match; None for an empty query."""
        self._counted = matches, total
        self._write_count()

    def _write_count(self) -> None:
        matches, total = self._counted
        width = self._count_width
        text = "" if matches is None else f"{matches:,} of {counted(total, 'sample')}"
        if matches is not None and len(text) > width:
            text = f"{matches:,} of {total:,}"
        style = self._paint.role("warning" if matches == 0 else "muted")
        self._count.write([[(text.rjust(width), style)]])

    @property
    def _count_width(self) -> int:
        return _WIDE_COUNT if self.size.width >= _WIDE else _NARROW_COUNT

    def repainted(self, paint: Styles) -> None:
        """Use another theme."""
        self._paint = paint
        self._slash.repainted(paint)
        self._slash.write([[("/", paint.role("accent", bold=True))]])
        self._count.repainted(paint)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_resize(self, event: events.Resize) -> None:
        self._count.styles.width = self._count_width
        self._write_count()

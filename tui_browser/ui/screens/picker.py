"""A narrow list beside the map: what one moves to is shown on the map at once, enter keeps it, escape takes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult

from tui_browser.ui import sizes, words
from tui_browser.ui.command import PICKER
from tui_browser.ui.screens.base import CommandDialog
from tui_browser.ui.screens.chooser import Choice
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line

_HELP_ROWS = 2
_AROUND = 10
"""Rows of the screen that the list cannot have: its frame, title, help and keys, and the lines above and below."""


class Picker(CommandDialog):
    """Gives the id of the choice that is kept, or None."""

    NAME = PICKER
    DEFAULT_CSS = """
    Picker { align: right top; background: transparent; }
    Picker.-ansi { background: transparent; }
    Picker.-tall { align: right bottom; }
    Picker > Vertical { width: 30; max-width: 60%; margin: 1 0 3 0; max-height: 100%; }
    Picker.-wide > Vertical { width: 44; }
    """

    def __init__(self, title: str, choices: Sequence[Choice], *, now: str, show: Callable[[str], None]) -> None:
        """`now` is the id of what is shown already; `show` is called with the id of each choice that is moved to."""
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._show = show
        self._at = next((at for at, choice in enumerate(choices) if choice.id == now), 0)

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [[]], id="title")
        yield Note(self.host.paint, [[]] * self._rows(), id="choices")
        yield Note(self.host.paint, [[]] * _HELP_ROWS, id="about")
        yield Hints(self.host.paint, self.host.keys, screen=PICKER)

    def on_resize(self, event: events.Resize) -> None:
        form = sizes.form(event.size.width, event.size.height)
        for name in sizes.FORMS:
            self.set_class(name == form, f"-{name}")
        self.call_after_refresh(self.redraw)

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Note) and event.widget.id == "choices":
            at = self._top() + event.y
            if at < len(self._choices):
                self._move(at - self._at)
                self.do_picker_keep()

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_picker_up(self) -> None:
        self._move(-1)

    def do_picker_down(self) -> None:
        self._move(1)

    def do_picker_keep(self) -> None:
        self.dismiss(self._choices[self._at].id)

    def do_picker_back(self) -> None:
        self.dismiss(None)

    def _move(self, by: int) -> None:
        """Another choice; behind the last one comes the first."""
        if by:
            self._at = (self._at + by) % len(self._choices)
            self._show(self._choices[self._at].id)
            self.redraw()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _rows(self) -> int:
        return max(1, min(len(self._choices), self.app.size.height - _AROUND))

    def _top(self) -> int:
        return max(0, min(self._at - self._rows() // 2, len(self._choices) - self._rows()))

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        paint, top, rows = self.host.paint, self._top(), self._rows()
        note = self.query_one("#choices", Note)
        width = note.size.width
        note.write([self._line(at, width) for at in range(top, top + rows)])
        self.query_one("#title", Note).write([[(self._title, paint.role("accent", on="surface", bold=True))]])
        choice = self._choices[self._at]
        about = words.folded(choice.refusal or choice.help, max(8, width))[:_HELP_ROWS]
        muted = paint.role("muted", on="surface")
        self.query_one("#about", Note).write([[(line, muted)] for line in about] + [[]] * (_HELP_ROWS - len(about)))

    def _line(self, at: int, width: int) -> Line:
        paint, choice, here = self.host.paint, self._choices[at], at == self._at
        style = paint.role("text", on="selection" if here else "surface", bold=here)
        mark = (">" if paint.ascii else "▸") if here else " "
        label = words.cut_end(choice.label, max(0, width - 2), ellipsis=paint.ellipsis)
        return [(f"{mark} {label}".ljust(width), style)]

"""Which columns the list has, and in what order."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult

from tui_browser.config.list_columns import LIST_COLUMNS, USUAL_COLUMNS
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.column_actions import ColumnActions
from tui_browser.ui.keys.command import COLUMNS
from tui_browser.ui.state.list_columns import COLUMNS as LIST_TABLE
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line

_NAME_CELLS = 10
_AROUND = 6
"""Rows of the screen for frame, title, keys and what lies around."""


class ColumnsDialog(CommandDialog):
    """The chosen columns in their order, then the others; each change acts at once. The result is None."""

    NAME = COLUMNS

    def __init__(self, actions: ColumnActions) -> None:
        super().__init__()
        self._actions = actions
        self._names = self._ordered()
        self._at = 0

    def _ordered(self) -> list[str]:
        chosen = self._actions.chosen()
        return [*chosen, *(name for name in LIST_COLUMNS if name not in chosen)]

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [[]], id="title")
        yield Note(self.host.paint, [[]] * self._rows(), id="columns")
        yield Hints(self.host.paint, self.host.keys, screen=COLUMNS)

    def on_mount(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Note) and event.widget.id == "columns":
            self._at = min(self._top() + event.y, len(self._names) - 1)
            self.do_column_toggle()

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_column_up(self) -> None:
        self._at = (self._at - 1) % len(self._names)
        self.redraw()

    def do_column_down(self) -> None:
        self._at = (self._at + 1) % len(self._names)
        self.redraw()

    def do_column_toggle(self) -> None:
        name, chosen = self._names[self._at], self._actions.chosen()
        if name == "name":  # a list without names tells nothing apart
            return
        self._choose([each for each in chosen if each != name] if name in chosen else [*chosen, name])

    def do_column_earlier(self) -> None:
        self._move(-1)

    def do_column_later(self) -> None:
        self._move(1)

    def do_column_reset(self) -> None:
        self._choose(list(USUAL_COLUMNS))

    def do_column_close(self) -> None:
        self.dismiss(None)

    def _move(self, by: int) -> None:
        name, chosen = self._names[self._at], list(self._actions.chosen())
        if name not in chosen:
            return
        at = chosen.index(name)
        to = min(max(0, at + by), len(chosen) - 1)
        chosen[at], chosen[to] = chosen[to], chosen[at]
        self._choose(chosen)

    def _choose(self, columns: list[str]) -> None:
        """Take other columns; the cursor stays on its column."""
        name = self._names[self._at]
        self._actions.choose(columns)
        self._names = self._ordered()
        self._at = self._names.index(name)
        self.redraw()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        paint, note = self.host.paint, self.query_one("#columns", Note)
        self.query_one("#title", Note).write([[("Columns of the list", paint.role("accent", on="surface", bold=True))]])
        top, rows = self._top(), self._rows()
        note.write([self._line(at, note.size.width) for at in range(top, top + rows)])

    def _rows(self) -> int:
        return max(1, min(len(self._names), self.app.size.height - _AROUND))

    def _top(self) -> int:
        return max(0, min(self._at - self._rows() // 2, len(self._names) - self._rows()))

    def _line(self, at: int, width: int) -> Line:
        paint, name = self.host.paint, self._names[at]
        on = "selection" if at == self._at else "surface"
        mark = (">" if paint.ascii else "▸") if at == self._at else " "
        chosen = name in self._actions.chosen()
        box = ("x" if paint.ascii else "✓") if chosen else " "
        text, muted = paint.role("text", on=on, bold=at == self._at), paint.role("muted", on=on)
        start = f"{mark} {box} {name.ljust(_NAME_CELLS)}"
        help = formatting.cut_end(LIST_TABLE[name].help, max(0, width - len(start) - 1), ellipsis=paint.ellipsis)
        return [(start, text if chosen else muted), (f" {help}", muted)]

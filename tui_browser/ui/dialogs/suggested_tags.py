"""Tags that samples probably lack, the surest first: heard, and accepted one by one or down to a probability."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult

from tui_browser.errors import counted, printable
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.suggestion_actions import SuggestionActions
from tui_browser.ui.keys.command import SUGGESTIONS
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line
from tui_browser.workbench.labels.prediction import Predictions, Suggestion

_ROWS = 14
_AROUND = 10
"""Rows of the screen for other things than suggestions."""
_TAG_CELLS = 20


class SuggestedTags(CommandDialog):
    """Stays open until it is closed; the result is None."""

    NAME = SUGGESTIONS

    def __init__(self, actions: SuggestionActions) -> None:
        super().__init__()
        self._actions = actions
        self._suggestions: list[Suggestion] | None = None
        self._at = 0
        self._accepted = 0
        self._notice = "learning the tags of your samples by their sound ..."

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [[]], id="title")
        yield Note(self.host.paint, [[]] * self._rows(), id="suggestions")
        yield Note(self.host.paint, [[]], id="about")
        yield Hints(self.host.paint, self.host.keys, screen=SUGGESTIONS)

    def on_mount(self) -> None:
        worker = LatestWorker(self.app, "suggested tags", failed=lambda error: self._say(str(error)))
        worker.submit(self._actions.predict, self._take)

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Note) and event.widget.id == "suggestions" and self._suggestions:
            at = self._top() + event.y
            if at < len(self._suggestions):
                self._at = at
                self.do_suggestion_hear()
                self.redraw()

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_suggestion_up(self) -> None:
        self._move(-1)

    def do_suggestion_down(self) -> None:
        self._move(1)

    def do_suggestion_hear(self) -> None:
        if self._suggestions:
            self._actions.hear(self._suggestions[self._at].path)

    def do_suggestion_accept(self) -> None:
        if self._suggestions:
            self._accept([self._suggestions[self._at]])

    def do_suggestion_skip(self) -> None:
        if self._suggestions:
            del self._suggestions[self._at]
            self._move(0)

    def do_suggestion_accept_above(self) -> None:
        if self._suggestions:
            self._accept(self._suggestions[: self._at + 1])

    def do_suggestion_close(self) -> None:
        self.dismiss(None)

    # --- the list ----------------------------------------------------------------------------------------------------

    def _take(self, predictions: Predictions) -> None:
        self._suggestions = list(predictions.suggestions)
        learned = sum(each.precision is not None for each in predictions.tags)
        self._say(f"{counted(learned, 'tag')} learned" + ("" if self._suggestions else "; nothing to suggest"))

    def _accept(self, accepted: Sequence[Suggestion]) -> None:
        assert self._suggestions is not None  # they were accepted from it
        self._actions.accept([(each.sample, each.tag) for each in accepted])
        self._accepted += len(accepted)
        first = self._suggestions.index(accepted[0])
        del self._suggestions[first : first + len(accepted)]
        self._at = first
        self._notice = f"{counted(self._accepted, 'tag')} given; undo takes them back on the map"
        self._move(0)

    def _move(self, by: int) -> None:
        self._at = min(max(0, self._at + by), max(0, len(self._suggestions or ()) - 1))
        self.redraw()

    def _say(self, text: str) -> None:
        self._notice = text
        self.redraw()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _rows(self) -> int:
        return max(2, min(_ROWS, self.app.size.height - _AROUND))

    def _top(self) -> int:
        return max(0, min(self._at - self._rows() // 2, len(self._suggestions or ()) - self._rows()))

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        paint, suggestions = self.host.paint, self._suggestions or []
        title = "Suggested tags" + (f": {counted(len(suggestions), 'suggestion')}" if suggestions else "")
        self.query_one("#title", Note).write([[(title, paint.role("accent", on="surface", bold=True))]])
        note, rows, top = self.query_one("#suggestions", Note), self._rows(), self._top()
        lines = [self._line(at, note.size.width) for at in range(top, min(len(suggestions), top + rows))]
        note.write(lines + [[]] * (rows - len(lines)))
        self.query_one("#about", Note).write([[(self._notice, paint.role("muted", on="surface"))]])

    def _line(self, at: int, width: int) -> Line:
        assert self._suggestions is not None  # there is a line of it
        paint, each = self.host.paint, self._suggestions[at]
        on = "selection" if at == self._at else "surface"
        mark = (">" if paint.ascii else "▸") if at == self._at else " "
        tag = formatting.cut_end(printable(each.tag), _TAG_CELLS, ellipsis=paint.ellipsis).ljust(_TAG_CELLS)
        room = max(4, width - _TAG_CELLS - 9)
        name = formatting.cut_middle(formatting.file_name(each.path), room, ellipsis=paint.ellipsis).ljust(room)
        text, muted = paint.role("text", on=on, bold=at == self._at), paint.role("muted", on=on)
        return [(f"{mark} ", text), (f"{each.p:4.0%} ", muted), (f"{tag} ", text), (name, muted)]

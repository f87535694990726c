"""One line to type: tags, or a folder with completion."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.widgets import Input

from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.folder_completion import Completion
from tui_browser.ui.keys.command import PROMPT
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.widgets.field import MAX_PATH, TextField
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line


class Prompt(CommandDialog):
    """Gives the text that was entered, or None."""

    NAME = PROMPT

    def __init__(
        self, title: str, hint: str, *, value: str = "", complete: Callable[[str], Completion] | None = None
    ) -> None:
        """`complete` is called in a thread for the text before the cursor when a person asks for completion."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._value = value
        self._complete = complete
        self._lane: LatestWorker | None = None

    def box(self) -> ComposeResult:
        paint = self.host.paint
        yield Note(paint, [[(self._title, paint.role("text", on="surface", bold=True))]])
        yield TextField(self._value, most=MAX_PATH)
        yield Note(paint, [self._muted(self._hint)], id="hint")

    def _muted(self, text: str) -> Line:
        return [(text, self.host.paint.role("muted", on="surface"))]

    def on_mount(self) -> None:
        field = self.query_one(Input)
        self.set_focus(field)
        field.cursor_position = len(self._value)

    def entered(self, text: str) -> None:
        self.dismiss(text)

    def do_complete(self) -> None:
        if self._complete is None:
            return
        if self._lane is None:
            self._lane = LatestWorker(self.app, "completion", failed=lambda error: self._tell(str(error)))
        text, complete = self.query_one(Input).value, self._complete
        self._lane.ask(lambda: (text, complete(text)), lambda answer: self._completed(*answer))

    def _completed(self, asked: str, found: Completion) -> None:
        field = self.query_one(Input)
        if not self.is_mounted or field.value != asked:
            return
        field.value = found.text
        field.cursor_position = len(found.text)
        self._tell(found.told or self._hint)

    def _tell(self, text: str) -> None:
        self.query_one("#hint", Note).write([self._muted(text)])

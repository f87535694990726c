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
    """The result is the text, or None."""

    NAME = PROMPT

    def __init__(
        self, title: str, hint: str, *, value: str = "", complete: Callable[[str], Completion] | None = None
    ) -> None:
        """`complete` is called in a thread with the text, when a person presses tab."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._value = value
        self._complete = complete
        self._worker: LatestWorker | None = None

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
        if self._worker is None:
            self._worker = LatestWorker(self.app, "completion", failed=lambda error: self._show_hint(str(error)))
        text, complete = self.query_one(Input).value, self._complete
        self._worker.submit(lambda: (text, complete(text)), lambda answer: self._completed(*answer))

    def _completed(self, text: str, completion: Completion) -> None:
        field = self.query_one(Input)
        if not self.is_mounted or field.value != text:
            return
        field.value = completion.text
        field.cursor_position = len(completion.text)
        self._show_hint(completion.note or self._hint)

    def _show_hint(self, text: str) -> None:
        self.query_one("#hint", Note).write([self._muted(text)])

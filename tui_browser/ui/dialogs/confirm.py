"""A question with the answers yes and no."""

from __future__ import annotations

from textual.app import ComposeResult

from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.keys.command import CONFIRM
from tui_browser.ui.widgets.note import Note


class Confirm(CommandDialog):
    """The result is True for yes, False or None for no."""

    NAME = CONFIRM

    def __init__(self, question: str, *more: str, yes: str = "yes", no: str = "no") -> None:
        """`question` and `more` are lines, safe to show."""
        super().__init__()
        self._lines = (question, *more)
        self._answers = (yes, no)

    def box(self) -> ComposeResult:
        paint, keys = self.host.paint, self.host.keys
        text, muted = paint.role("text", on="surface"), paint.role("muted", on="surface")
        key = paint.role("accent", on="surface", bold=True)
        width = max(16, min(88, self.app.size.width * 4 // 5) - 4)
        first, *more = (part for line in self._lines for part in formatting.wrapped(line, width))
        yes, no = self._answers
        yield Note(
            paint,
            [
                [(first, paint.role("text", on="surface", bold=True))],
                *([(line, text)] for line in more),
                [],
                [(keys.first("yes"), key), (f" {yes}   ", muted), (keys.first("no"), key), (f" {no}", muted)],
            ],
        )

    def do_yes(self) -> None:
        self.dismiss(True)

    def do_no(self) -> None:
        self.dismiss(False)

"""What was to be copied, in full: where no clipboard took it, a person takes it from here with the mouse."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.errors import printable
from tui_browser.ui import words
from tui_browser.ui.clipboard import Copied
from tui_browser.ui.command import DETAILS
from tui_browser.ui.screens.scrolling import ScrollingDialog
from tui_browser.ui.widgets.pane import Line

MOST_LINES = 2_000


class HandedScreen(ScrollingDialog):
    """The text, and each way that was tried; with nothing beside it, as a mouse takes whole lines."""

    NAME = DETAILS
    DEFAULT_CSS = """
    HandedScreen { background: $background; }
    """

    def __init__(self, text: str, copied: Copied) -> None:
        super().__init__()
        self._text = text
        self._copied = copied

    def heading(self) -> Line:
        paint = self.host.paint
        told = f"copied ({self._copied.how})" if self._copied.how else "no clipboard took it: select it here"
        return [(told, paint.role("accent", on="surface", bold=True))]

    def lines(self, width: int) -> Sequence[Line]:
        paint = self.host.paint
        plain, muted = paint.role("text", on="surface"), paint.role("muted", on="surface")
        shown = self._text.splitlines()
        lines: list[Line] = []
        for line in shown[:MOST_LINES]:
            lines += [[(part, plain)] for part in words.folded(printable(line), width)] or [[]]
        if len(shown) > MOST_LINES:
            lines.append([(f"and {len(shown) - MOST_LINES:,} more lines", muted)])
        notes = [*self._copied.tried, *filter(None, [self._copied.doubt])]
        if not self._copied.how:
            notes.append("hold shift while you select, or the mouse acts on the map")
        for note in notes:
            lines += [[], *([(part, muted)] for part in words.folded(note, width))]
        return lines

"""The log pane: what was said and done, with the time, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.ui import formatting
from tui_browser.ui.state.status_log import LogEntry
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Line, Pane

_ROLES = {"information": "text", "warning": "warning", "error": "error"}


class LogPane(Pane):
    """Hidden until it is asked for; as many entries as fit."""

    DEFAULT_CSS = """
    LogPane { width: 1fr; height: 30%; min-height: 4; max-height: 14; display: none; }
    LogPane.-shown { display: block; }
    """

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._entries: Sequence[LogEntry] = ()

    @property
    def shown(self) -> bool:
        return self.has_class("-shown")

    def toggle(self) -> None:
        """Show the log, or hide it."""
        self.toggle_class("-shown")

    def tell(self, entries: Sequence[LogEntry]) -> None:
        """Show these entries, newest first."""
        self._entries = entries
        if self.shown:
            self.draw()

    def draw(self) -> None:
        """Repaint the lines."""
        width, height = self.size
        if width and height:
            self.show(self._entry_lines(width, height))

    def _entry_lines(self, width: int, height: int) -> list[Line]:
        paint = self.paint
        title = " log, newest first "
        lines: list[Line] = [[(paint.rule * 2, paint.role("muted")), (title, paint.role("muted")),
                              (paint.rule * max(0, width - len(title) - 2), paint.role("muted"))]]  # fmt: skip
        if not self._entries:
            lines.append([("nothing was said yet", paint.role("muted"))])
        for entry in list(self._entries)[:height]:
            style = paint.role(_ROLES[entry.severity])
            for at, part in enumerate(formatting.wrapped(entry.text, max(8, width - 7))):
                lines.append([((entry.clock if at == 0 else "").ljust(7), paint.role("muted")), (part, style)])
        return lines[:height]

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.draw()

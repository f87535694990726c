"""The status line: a message on the left, the progress of a long job on the right."""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len
from rich.style import Style

from tui_browser.ui import formatting
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Line, Pane, Span

MOST_ROWS = 4
"""Most lines of a notice."""

Severity = Literal["information", "warning", "error"]


class StatusLine(Pane):
    """A notice replaces the default line; the progress stays on the right.

    The guide (the tour's text) has a line of its own below, which no notice replaces.
    """

    DEFAULT_CSS = """
    StatusLine { width: 1fr; height: 1; }
    """

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._default_line: Line = ()
        self._notice = ""
        self.severity: Severity = "information"
        """Of the notice."""
        self.said = 0
        """Counts the notices."""
        self._job = ""
        self._rows = 1
        self._height = 1
        self._guide = ("", "")

    @property
    def notice(self) -> str:
        """The current notice; empty if there is none."""
        return self._notice

    def stand(self, line: Line) -> None:
        """Set the line that is shown without a notice."""
        self._default_line = line
        self.draw()

    def say(self, notice: str, *, severity: Severity = "information") -> None:
        """Show a notice until the next one; an empty text removes it. A long notice takes several lines."""
        self._notice, self.severity = notice, severity
        self.said += 1
        self._fit()
        self.draw()

    def guide(self, text: str, more: str = "") -> None:
        """Show a guide below, with `more` on its right if there is room; an empty text removes it."""
        self._guide = (text, more)
        self._fit()
        self.draw()

    def _fit(self) -> None:
        self._rows = len(self._notice_lines()) if self._notice else 1
        height = self._rows + len(self._guide_lines())
        if self._height != height:
            self._height = height
            self.styles.height = height

    def _guide_lines(self) -> list[Line]:
        """The guide wrapped to the width."""
        text, more = self._guide
        if not text or not self.size.width:
            return []
        style, muted = self.paint.role("accent", bold=True), self.paint.role("muted")
        gap = self.size.width - cell_len(text) - cell_len(more)
        if gap >= 2:
            return [[(text, style), (" " * gap, muted), (more, muted)]]
        return [[(line, style)] for line in formatting.wrapped(text, self.size.width)]

    def _notice_lines(self) -> list[str]:
        width = self.size.width
        if not width or cell_len(self._notice) <= self._room():
            return [self._notice]
        lines = formatting.wrapped(self._notice, width)
        if len(lines) > MOST_ROWS:
            lines = formatting.wrapped(formatting.cut_middle(self._notice, width * MOST_ROWS - 8), width)[:MOST_ROWS]
        return lines

    def _room(self) -> int:
        return self.size.width - (cell_len(self._job_shown()) + 2 if self._job else 0)

    def _job_shown(self) -> str:
        width = self.size.width
        most = width // 2 if self._notice else width * 2 // 3
        return formatting.cut_end(self._job, max(0, most), ellipsis=self.paint.ellipsis)

    def work(self, job: str) -> None:
        """Show the progress of a long job; empty removes it."""
        self._job = job
        self.draw()

    def draw(self) -> None:
        """Repaint the line."""
        width, paint = self.size.width, self.paint
        if not width:
            return
        if self._rows > 1:
            notice: list[Line] = [[(line, self._notice_style())] for line in self._notice_lines()]
            self.show([*notice, *self._guide_lines()])
            return
        job = self._job_shown()
        room = self._room()
        left = self._left(room)
        gap = width - sum(cell_len(text) for text, _ in left) - cell_len(job)
        line = [*left, (" " * max(0, gap), paint.role("text")), (job, paint.role("accent"))]
        self.show([line, *self._guide_lines()])

    def _notice_style(self) -> Style:
        role = {"information": "accent", "warning": "warning", "error": "error"}[self.severity]
        return self.paint.role(role)

    def _left(self, room: int) -> list[Span]:
        if self._notice:
            return [(formatting.cut_middle(self._notice, room, ellipsis=self.paint.ellipsis), self._notice_style())]
        spans: list[Span] = []
        for text, style in self._default_line:
            shown = formatting.cut_middle(text, room, ellipsis=self.paint.ellipsis)
            spans.append((shown, style))
            room -= cell_len(shown)
            if room <= 0:
                break
        return spans

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self._fit()
        self.draw()

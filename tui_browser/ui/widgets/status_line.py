"""One line: on the left what a person should know now, on the right how far a long job is."""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len
from rich.style import Style

from tui_browser.ui import words
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.pane import Line, Pane, Span

MOST_ROWS = 4
"""Lines that a notice may take."""

Severity = Literal["information", "warning", "error"]


class StatusLine(Pane):
    """A notice goes before the standing line; the job's progress keeps its place on the right.

    A guide is a line of its own below them, which no notice takes away.
    """

    DEFAULT_CSS = """
    StatusLine { width: 1fr; height: 1; }
    """

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._standing: Line = ()
        self._notice = ""
        self._severity: Severity = "information"
        self._job = ""
        self._rows = 1
        self._height = 1
        self._guide = ("", "")

    @property
    def notice(self) -> str:
        """The notice that is shown; empty without one."""
        return self._notice

    def stand(self, line: Line) -> None:
        """What is shown while there is no notice."""
        self._standing = line
        self.draw()

    def say(self, notice: str, *, severity: Severity = "information") -> None:
        """Show a notice until another one, or an empty one; a long one takes as many lines as it needs."""
        self._notice, self._severity = notice, severity
        self._fit()
        self.draw()

    def guide(self, text: str, more: str = "") -> None:
        """Show this line below the others, `more` on its right where there is room; none for an empty text."""
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
        """The guide as it fits into the width."""
        text, more = self._guide
        if not text or not self.size.width:
            return []
        style, muted = self.paint.role("accent", bold=True), self.paint.role("muted")
        gap = self.size.width - cell_len(text) - cell_len(more)
        if gap >= 2:
            return [[(text, style), (" " * gap, muted), (more, muted)]]
        return [[(line, style)] for line in words.folded(text, self.size.width)]

    def _notice_lines(self) -> list[str]:
        width = self.size.width
        if not width or cell_len(self._notice) <= self._room():
            return [self._notice]
        lines = words.folded(self._notice, width)
        if len(lines) > MOST_ROWS:
            lines = words.folded(words.cut_middle(self._notice, width * MOST_ROWS - 8), width)[:MOST_ROWS]
        return lines

    def _room(self) -> int:
        return self.size.width - (cell_len(self._job_shown()) + 2 if self._job else 0)

    def _job_shown(self) -> str:
        width = self.size.width
        most = width // 2 if self._notice else width * 2 // 3
        return words.cut_end(self._job, max(0, most), ellipsis=self.paint.ellipsis)

    def work(self, job: str) -> None:
        """How far a long job is; empty at rest."""
        self._job = job
        self.draw()

    def draw(self) -> None:
        """Paint what has changed."""
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
        role = {"information": "accent", "warning": "warning", "error": "error"}[self._severity]
        return self.paint.role(role)

    def _left(self, room: int) -> list[Span]:
        if self._notice:
            return [(words.cut_middle(self._notice, room, ellipsis=self.paint.ellipsis), self._notice_style())]
        spans: list[Span] = []
        for text, style in self._standing:
            shown = words.cut_middle(text, room, ellipsis=self.paint.ellipsis)
            spans.append((shown, style))
            room -= cell_len(shown)
            if room <= 0:
                break
        return spans

    def repainted(self, paint: Paint) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self._fit()
        self.draw()

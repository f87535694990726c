"""One line: on the left what a person should know now, on the right how far a long job is."""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len

from tui_browser.ui import words
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.pane import Line, Pane, Span

Severity = Literal["information", "warning", "error"]


class StatusLine(Pane):
    """A notice goes before the standing line; the job's progress keeps its place on the right."""

    DEFAULT_CSS = """
    StatusLine { width: 1fr; height: 1; }
    """

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._standing: Line = ()
        self._notice = ""
        self._severity: Severity = "information"
        self._job = ""

    @property
    def notice(self) -> str:
        """The notice that is shown; empty without one."""
        return self._notice

    def stand(self, line: Line) -> None:
        """What is shown while there is no notice."""
        self._standing = line
        self.draw()

    def say(self, notice: str, *, severity: Severity = "information") -> None:
        """Show a notice until another one, or an empty one."""
        self._notice, self._severity = notice, severity
        self.draw()

    def work(self, job: str) -> None:
        """How far a long job is; empty at rest."""
        self._job = job
        self.draw()

    def draw(self) -> None:
        """Paint what has changed."""
        width, paint = self.size.width, self.paint
        if not width:
            return
        job = words.cut_end(self._job, max(0, width // 2 if self._notice else width * 2 // 3), ellipsis=paint.ellipsis)
        room = width - cell_len(job) - (2 if job else 0)
        left = self._left(room)
        gap = width - sum(cell_len(text) for text, _ in left) - cell_len(job)
        self.show([[*left, (" " * max(0, gap), paint.role("text")), (job, paint.role("accent"))]])

    def _left(self, room: int) -> list[Span]:
        if self._notice:
            role = {"information": "accent", "warning": "warning", "error": "error"}[self._severity]
            return [(words.cut_middle(self._notice, room, ellipsis=self.paint.ellipsis), self.paint.role(role))]
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
        self._lines = []
        self.draw()

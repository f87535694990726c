"""What the map's colours mean: the classes with letters and counts, or the ends of a ramp."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui_browser.errors import printable
from tui_browser.records import CLASSES
from tui_browser.ui import words
from tui_browser.ui.colouring import CLASS, Colouring
from tui_browser.ui.paint import LEVELS, Paint
from tui_browser.ui.widgets.pane import Line, Pane, Span

_SHORT = {"hat_closed": "closed", "hat_open": "open", "unclassed": "none"}


class Legend(Pane):
    """One line, as wordy as there is room for."""

    DEFAULT_CSS = """
    Legend { width: 1fr; height: 1; }
    """

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._colours: Colouring | None = None
        self._counts: Sequence[int] = ()

    def explain(self, colours: Colouring, counts: Sequence[int]) -> None:
        """Explain these colours; `counts` (12,) are the samples of each class that match."""
        self._colours, self._counts = colours, counts
        self.show([self._line()])

    def _line(self) -> Line:
        if self._colours is None or (not sum(self._counts) and self._colours.by == CLASS):
            return []
        if self._colours.by == CLASS:
            return self._class_line(self._colours.classes)
        if self._colours.names:
            return self._kind_line(self._colours)
        return (
            self._ramp(self._colours)
            if self._colours.hues == "ramp"
            else [(self._colours.name, self.paint.role("text"))]
        )

    def _kind_line(self, colours: Colouring) -> Line:
        paint, spans = self.paint, list[Span]()
        block, room = "#" if self.paint.ascii else "█", self.size.width
        last = len(colours.names) - 1
        shown = [(at if at < last else len(CLASSES), name) for at, name in enumerate(colours.names)]
        for index, name in shown:
            if not self._counts[index]:
                continue
            text = f" {words.cut_end(name, 20, ellipsis=paint.ellipsis)} "
            count = f"{_short(self._counts[index])}  "
            room -= cell_len(text) + len(count) + 1
            if room < 0:
                break
            style = paint.class_style(index, bold=True)
            spans += [(block, style), (text, paint.role("text")), (count, paint.role("muted"))]
        return spans

    def _class_line(self, classed: tuple[str, ...]) -> Line:
        names = [*map(printable, classed), *[""] * (len(CLASSES) - len(classed)), "unclassed"]
        present = [index for index, count in enumerate(self._counts) if count or index < len(classed)]
        full = [(index, words.class_word(names[index])) for index in present]
        short = [(index, words.class_word(_SHORT.get(names[index], names[index]))) for index in present]
        bare = [(index, "") for index in present]
        for classes, gap in ((full, 3), (full, 2), (short, 2), (short, 1), (bare, 2), (bare, 1)):
            line = self._spelled(classes, gap, True)
            if sum(cell_len(text) for text, _ in line) <= self.size.width:
                return line
        return self._spelled(bare, 1, False)

    def _spelled(self, classes: list[tuple[int, str]], gap: int, counted: bool) -> list[Span]:
        paint = self.paint
        spans: list[Span] = []
        for index, name in classes:
            count = self._counts[index]
            style = paint.class_style(index, bold=True) if count else paint.role("muted")
            spans.append((paint.letter(index), style))
            if name:
                spans.append((f" {name}", paint.role("text") if count else paint.role("muted")))
            if counted:
                spans.append((f" {count:,}" if name else f"{_short(count)}", paint.role("muted")))
            spans.append((" " * gap, paint.role("text")))
        return spans[:-1]

    def _ramp(self, colours: Colouring) -> Line:
        paint = self.paint
        low, high = colours.ends()
        block = "#" if paint.ascii else "█"
        room = max(1, (self.size.width - len(colours.name) - len(low) - len(high) - 20) // (paint.steps + 1))
        each = min(3, room)
        if not low:
            return [(f"{colours.name}: unknown for all samples", paint.role("muted"))]
        marks = [(block * each, paint.ramp[step * LEVELS + 2]) for step in range(paint.steps)]
        unknown = (f"   {block} unknown", paint.ramp[-2])
        return [(f"{colours.name}  {low} ", paint.role("text")), *marks, (f" {high}", paint.role("text")), unknown]

    def repainted(self, paint: Paint) -> None:
        super().repainted(paint)
        self.on_resize()

    def on_resize(self) -> None:
        self._lines = []
        self.show([self._line()])


def _short(count: int) -> str:
    """A count in at most four cells: 310, 2.1k, 48k, 1.2M."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if count >= size:
            value = count / size
            return f"{value:.1f}{letter}" if value < 9.95 else f"{value:.0f}{letter}"
    return str(count)

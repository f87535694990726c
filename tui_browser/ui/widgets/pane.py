"""A widget of text lines that repaints only the cells that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress, count, repeat
from operator import ne

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from tui_browser.errors import printable
from tui_browser.ui.styles import Styles
from tui_browser.ui.terminal.fast_render import FastRender

Span = tuple[str, Style]
"""Text in one style; it is never parsed as markup."""
Line = Sequence[Span]
Cell = tuple[str, Style | None]
GAP = 8
"""With as many unchanged cells between two changed ones, two runs cost less than one."""


class Pane(FastRender):
    """Lines of spans; `show` compares them with the lines on the screen."""

    def __init__(self, paint: Styles, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.paint = paint
        self._lines: list[list[Segment]] = []
        self._split: dict[int, list[Cell]] = {}
        """Cells of the lines that were compared, by line number."""

    def show(self, lines: Iterable[Line]) -> None:
        """Show these lines from the top; long lines are cut, missing ones are blank."""
        width, height = self.size
        fresh = [fitted(line, width, self.base) for line in lines][:height]
        changed: list[Region] = []
        for y in range(max(len(fresh), len(self._lines))):
            old = self._lines[y] if y < len(self._lines) else [Segment(" " * width, self.base)]
            new = fresh[y] if y < len(fresh) else [Segment(" " * width, self.base)]
            if old == new:
                continue
            before, after = self._split.get(y) or _cells(old), _cells(new)
            self._split[y] = after
            changed += [Region(start, y, stop - start, 1) for start, stop in _runs(before, after)]
        self._lines = fresh
        if changed:
            self.refresh(*changed)

    @property
    def base(self) -> Style:
        """The style that fills the rest of a line."""
        return self.paint.role("text")

    def repainted(self, paint: Styles) -> None:
        """Use another theme and repaint everything."""
        self.paint = paint
        self._lines, self._split = [], {}
        self.refresh()

    def resized(self) -> None:
        """Repaint everything after a resize."""
        self._lines, self._split = [], {}
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < len(self._lines):
            return Strip(self._lines[y]).adjust_cell_length(width, self.base)
        return Strip.blank(width, self.base)


def fitted(line: Line, width: int, fill: Style) -> list[Segment]:
    """The line as segments of exactly `width` cells; what is not printable is written out."""
    segments: list[Segment] = []
    room = width
    for text, style in line:
        if not text.isprintable():  # a name from a file that some route did not clean
            text = printable(text)
        cells = len(text) if text.isascii() else cell_len(text)
        if cells > room:
            text, cells = set_cell_size(text, room), room
        if cells:
            segments.append(Segment(text, style))
            room -= cells
        if not room:
            break
    if room:
        segments.append(Segment(" " * room, fill))
    return segments


def runs(old: list[Segment], new: list[Segment]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of the runs in which two lines differ; runs close together are joined."""
    if old == new:
        return []
    return _runs(_cells(old), _cells(new))


def _runs(before: list[Cell], after: list[Cell]) -> list[tuple[int, int]]:
    if len(before) != len(after):
        return [(0, max(len(before), len(after)))]
    joined: list[tuple[int, int]] = []
    for at in compress(count(), map(ne, before, after)):
        start, stop = at, at + 1
        while start > 0 and (after[start][0] == "" or before[start][0] == ""):  # never split a wide character
            start -= 1
        while stop < len(after) and (after[stop][0] == "" or before[stop][0] == ""):
            stop += 1
        if joined and start - joined[-1][1] < GAP:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return joined


def _cells(line: list[Segment]) -> list[Cell]:
    """One entry for each cell; the second cell of a wide character has an empty text."""
    cells: list[Cell] = []
    for text, style, _ in line:
        if text.isascii():
            cells += zip(text, repeat(style))
            continue
        for char in text:
            width = cell_len(char)
            if width == 0 and cells:
                cells[-1] = (cells[-1][0] + char, cells[-1][1])
            elif width:
                cells.append((char, style))
                cells.extend([("", style)] * (width - 1))
    return cells

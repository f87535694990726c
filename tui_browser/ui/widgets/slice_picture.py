"""A recording with its slices: the waveform in their colours, their numbers below it, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.style import Style

from tui_browser.map.waveform import waveform_cells
from tui_browser.records import FloatArray
from tui_browser.ui.state.slice_edit import SliceEdit
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Line, Span
from tui_browser.ui.widgets.tick_line import tick_line


def slice_picture(
    edit: SliceEdit,
    peaks: FloatArray | None,
    paint: Styles,
    *,
    columns: int,
    rows: int,
    head: int | None,
    region: tuple[int, int] | None = None,
) -> list[Line]:
    """`rows` lines of the waveform, one of numbers and one of times, for a width of `columns`.

    `peaks` are those of what is seen, None while they are read; `head` is the frame that sounds. A region, of which
    the first frame and the one after its last are given, stands out in place of the slice at the cursor.
    """
    if columns < 8:
        return [[]] * (rows + 2)
    styles = _column_styles(edit, paint, columns, head, region)
    if peaks is None:
        drawn: Sequence[str] = [" " * columns] * rows
    else:
        drawn = waveform_cells(peaks, columns=columns, rows=rows, ascii_only=paint.ascii)
    lines: list[Line] = [_styled(line, styles) for line in drawn]
    return [*lines, _numbers(edit, paint, columns), _times(edit, paint, columns)]


def column_of(frame: int, edit: SliceEdit, columns: int) -> int:
    """The column of a frame; outside of 0 to `columns` if it is not seen."""
    first, last = edit.seen
    return (frame - first) * columns // max(1, last - first)


def frame_at(column: int, edit: SliceEdit, columns: int) -> int:
    """The first frame of a column."""
    first, last = edit.seen
    return first + -(-column * (last - first) // max(1, columns))


def _column_styles(
    edit: SliceEdit, paint: Styles, columns: int, head: int | None, region: tuple[int, int] | None
) -> list[Style]:
    """The style of each column: slices in two colours in turn; the region, or the selected one, on its own ground."""
    styles = [paint.role("muted", on="surface")] * columns
    marked = paint.role("text", on="selection", bold=True)
    two = (paint.class_style(0, on="surface"), paint.class_style(3, on="surface"))
    for number, part in enumerate(edit.parts):
        first, last = column_of(part.start, edit, columns), column_of(part.end, edit, columns)
        if last < 0 or first >= columns:
            continue
        style = two[number % 2]
        if number == edit.selected and region is None:
            style = marked
        for column in range(max(0, first), min(columns, max(last, first + 1))):
            styles[column] = style
    if region is not None:
        first, last = (column_of(frame, edit, columns) for frame in region)
        for column in range(max(0, first), min(columns, max(last, first + 1))):
            styles[column] = marked
    cursor = column_of(edit.cursor, edit, columns)
    if 0 <= cursor < columns:
        styles[cursor] = paint.role("accent", on="surface", bold=True) + Style(reverse=True)
    if head is not None and 0 <= (column := column_of(head, edit, columns)) < columns:
        styles[column] = paint.role("warning", on="surface", bold=True) + Style(reverse=True)
    return styles


def _styled(text: str, styles: Sequence[Style]) -> Line:
    spans: list[Span] = []
    at = 0
    for style, run in groupby(styles):
        count = len(list(run))
        spans.append((text[at : at + count], style))
        at += count
    return spans


def _numbers(edit: SliceEdit, paint: Styles, columns: int) -> Line:
    """A mark where each slice begins, with its number where there is room."""
    starts = [column_of(part.start, edit, columns) for part in edit.parts]
    line = tick_line(starts, columns, ascii=paint.ascii)
    return [(line, paint.role("muted", on="surface"))]


def _times(edit: SliceEdit, paint: Styles, columns: int) -> Line:
    """The time at the left and right edge, and at the cursor."""
    first, last = edit.seen
    left, right, here = (f"{frame / edit.rate:.3f} s" for frame in (first, last, edit.cursor))
    cells = list(left.ljust(columns - len(right)) + right)
    at = min(max(0, column_of(edit.cursor, edit, columns) - len(here) // 2), columns - len(here))
    if len(left) < at and at + len(here) < columns - len(right):
        cells[at : at + len(here)] = list(here)
    return [("".join(cells[:columns]), paint.role("text", on="surface"))]

"""A line of numbered ticks below a waveform: where each slice begins."""

from __future__ import annotations

from collections.abc import Sequence


def tick_line(starts: Sequence[int], columns: int, *, ascii: bool = False) -> str:
    """A mark at each of these columns, with its number, counted from 1, where there is room before the next mark.

    The columns rise; those that are not seen, below 0 or from `columns` on, have a number but no mark.
    """
    cells, mark = [" "] * columns, "|" if ascii else "╵"
    following = columns
    for number, column in reversed(list(enumerate(starts, start=1))):
        if 0 <= column < columns:
            label = f"{mark}{number}"
            label = label if len(label) <= following - column or following == columns else mark
            cells[column : column + len(label)] = list(label[: columns - column])
        following = column if column < following else following
    return "".join(cells)

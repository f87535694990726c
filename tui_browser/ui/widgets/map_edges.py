"""The edges of a map whose axes mean something: their titles, and round numbers with their units."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tui_browser.atlas.axes import ADDED, DATE, UNKNOWN, Axis, Scale
from tui_browser.atlas.stretch import Stretch
from tui_browser.atlas.ticks import ticks
from tui_browser.atlas.viewport import Viewport
from tui_browser.ui import words

LEAST = (24, 8)
"""Cells of a map that has room for edges."""
_ACROSS, _DOWN = 11, 5
"""Cells for each tick at least."""
Text = tuple[int, int, str]
"""Column and row of the first cell, and what stands there."""


@dataclass(frozen=True, slots=True)
class AxisEdges:
    """What the axes of a layout mean: to the right, and upwards."""

    axes: tuple[Axis, Axis]
    scales: tuple[Scale, Scale]

    def texts(self, view: Viewport, stretch: Stretch, *, ascii: bool) -> list[Text]:
        """What stands on the edges of this view, none over another; nothing on a map that is too small."""
        if view.columns < LEAST[0] or view.rows < LEAST[1]:
            return []
        right, up = (">", "^") if ascii else ("→", "↑")
        title = f"{title_of(self.axes[0])} {right}"
        bottom = view.rows - 1
        texts: list[Text] = [
            (max(0, view.columns - len(title)), bottom, title),
            (0, 0, f"{up} {title_of(self.axes[1])}"),
        ]
        free = 0
        for column, text in sorted(self._along(view, stretch, 0)):
            start = max(0, column - len(text) // 2)
            if start >= free and start + len(text) < texts[0][0]:
                texts.append((start, bottom, text))
                free = start + len(text) + 2
        texts += [(0, row, text) for row, text in self._along(view, stretch, 1) if 0 < row < bottom]
        return texts

    def _along(self, view: Viewport, stretch: Stretch, axis: int) -> list[tuple[int, str]]:
        """Columns (axis 0) or rows (1) of the ticks that this view shows, and what stands there."""
        ends = stretch.invert(view.to_world([(0, view.dots[1]), (view.dots[0], 0)]))[:, axis]
        most = max(2, view.rows // _DOWN if axis else view.columns // _ACROSS)
        low, high = float(ends[0]), float(ends[1])
        found = [(at, value_text(self.axes[axis], value)) for at, value in
                 ticks(self.scales[axis], low, high, most=most)]  # fmt: skip
        if low <= UNKNOWN <= high:
            found.append((UNKNOWN, "?"))
        cells = []
        for at, text in found:
            place = stretch.apply((at, at))
            cell = view.cell_at((float(place[0]), view.centre[1]) if axis == 0 else (view.centre[0], float(place[1])))
            if cell is not None:
                cells.append((cell[axis], text))
        return cells


def title_of(axis: Axis) -> str:
    """What an axis means, in words."""
    for family, word in (("dim", "latent"), ("pc", "component")):
        number = axis.number(family)
        if number is not None:
            return f"{word} {number + 1}" + (" (log)" if axis.log else "")
    name = {ADDED: "order of coming", DATE: "date of the file"}.get(axis.name, axis.name)
    return name + (" (log)" if axis.log else "")


def value_text(axis: Axis, value: float) -> str:
    """A number on an axis as a person reads it, with its unit."""
    value += 0.0  # no -0
    if axis.name in ("length", "attack"):
        return words.seconds(value)
    if axis.name in ("brightness", "pitch"):
        return words.hertz(value)
    if axis.name == "loudness":
        return f"{value:g} dB"
    if axis.name == "tempo":
        return f"{value:g} bpm"
    if axis.name == DATE:
        return time.strftime("%Y-%m-%d", time.localtime(min(max(value, 0.0), 4e9)))
    return f"{value:,.0f}" if axis.name == ADDED else f"{round(value, 6):g}"

"""Axis titles and ticks on the edges of a map whose axes have a meaning."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tui_browser.layouts.axes import ADDED, DATE, UNKNOWN, Axis, AxisScale
from tui_browser.map.stretch import Stretch
from tui_browser.map.ticks import ticks
from tui_browser.map.viewport import Viewport
from tui_browser.ui import formatting

LEAST = (24, 8)
"""Columns and rows of the smallest map with axis texts."""
_ACROSS, _DOWN = 11, 5
"""At least as many cells for each tick."""
EdgeText = tuple[int, int, str]
"""Column and row of the first cell, and the text."""


@dataclass(frozen=True, slots=True)
class AxisEdges:
    """The axes of a layout: to the right, and upwards."""

    axes: tuple[Axis, Axis]
    scales: tuple[AxisScale, AxisScale]

    def texts(self, view: Viewport, stretch: Stretch, *, ascii: bool) -> list[EdgeText]:
        """Titles and ticks of this view without overlaps; empty on a map that is too small."""
        if view.columns < LEAST[0] or view.rows < LEAST[1]:
            return []
        right, up = (">", "^") if ascii else ("→", "↑")
        title = f"{title_of(self.axes[0])} {right}"
        bottom = view.rows - 1
        texts: list[EdgeText] = [
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
        """Column (axis 0) or row (1) and text of each visible tick."""
        ends = stretch.invert(view.to_world([(0, view.dots[1]), (view.dots[0], 0)]))[:, axis]
        most = max(2, view.rows // _DOWN if axis else view.columns // _ACROSS)
        low, high = float(ends[0]), float(ends[1])
        labels = [(at, value_text(self.axes[axis], value)) for at, value in
                 ticks(self.scales[axis], low, high, most=most)]  # fmt: skip
        if low <= UNKNOWN <= high:
            labels.append((UNKNOWN, "?"))
        cells = []
        for at, text in labels:
            place = stretch.apply((at, at))
            cell = view.cell_at((float(place[0]), view.centre[1]) if axis == 0 else (view.centre[0], float(place[1])))
            if cell is not None:
                cells.append((cell[axis], text))
        return cells


def title_of(axis: Axis) -> str:
    """The title of an axis."""
    for family, word in (("dim", "latent"), ("pc", "component")):
        number = axis.number(family)
        if number is not None:
            return f"{word} {number + 1}" + (" (log)" if axis.log else "")
    name = {ADDED: "order of adding", DATE: "file date"}.get(axis.name, axis.name)
    return name + (" (log)" if axis.log else "")


def value_text(axis: Axis, value: float) -> str:
    """A value on an axis with its unit."""
    value += 0.0  # no -0
    if axis.name in ("length", "attack"):
        return formatting.seconds(value)
    if axis.name in ("brightness", "pitch"):
        return formatting.hertz(value)
    if axis.name == "loudness":
        return f"{value:g} dB"
    if axis.name == "tempo":
        return f"{value:g} bpm"
    if axis.name == DATE:
        return time.strftime("%Y-%m-%d", time.localtime(min(max(value, 0.0), 4e9)))
    return f"{value:,.0f}" if axis.name == ADDED else f"{round(value, 6):g}"

"""Shows the pictures of a scene; only cells that changed are painted."""

from __future__ import annotations

import time

import numpy as np
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui_browser.ui.styles import Styles
from tui_browser.ui.terminal.fast_render import FastRender
from tui_browser.visualiser.canvas import Picture, changed_cells
from tui_browser.visualiser.pace import ByteBudget, paint_cost

FRAME_S, SLOW_FRAME_S = 1 / 30, 1 / 10
_GAP = 8
"""Unchanged cells between two changed ones that are painted with them: that is as short as to move the cursor."""


class SceneView(FastRender):
    """Its owner sets one picture after another."""

    DEFAULT_CSS = """
    SceneView { width: 1fr; height: 1fr; display: none; }
    """

    class Resized(Message):
        """The picture has to be drawn for another size."""

    class Clicked(Message):
        """A person clicked the picture."""

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paint = paint
        self.picture: Picture | None = None
        self.frame_s = FRAME_S
        """Least time between two pictures."""
        self._budget = ByteBudget()

    @property
    def takes_frame(self) -> bool:
        """Whether another picture may be shown now, for what the ones before took to send."""
        return self._budget.allows(time.monotonic())

    def show(self, picture: Picture) -> None:
        """Show this picture of as many cells as the widget has."""
        changed = changed_cells(self.picture, picture)
        self.picture = picture
        self._budget.spend(paint_cost(picture, changed))
        runs = _runs(changed)
        if runs:
            self.refresh(*(Region(start, y, stop - start, 1) for y, start, stop in runs))

    def send_less(self) -> None:
        """Show fewer pictures a second from now on."""
        self.frame_s = SLOW_FRAME_S

    def repainted(self, paint: Styles) -> None:
        """Use another theme."""
        self.paint = paint
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, picture = self.size.width, self.picture
        if picture is None or picture.bits.shape[1] != width or y >= len(picture.bits):
            return Strip.blank(width, self.paint.role("text"))
        text, styles = picture.line(y, ascii=self.paint.ascii), self.paint.scene
        return Strip(
            [Segment(text[start:stop], styles[number]) for number, start, stop in picture.style_runs(y)], width
        )

    def on_click(self) -> None:
        self.post_message(self.Clicked())

    def on_resize(self, event: events.Resize) -> None:
        self.picture = None
        self.post_message(self.Resized())


def _runs(changed: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> list[tuple[int, int, int]]:
    """Runs (y, x0, x1) of changed cells, joined over small gaps."""
    ys, xs = np.nonzero(changed)
    if not len(ys):
        return []
    breaks = np.flatnonzero((np.diff(ys) != 0) | (np.diff(xs) > _GAP + 1))
    firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(ys) - 1)
    return list(zip(ys[firsts].tolist(), xs[firsts].tolist(), (xs[lasts] + 1).tolist(), strict=True))

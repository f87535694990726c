"""The same points on a textual-hires-canvas; L and H pan. `hires_canvas_app.py POINTS.npz`"""

from __future__ import annotations

import sys

import numpy as np
from textual.app import App, ComposeResult
from textual_hires_canvas import Canvas, HiResMode

COLOURS = ["red", "green", "blue", "yellow", "magenta", "cyan", "white", "orange1", "purple", "grey50", "hot_pink"]


class CanvasApp(App[None]):
    BINDINGS = [("L", "pan(0.05)", ""), ("H", "pan(-0.05)", ""), ("q", "quit", "")]  # noqa: RUF012 - as every Textual app has it
    left = 0.0

    def compose(self) -> ComposeResult:
        yield Canvas()

    def __init__(self) -> None:
        super().__init__()
        points = np.load(sys.argv[1])
        self.xy, self.kinds = points["xy"], points["classes"]

    def on_canvas_resize(self, event: Canvas.Resize) -> None:
        event.canvas.reset(size=event.size)
        self.draw()

    def draw(self) -> None:
        canvas = self.query_one(Canvas)
        width, height = canvas.size
        if not width or not height:
            return
        canvas.reset()
        for kind, colour in enumerate(COLOURS):
            here = self.xy[self.kinds == kind]
            x = (here[:, 0] - self.left) * (width - 1)
            y = (1 - here[:, 1]) * (height - 1)
            seen = (x >= 0) & (x < width)
            canvas.set_hires_pixels(
                list(zip(x[seen].tolist(), y[seen].tolist(), strict=True)), HiResMode.BRAILLE, colour
            )

    def action_pan(self, by: float) -> None:
        self.left += by
        self.draw()


if __name__ == "__main__":
    CanvasApp().run()

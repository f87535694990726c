"""The same points in a textual-plot widget; L and H pan. `textual_plot_app.py POINTS.npz`"""

from __future__ import annotations

import sys

import numpy as np
from textual.app import App, ComposeResult
from textual_plot import HiResMode, PlotWidget


class PlotApp(App[None]):
    BINDINGS = [("L", "pan(0.05)", ""), ("H", "pan(-0.05)", ""), ("q", "quit", "")]  # noqa: RUF012 - as every Textual app has it
    left = 0.0

    def compose(self) -> ComposeResult:
        yield PlotWidget()

    def on_mount(self) -> None:
        points = np.load(sys.argv[1])
        self.xy, self.kinds = points["xy"], points["classes"]
        self.draw()

    def draw(self) -> None:
        plot = self.query_one(PlotWidget)
        plot.clear()
        colours = [
            "red",
            "green",
            "blue",
            "yellow",
            "magenta",
            "cyan",
            "white",
            "orange1",
            "purple",
            "grey50",
            "hot_pink",
        ]
        for kind, colour in enumerate(colours):
            here = self.xy[self.kinds == kind]
            plot.scatter(here[:, 0], here[:, 1], hires_mode=HiResMode.BRAILLE, marker_style=colour)
        plot.set_xlimits(self.left, self.left + 1.0)
        plot.set_ylimits(0.0, 1.0)

    def action_pan(self, by: float) -> None:
        self.left += by
        self.query_one(PlotWidget).set_xlimits(self.left, self.left + 1.0)


if __name__ == "__main__":
    PlotApp().run()

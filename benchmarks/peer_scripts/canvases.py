"""Draw the same points with another braille canvas; prints {"ms": median}. `canvases.py NAME POINTS.npz`"""

from __future__ import annotations

import json
import statistics
import sys
import time

import numpy as np

COLUMNS, ROWS = 160, 45


def draw_plotext(xy: np.ndarray) -> None:
    import plotext

    plotext.clear_figure()
    plotext.plotsize(COLUMNS, ROWS)
    plotext.scatter(xy[:, 0].tolist(), xy[:, 1].tolist(), marker="braille")
    plotext.build()


def draw_drawille(xy: np.ndarray) -> None:
    import drawille

    canvas = drawille.Canvas()
    for x, y in zip((xy[:, 0] * (COLUMNS * 2 - 1)).tolist(), ((1 - xy[:, 1]) * (ROWS * 4 - 1)).tolist(), strict=True):
        canvas.set(x, y)
    canvas.frame()


if __name__ == "__main__":
    draw = {"plotext": draw_plotext, "drawille": draw_drawille}[sys.argv[1]]
    points = np.load(sys.argv[2])["xy"]
    draw(points)
    found = []
    for _ in range(5):
        start = time.perf_counter()
        draw(points)
        found.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"ms": statistics.median(found)}))

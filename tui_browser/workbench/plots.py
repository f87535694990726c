"""Pictures of maps: every sample a coloured dot, as PNG or SVG."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

SIDE = 1024
_BACKGROUND = (16, 18, 24)
_MARGIN = 0.03
_SCALE = 2
"""The picture is drawn this much larger and then reduced, for smooth dots."""


def write_plot(path: str, places: FloatArray, colours: FloatArray, *, side: int = SIDE) -> None:
    """Write a square PNG of places (N, 2) in [0, 1], y upwards, with colours (N, 3) in [0, 1]; NaN is left out.

    A third column of `places` is the distance: near dots are large and drawn last.
    """
    from PIL import Image, ImageDraw  # 60 ms; only a worker imports it

    picture = Image.new("RGB", (side * _SCALE, side * _SCALE), _BACKGROUND)
    draw = ImageDraw.Draw(picture)
    for x, y, radius, colour in _dots(places, colours, side * _SCALE):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    picture.resize((side, side), Image.Resampling.LANCZOS).save(path, "PNG")


def dot_radius(count: int, side: float) -> float:
    """Radius of a dot on a picture of this side, smaller the more dots there are."""
    return float(np.clip(side * 0.25 / np.sqrt(max(1, count)), side / 1024, side / 128))


def _dots(
    places: FloatArray, colours: FloatArray, side: int
) -> Iterable[tuple[float, float, float, tuple[int, int, int]]]:
    good = np.flatnonzero(np.isfinite(places).all(axis=1))
    x = (_MARGIN + places[good, 0] * (1 - 2 * _MARGIN)) * side
    y = (1 - _MARGIN - places[good, 1] * (1 - 2 * _MARGIN)) * side
    radius = np.full(len(good), dot_radius(len(good), side))
    order = np.arange(len(good))
    if places.shape[1] > 2:
        near = places[good, 2]
        radius *= 0.5 + near
        order = np.argsort(near, kind="stable")
    shades = to_rgb(colours)[good]
    for at in order.tolist():
        red, green, blue = shades[at].tolist()
        yield float(x[at]), float(y[at]), float(radius[at]), (red, green, blue)


def to_rgb(colours: FloatArray) -> NDArray[np.uint8]:
    """(N, 3) bytes, brightened so that the darkest colour is seen on the dark background."""
    shades: NDArray[np.uint8] = np.rint((0.25 + 0.75 * np.clip(colours, 0, 1)) * 255).astype(np.uint8)
    return shades

"""The part of the map that is on the screen: pan, zoom, fit, and where a place falls.

The world is the unit square, y upwards; the screen counts dots from the top left, 2 x 4 braille dots a cell. The
square is stretched to fill the area, so a dot is as wide in the world as the area is fine, on each axis by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

DOTS_X, DOTS_Y = 2, 4
"""Braille dots in a cell."""
MARGIN = 0.01
"""Ground around the unit square when all of it is shown."""
WHOLE = 1.0 + 2.0 * MARGIN
"""Span of the view that shows the whole map."""
NEAREST = 1e-4
"""The smallest span: 400 dots then stand for a ten-thousandth of the map."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A window of `columns` x `rows` cells on the map; every change comes back as a new one."""

    columns: int
    rows: int
    centre: tuple[float, float] = (0.5, 0.5)
    span: tuple[float, float] = (WHOLE, WHOLE)
    """Width and height shown, in units of the map."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", max(1, self.columns))
        object.__setattr__(self, "rows", max(1, self.rows))

    @property
    def dots(self) -> tuple[int, int]:
        """Width and height in dots."""
        return self.columns * DOTS_X, self.rows * DOTS_Y

    @property
    def scale(self) -> tuple[float, float]:
        """Dots in one unit of the map, across and up."""
        width, height = self.dots
        return width / self.span[0], height / self.span[1]

    @property
    def origin(self) -> tuple[float, float]:
        """What is added after scaling: dot x = x * scale x + origin x, dot y = origin y - y * scale y."""
        scale_x, scale_y = self.scale
        left, top = self.centre[0] - self.span[0] / 2, self.centre[1] + self.span[1] / 2
        return -left * scale_x, top * scale_y

    @property
    def aspect(self) -> float:
        """How much longer a step in x looks than the same step in y; dots are taken for square."""
        scale_x, scale_y = self.scale
        return scale_x / scale_y

    @property
    def whole(self) -> bool:
        """Whether the whole map is shown."""
        return min(self.span) >= WHOLE * (1 - 1e-9)

    @property
    def zoom_level(self) -> float:
        """1 where the whole map is shown, 2 where half of it, and so on."""
        return WHOLE / self.span[0]

    # --- places ------------------------------------------------------------------------------------------------------

    def to_dots(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Places (n, 2) or (2,) in dots from the top left, not rounded; the dot of a place is the floor of it."""
        places = np.asarray(xy, dtype=np.float64)
        (scale_x, scale_y), (origin_x, origin_y) = self.scale, self.origin
        dots = np.empty_like(places)
        dots[..., 0] = places[..., 0] * scale_x + origin_x
        dots[..., 1] = origin_y - places[..., 1] * scale_y
        return dots

    def to_world(self, dots: ArrayLike) -> NDArray[np.float64]:
        """Places of dots (n, 2) or (2,): the inverse of `to_dots`."""
        points = np.asarray(dots, dtype=np.float64)
        (scale_x, scale_y), (origin_x, origin_y) = self.scale, self.origin
        places = np.empty_like(points)
        places[..., 0] = (points[..., 0] - origin_x) / scale_x
        places[..., 1] = (origin_y - points[..., 1]) / scale_y
        return places

    def dot_at(self, point: tuple[float, float]) -> tuple[int, int] | None:
        """The dot (x, y) on which a place falls; None when it is off the screen or has no place."""
        x, y = (float(value) for value in self.to_dots(point))
        width, height = self.dots
        if not (0 <= x < width and 0 <= y < height):  # NaN fails this as well
            return None
        return int(x), int(y)

    def cell_at(self, point: tuple[float, float]) -> tuple[int, int] | None:
        """The cell (column, row) on which a place falls; None when it is off the screen or has no place."""
        dot = self.dot_at(point)
        return None if dot is None else (dot[0] // DOTS_X, dot[1] // DOTS_Y)

    def cell_centre(self, column: int, row: int) -> tuple[float, float]:
        """The place in the middle of a cell, for a click."""
        x, y = self.to_world(((column + 0.5) * DOTS_X, (row + 0.5) * DOTS_Y))
        return float(x), float(y)

    # --- changes -----------------------------------------------------------------------------------------------------

    def pan(self, columns: float, rows: float) -> Viewport:
        """The view moved by cells, right and down; it stops at the edge of the map."""
        scale_x, scale_y = self.scale
        x = self.centre[0] + columns * DOTS_X / scale_x
        y = self.centre[1] - rows * DOTS_Y / scale_y
        return replace(self, centre=(_stop(x, self.centre[0], self.span[0]), _stop(y, self.centre[1], self.span[1])))

    def zoom(self, factor: float, *, about: tuple[float, float] | None = None) -> Viewport:
        """The view magnified by `factor` (below 1 shows more) while the place `about` stays where it is on the screen.

        Without `about` the middle stays. Once the whole map fits, the whole map is shown.
        """
        if not (math.isfinite(factor) and factor > 0):
            return self
        span = min(max(self.span[0] / factor, NEAREST), WHOLE)
        if span >= WHOLE:
            return self.fit()
        (x, y), (at_x, at_y) = self.centre, about or self.centre
        if not (math.isfinite(at_x) and math.isfinite(at_y)):
            at_x, at_y = x, y
        ratio = span / self.span[0]
        return replace(self, centre=(at_x + (x - at_x) * ratio, at_y + (y - at_y) * ratio), span=(span, span))

    def fit(self, xy: ArrayLike | None = None) -> Viewport:
        """The whole map, or the closest view that shows all of `xy` (n, 2); samples without a place are left out."""
        if xy is None:
            return Viewport(self.columns, self.rows)
        places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        places = places[np.isfinite(places).all(axis=1)]
        if not len(places):
            return Viewport(self.columns, self.rows)
        low, high = places.min(axis=0), places.max(axis=0)
        span = max(float((high - low).max()) * (1 + 4 * MARGIN), NEAREST)
        if span >= WHOLE:
            return Viewport(self.columns, self.rows)
        x, y = (low + high) / 2
        return replace(self, centre=(float(x), float(y)), span=(span, span))

    def resize(self, columns: int, rows: int) -> Viewport:
        """The same part of the map on an area of another size."""
        return replace(self, columns=columns, rows=rows)

    def keep_in_view(self, point: tuple[float, float], *, margin: int = 3) -> Viewport:
        """The view moved by the fewest whole cells that bring the place at least `margin` cells inside."""
        if not all(map(math.isfinite, point)):
            return self
        x, y = (float(value) for value in self.to_dots(point))
        columns = _overshoot(x / DOTS_X, self.columns, margin)
        rows = _overshoot(y / DOTS_Y, self.rows, margin)
        return self.pan(columns, rows) if columns or rows else self


def _stop(wanted: float, now: float, span: float) -> float:
    """The centre after a move on one axis: inside the map's edges, or at least no further out than before."""
    low, high = span / 2 - MARGIN, 1 + MARGIN - span / 2
    if low > high:
        low = high = 0.5
    return min(max(wanted, min(low, now)), max(high, now))


def _overshoot(at: float, cells: int, margin: int) -> int:
    """Whole cells to move so that `at` lies between `margin` and `cells - margin`."""
    margin = min(margin, (cells - 1) // 2)
    if at < margin:
        return math.floor(at - margin)
    if at >= cells - margin:
        return math.floor(at - (cells - margin)) + 1
    return 0

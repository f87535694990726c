"""Many small pictures in one: the rectangle, the order of the tiles, and the picture itself."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray


def find_rectangle(count: int, max_ratio: int = 2) -> tuple[int, int]:
    """Columns and rows of the rectangle that leaves the fewest of `count` tiles over.

    Columns are tried from the square root up to `max_ratio` times it; of equally good ones the narrowest is taken.
    """
    square = max(1, math.isqrt(count))
    widths = range(square, max(square + 1, max_ratio * square))
    _, columns, rows = min((count - width * (count // width), width, count // width) for width in widths)
    return columns, rows


def full_rectangle(count: int) -> tuple[int, int]:
    """As `find_rectangle`, with one more row where tiles would be left over: no tile is lost."""
    columns, rows = find_rectangle(count)
    return columns, rows + (columns * rows < count)


def row_major_cells(count: int, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(N,) column and (N,) row, from the top, of tiles that are laid row by row."""
    rows, across = np.divmod(np.arange(count), columns)
    return across, rows


def cells_of_places(places: FloatArray, columns: int, rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(N,) column and (N,) row of places (N, 2) on a grid in [0, 1], whose first row has the least y."""
    across = np.rint(places[:, 0] * max(1, columns - 1)).astype(np.int64)
    down = np.rint(places[:, 1] * max(1, rows - 1)).astype(np.int64)
    return np.clip(across, 0, columns - 1), np.clip(down, 0, rows - 1)


def mosaic(
    tiles: NDArray[np.uint8], across: NDArray[np.int64], down: NDArray[np.int64], *, columns: int, rows: int
) -> NDArray[np.uint8]:
    """(rows * h, columns * w) picture of tiles (N, h, w) in their cells; free cells are black."""
    _, height, width = tiles.shape
    picture = np.zeros((rows, height, columns, width), dtype=np.uint8)
    picture[down, :, across] = tiles
    return picture.reshape(rows * height, columns * width)


def to_bytes(pictures: FloatArray) -> NDArray[np.uint8]:
    """Numbers in [0, 1] as 0 to 255."""
    return np.rint(pictures * 255).astype(np.uint8)

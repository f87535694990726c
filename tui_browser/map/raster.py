"""Rasterisation of samples to braille cells with colour and density.

The samples are sorted once into the squares of a grid, row by row, so that a view reads only visible squares, in memory
order. Dots are computed in the same double precision as `Viewport.to_dots`, so they are exact at every zoom. Blocks of
samples fit the CPU cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.cells import BOLD_BITS, DOT_BITS, NO_COLOUR, Cells
from tui_browser.map.viewport import DOTS_X, DOTS_Y, Viewport
from tui_browser.records import FloatArray

_BLOCK = 32_768
"""Samples counted at a time, so that scratch arrays fit the CPU cache."""
_ALONE = 8192
"""Length of a slice from which it is processed without a copy; shorter ones are concatenated."""
_ACROSS, _UP = 256, 64
"""Maximum columns and rows of the grid; wide rows give long slices."""
_IN_SQUARE = 16
"""Minimum mean number of samples in a square of the grid."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of samples to draw."""

    colour: NDArray[np.uint8]
    rows: NDArray[np.int32]
    inside: bool = True
    """Whether all samples are known to be on the screen."""


class Raster:
    """N samples sorted for drawing; immutable. Sorting a million takes 0.2 s."""

    def __init__(self, xy: FloatArray, colours: NDArray[np.uint8]) -> None:
        """`xy` is (N, 2) in [0, 1], `colours` (N,) any index below 255 (255 stands for samples without a class)."""
        placed = np.flatnonzero(np.isfinite(xy).all(axis=1))
        places = np.clip(xy[placed], 0.0, 1.0)
        side = np.sqrt(len(placed) / _IN_SQUARE)
        self._grid = int(np.clip(side, 1, _ACROSS)), int(np.clip(side, 1, _UP))
        across, up = (
            np.minimum((places[:, axis] * squares).astype(np.int32), squares - 1)
            for axis, squares in enumerate(self._grid)
        )
        square = up * self._grid[0] + across
        order = np.argsort(square, kind="stable")
        self._rows = placed[order].astype(np.int32)
        self._x = places[order, 0].astype(np.float32)
        self._y = places[order, 1].astype(np.float32)
        self._starts = np.zeros(self._grid[0] * self._grid[1] + 1, dtype=np.int64)
        np.cumsum(np.bincount(square, minlength=len(self._starts) - 1), out=self._starts[1:])
        self._set_colours(colours)

    def __len__(self) -> int:
        """Number of samples with a position."""
        return len(self._rows)

    def with_colours(self, colours: NDArray[np.uint8]) -> Raster:
        """The same samples with other colours, without sorting."""
        other = object.__new__(Raster)
        other.__dict__.update(self.__dict__)
        other._set_colours(colours)
        return other

    def _set_colours(self, colours: NDArray[np.uint8]) -> None:
        present = np.flatnonzero(np.bincount(colours, minlength=256)) if len(colours) else np.zeros(1, np.intp)
        code = np.zeros(256, dtype=np.uint8)
        code[present] = np.arange(len(present), dtype=np.uint8)
        self._palette = present.astype(np.uint8)
        self._colour = code[colours][self._rows] if len(colours) else np.empty(0, np.uint8)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def draw(self, viewport: Viewport, *, mask: NDArray[np.bool_] | None = None, bold: bool = False) -> Cells:
        """The cells of a view; with `mask` (N,), other samples are drawn faintly where no matching sample is.

        `bold`: a sample is 2 x 2 braille dots, within its cell.
        """
        width, height = viewport.dots
        ground = np.zeros((height, width), dtype=np.int32)
        dots = ground if mask is None else np.zeros_like(ground)
        votes = np.zeros((viewport.rows, viewport.columns * len(self._palette)), dtype=np.int32)
        for x, y, block in self._fall(viewport, range(viewport.columns), range(viewport.rows), rows=mask is not None):
            colour = block.colour
            if mask is not None:
                _count(ground, x, y)
                matching = np.flatnonzero(mask.take(block.rows))
                if not len(matching):
                    continue
                x, y, colour = x[matching], y[matching], colour[matching]
            _count(dots, x, y)
            if len(self._palette) > 1:
                x >>= 1
                x *= np.int32(len(self._palette))
                x += colour
                y >>= 2
                _count(votes, x, y)
        return self._cells(viewport, dots, ground, votes, bold=bold)

    def _fall(
        self, viewport: Viewport, across: range, down: range, *, rows: bool
    ) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], _Block]]:
        """The dot (x, y) of each sample in these cells (and of some beside them, on the screen), block by block.

        `rows` says whether the block's rows are needed.
        """
        (scale_x, scale_y), (origin_x, origin_y) = viewport.scale, viewport.origin
        width, height = viewport.dots
        for xs, ys, block in self._near(viewport, across, down):
            x = np.multiply(xs, scale_x, dtype=np.float64)
            x += origin_x
            y = np.multiply(ys, scale_y, dtype=np.float64)
            np.subtract(origin_y, y, out=y)
            if not block.inside:
                seen = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
                x, y = x[seen], y[seen]
                block = _Block(block.colour[seen], block.rows[seen] if rows else block.rows)
            if len(x):
                yield x.astype(np.int32), y.astype(np.int32), block

    def _near(self, viewport: Viewport, across: range, down: range) -> Iterator[tuple[FloatArray, FloatArray, _Block]]:
        """x, y and the rest of the samples in the squares that these cells touch, in blocks of at most `_BLOCK`."""
        for inside, slices in enumerate(self._slices(viewport, across, down)):
            held: list[slice] = []
            size = 0
            for start, stop in slices:
                for low in range(start, stop, _BLOCK):
                    part = slice(low, min(low + _BLOCK, stop))
                    length = part.stop - part.start
                    if length >= _ALONE:
                        yield self._block([part], bool(inside))
                        continue
                    if size + length > _BLOCK:
                        yield self._block(held, bool(inside))
                        held, size = [], 0
                    held.append(part)
                    size += length
            if held:
                yield self._block(held, bool(inside))

    def _slices(
        self, viewport: Viewport, across: range, down: range
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Ranges of the sorted samples in squares that the edge of these cells cuts, and in squares within."""
        columns, rows = self._grid
        (x0, y1), (x1, y0) = viewport.to_world(
            [(across.start * DOTS_X, down.start * DOTS_Y), (across.stop * DOTS_X, down.stop * DOTS_Y)]
        ).tolist()
        dot_x, dot_y = 1 / viewport.scale[0], 1 / viewport.scale[1]  # a dot on each side, against rounding
        left, inner_left, inner_right, right = _squares(x0, x1, dot_x, columns)
        low, inner_low, inner_high, high = _squares(y0, y1, dot_y, rows)
        cut: list[tuple[int, int]] = []
        inside: list[tuple[int, int]] = []
        ends = np.array([left, inner_left, inner_right, right])
        for row, bounds in enumerate(self._starts[np.arange(low, high)[:, np.newaxis] * columns + ends].tolist(), low):
            start, inner_start, inner_stop, stop = bounds
            if not inner_low <= row < inner_high:
                inner_start = inner_stop = stop
            cut += [part for part in ((start, inner_start), (inner_stop, stop)) if part[0] < part[1]]
            if inside and inside[-1][1] == inner_start:
                inside[-1] = (inside[-1][0], inner_stop)
            elif inner_start < inner_stop:
                inside.append((inner_start, inner_stop))
        return cut, inside

    def _block(self, slices: list[slice], inside: bool) -> tuple[FloatArray, FloatArray, _Block]:
        if len(slices) == 1:
            only = slices[0]
            return self._x[only], self._y[only], _Block(self._colour[only], self._rows[only], inside)
        return (
            np.concatenate([self._x[part] for part in slices]),
            np.concatenate([self._y[part] for part in slices]),
            _Block(
                np.concatenate([self._colour[part] for part in slices]),
                np.concatenate([self._rows[part] for part in slices]),
                inside,
            ),
        )

    def _cells(
        self,
        viewport: Viewport,
        dots: NDArray[np.int32],
        ground: NDArray[np.int32],
        votes: NDArray[np.int32],
        *,
        bold: bool,
    ) -> Cells:
        """Cells of counted dots (H, W), of all samples' dots (H, W), and of votes (R, C * hues)."""
        bits, count = _lit(dots)
        level = self._level(viewport, count, bits)
        if bold:
            bits = BOLD_BITS[bits]
        dim = np.zeros(count.shape, dtype=np.bool_)
        if ground is not dots:
            below, _ = _lit(ground)
            dim = (count == 0) & (below > 0)
            bits = np.where(dim, below, bits)
        colour, most = np.full(count.shape, NO_COLOUR, dtype=np.uint8), np.zeros(count.shape, dtype=np.int32)
        hues = len(self._palette)
        for hue, index in enumerate(self._palette):
            seen = votes[:, hue::hues] if hues > 1 else count
            colour[seen > most] = index
            np.maximum(most, seen, out=most)
        for part in (bits, colour, count, level, dim):
            part.setflags(write=False)
        return Cells(bits, colour, count, level, dim)

    def _level(self, viewport: Viewport, count: NDArray[np.int32], bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Brightness by samples a lit dot, beside an even spread of all samples at this zoom: panning keeps it.

        Where samples are few for the dots there are, a lone one is bright already.
        """
        width, height = viewport.dots
        spread = len(self) * viewport.span[0] * viewport.span[1] / (width * height)
        crowd = count / np.maximum(np.bitwise_count(bits), 1) / max(1.0, spread)
        lift = int(np.searchsorted(np.array([-0.1, -0.02]), -spread, side="right"))
        return np.minimum(np.searchsorted(np.array([1.0, 2.0, 4.0]), crowd, side="left") + lift, 3).astype(np.uint8)

    # --- asking ------------------------------------------------------------------------------------------------------

    def rows_in(
        self, viewport: Viewport, columns: range, rows: range, *, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Rows, ascending, of the samples in a rectangle of cells of a view."""
        columns = range(max(columns.start, 0), min(columns.stop, viewport.columns))
        rows = range(max(rows.start, 0), min(rows.stop, viewport.rows))
        blocks_of_rows: list[NDArray[np.int32]] = []
        for x, y, block in self._fall(viewport, columns, rows, rows=True) if columns and rows else ():
            x, y = x // DOTS_X, y // DOTS_Y
            inside = (x >= columns.start) & (x < columns.stop) & (y >= rows.start) & (y < rows.stop)
            blocks_of_rows.append(block.rows[inside])
        result = (
            np.sort(np.concatenate(blocks_of_rows)).astype(np.int64) if blocks_of_rows else np.empty(0, dtype=np.int64)
        )
        return result if mask is None else result[mask[result]]


def _squares(low: float, high: float, dot: float, squares: int) -> tuple[int, int, int, int]:
    """On one axis of the grid: first square that an interval of the map touches, first and last + 1 of those that
    lie within it by a dot or more, and last + 1 of those that it touches."""
    first = int(np.clip(np.floor((low - dot) * squares), 0, squares - 1))
    last = int(np.clip(np.floor((high + dot) * squares), 0, squares - 1)) + 1
    inner = int(np.clip(np.ceil((low + dot) * squares), first, last))
    return first, inner, int(np.clip(np.floor((high - dot) * squares), inner, last)), last


def _count(into: NDArray[np.int32], x: NDArray[np.int32], y: NDArray[np.int32]) -> None:
    """Add 1 to `into` (H, W) at each (y, x), in place."""
    key = y * np.int32(into.shape[1])
    key += x
    np.add.at(into.reshape(-1), key, np.int32(1))


def _lit(dots: NDArray[np.int32]) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Braille bits and numbers of samples (R, C), given samples per dot (4 R, 2 C)."""
    count = np.zeros((dots.shape[0] // DOTS_Y, dots.shape[1] // DOTS_X), dtype=np.int32)
    bits: NDArray[np.uint8] = np.zeros(count.shape, dtype=np.uint8)
    for index, bit in enumerate(DOT_BITS):
        place = dots[index // DOTS_X :: DOTS_Y, index % DOTS_X :: DOTS_X]
        count += place
        bits |= (place > 0) * bit
    return bits, count

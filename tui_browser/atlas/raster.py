"""Samples to braille: which dots are lit, in which colour, how densely.

One idea: the samples are sorted once into the squares of a grid, row by row, so that a view touches only what it
shows, in memory order. Each visible sample then falls on the dot that `Viewport.to_dots` says, in the same double
precision: no dot stands beside its place, whatever the zoom. A million samples are counted in blocks that stay in
the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.cells import DOT_BITS, NO_COLOUR, Cells
from tui_browser.atlas.viewport import DOTS_X, DOTS_Y, Viewport
from tui_browser.records import FloatArray

_BLOCK = 65_536
"""Samples counted at a time: their scratch arrays fit the cache."""
_IN_SQUARE = 16
"""Samples in a square of the grid on average."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Samples in memory order: slices of the sorted columns."""

    x: FloatArray
    y: FloatArray
    colour: NDArray[np.uint8]
    rows: NDArray[np.int32]


class Raster:
    """N samples ready to be drawn; immutable, a million take 0.2 s to sort."""

    def __init__(self, xy: FloatArray, colours: NDArray[np.uint8]) -> None:
        """`xy` is (N, 2) in [0, 1], `colours` (N,) any index below 255 (255 stands for samples without a class)."""
        placed = np.flatnonzero(np.isfinite(xy).all(axis=1))
        places = np.clip(xy[placed], 0.0, 1.0)
        self._side = int(np.clip(np.sqrt(len(placed) / _IN_SQUARE), 1, 256))
        squares = np.minimum((places * self._side).astype(np.int32), self._side - 1)
        square = squares[:, 1] * self._side + squares[:, 0]
        order = np.argsort(square, kind="stable")
        self._rows = placed[order].astype(np.int32)
        self._x = np.ascontiguousarray(xy[self._rows, 0], dtype=np.float32)
        self._y = np.ascontiguousarray(xy[self._rows, 1], dtype=np.float32)
        self._starts = np.zeros(self._side * self._side + 1, dtype=np.int64)
        np.cumsum(np.bincount(square, minlength=self._side * self._side), out=self._starts[1:])
        self._samples = len(xy)
        self._set_colours(colours)

    def __len__(self) -> int:
        """Samples that have a place."""
        return len(self._rows)

    def with_colours(self, colours: NDArray[np.uint8]) -> Raster:
        """The same samples in other colours, without sorting again."""
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

    def draw(self, viewport: Viewport, *, mask: NDArray[np.bool_] | None = None) -> Cells:
        """The picture of this view; with `mask` (N,), samples outside of it are ground where no other is."""
        width, height = viewport.dots
        layers = 1 if mask is None else 2  # matching samples, and the ground under them
        hues = len(self._palette)
        dots = np.zeros((height, layers * width), dtype=np.int32)
        votes = np.zeros((hues, viewport.rows, viewport.columns), dtype=np.int32)
        for x, y, block in self._fall(viewport, rows=mask is not None):
            first = int(y.min()) // DOTS_Y  # a block lies in a band of the screen: count only there
            y -= first * DOTS_Y
            colour = block.colour
            if mask is None:
                _count(dots[first * DOTS_Y :], x, y)
            else:
                matches = mask[block.rows]
                _count(dots[first * DOTS_Y :], x + width * ~matches, y)
                x, y, colour = x[matches], y[matches], colour[matches]
            if hues > 1 and len(x):
                x >>= 1
                y >>= 2
                y *= viewport.columns
                y += x
                y *= hues
                y += colour
                found = np.bincount(y)
                band = -(-len(found) // (viewport.columns * hues))
                found.resize(band * viewport.columns * hues)
                votes[:, first : first + band] += found.reshape(band, viewport.columns, hues).transpose(2, 0, 1)
        return self._cells(viewport, dots, votes)

    def _fall(self, viewport: Viewport, *, rows: bool) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], _Block]]:
        """The dot (x, y) of each visible sample, block by block; `rows` says whether the block's rows are needed."""
        (scale_x, scale_y), (origin_x, origin_y) = viewport.scale, viewport.origin
        width, height = viewport.dots
        for block in self._visible(viewport):
            x = np.multiply(block.x, scale_x, dtype=np.float64)
            x += origin_x
            y = np.multiply(block.y, scale_y, dtype=np.float64)
            np.subtract(origin_y, y, out=y)
            if x.min() < 0 or x.max() >= width or y.min() < 0 or y.max() >= height:
                seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
                x, y = x[seen], y[seen]
                block = _Block(block.x, block.y, block.colour[seen], block.rows[seen] if rows else block.rows)
            if len(x):
                yield x.astype(np.int64), y.astype(np.int64), block

    def _visible(self, viewport: Viewport) -> Iterator[_Block]:
        """Samples in the squares that the view touches, in blocks of about `_BLOCK`."""
        slices: list[slice] = []
        held = 0
        for start, stop in self._slices(viewport):
            for low in range(start, stop, _BLOCK):
                high = min(low + _BLOCK, stop)
                slices.append(slice(low, high))
                held += high - low
                if held >= _BLOCK:
                    yield self._block(slices)
                    slices, held = [], 0
        if held:
            yield self._block(slices)

    def _slices(self, viewport: Viewport) -> list[tuple[int, int]]:
        """Ranges of the sorted samples that the view may show: one a row of squares, one in all at full width."""
        if not len(self._rows):
            return []
        side = self._side
        (x, y), (width, height) = viewport.centre, viewport.span
        dot_x, dot_y = 1 / viewport.scale[0], 1 / viewport.scale[1]  # a dot more on each side, against rounding
        left, right = _squares(x - width / 2 - dot_x, x + width / 2 + dot_x, side)
        low, high = _squares(y - height / 2 - dot_y, y + height / 2 + dot_y, side)
        if left == 0 and right == side - 1:
            return [(int(self._starts[low * side]), int(self._starts[(high + 1) * side]))]
        firsts = np.arange(low, high + 1) * side
        starts, stops = self._starts[firsts + left].tolist(), self._starts[firsts + right + 1].tolist()
        return [(start, stop) for start, stop in zip(starts, stops, strict=True) if start < stop]

    def _block(self, slices: list[slice]) -> _Block:
        if len(slices) == 1:
            only = slices[0]
            return _Block(self._x[only], self._y[only], self._colour[only], self._rows[only])
        return _Block(
            np.concatenate([self._x[part] for part in slices]),
            np.concatenate([self._y[part] for part in slices]),
            np.concatenate([self._colour[part] for part in slices]),
            np.concatenate([self._rows[part] for part in slices]),
        )

    def _cells(self, viewport: Viewport, dots: NDArray[np.int32], votes: NDArray[np.int32]) -> Cells:
        columns = viewport.columns
        places = [dots[y::DOTS_Y, x::DOTS_X] for y in range(DOTS_Y) for x in range(DOTS_X)]
        counts = places[0].copy()
        lit: NDArray[np.uint8] = np.zeros(counts.shape, dtype=np.uint8)
        for bit, place in zip(DOT_BITS.tolist(), places, strict=True):
            counts += place
            lit |= (place > 0).view(np.uint8) * bit
        counts -= places[0]
        bits, count = lit[:, :columns], np.ascontiguousarray(counts[:, :columns])
        ground = lit[:, columns:] if lit.shape[1] > columns else np.zeros_like(bits)
        dim = (count == 0) & (ground > 0)
        bits = np.where(dim, ground, bits)
        colour, most = np.full(count.shape, NO_COLOUR, dtype=np.uint8), np.zeros(count.shape, dtype=np.int32)
        for hue, index in enumerate(self._palette):
            seen = votes[hue] if len(self._palette) > 1 else count
            colour[seen > most] = index
            np.maximum(most, seen, out=most)
        level = self._level(viewport, count, bits)
        for part in (bits, colour, count, level, dim):
            part.setflags(write=False)
        return Cells(bits, colour, count, level, dim)

    def _level(self, viewport: Viewport, count: NDArray[np.int32], bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Brightness by samples a lit dot, beside an even spread of all samples at this zoom: panning keeps it."""
        width, height = viewport.dots
        even = max(1.0, len(self) * viewport.span[0] * viewport.span[1] / (width * height))
        crowd = count / np.maximum(np.bitwise_count(bits), 1) / even
        return np.searchsorted(np.array([1.0, 2.0, 4.0]), crowd, side="left").astype(np.uint8)

    # --- asking ------------------------------------------------------------------------------------------------------

    def rows_in(
        self, viewport: Viewport, columns: range, rows: range, *, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Rows (ascending) of the samples that this view shows in a rectangle of cells."""
        found: list[NDArray[np.int32]] = []
        for x, y, block in self._fall(viewport, rows=True):
            column, row = x // DOTS_X, y // DOTS_Y
            inside = (column >= columns.start) & (column < columns.stop) & (row >= rows.start) & (row < rows.stop)
            found.append(block.rows[inside])
        result = np.sort(np.concatenate(found)).astype(np.int64) if found else np.empty(0, dtype=np.int64)
        return result if mask is None else result[mask[result]]

    def rows_in_cell(
        self, viewport: Viewport, column: int, row: int, *, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Rows (ascending) of the samples that this view shows in one cell."""
        return self.rows_in(viewport, range(column, column + 1), range(row, row + 1), mask=mask)


def _squares(low: float, high: float, side: int) -> tuple[int, int]:
    """First and last square of the grid that an interval of the map touches."""
    return int(np.clip(low * side, 0, side - 1)), int(np.clip(high * side, 0, side - 1))


def _count(into: NDArray[np.int32], x: NDArray[np.int64], y: NDArray[np.int64]) -> None:
    """Add one at (y, x) for each pair; `into` is the rest of a picture from the band of these samples on."""
    found = np.bincount(y * into.shape[1] + x)
    into.reshape(-1)[: len(found)] += found

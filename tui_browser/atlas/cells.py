"""What the map looks like, cell by cell: braille bits, colour index, density; and what changed between two pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_COLOUR = 255
"""`Cells.colour` where no matching sample is."""
BRAILLE = 0x2800
DOT_BITS = np.array([0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80], dtype=np.uint8)
"""The bit of each dot of a cell, from left to right, row by row from the top."""
_UPPER, _MIDDLE, _LOWER = 0x1B, 0x36, 0xE4
"""Two rows of dots: the upper two of a cell, the middle two, the lower two."""
BOLD_BITS = np.array(
    [
        (_UPPER if bits & 0x09 else 0) | (_MIDDLE if bits & 0x12 else 0) | (_LOWER if bits & 0xE4 else 0)
        for bits in range(256)
    ],
    dtype=np.uint8,
)
"""(256,) the bits of a cell whose samples are 2 x 2 dots each, by those of single dots."""
ASCII = " .:*#"


@dataclass(frozen=True, slots=True)
class Cells:
    """A drawn map of R x C cells; all arrays are read-only."""

    bits: NDArray[np.uint8]
    """(R, C) the braille dots; the character is chr(0x2800 | bits)."""
    colour: NDArray[np.uint8]
    """(R, C) colour index of most matching samples (ties: the lowest), NO_COLOUR where none matches."""
    count: NDArray[np.int32]
    """(R, C) matching samples in the cell."""
    level: NDArray[np.uint8]
    """(R, C) brightness 0 to 3: how crowded the cell's dots are for this zoom."""
    dim: NDArray[np.bool_]
    """(R, C) True where only filtered-out samples are: their dots are faint ground."""

    def text(self, y: int, start: int = 0, stop: int | None = None) -> str:
        """Row `y` as braille characters; an empty cell is a space."""
        row = self.bits[y, start:stop]
        codes = np.where(row == 0, np.uint16(0x20), row | np.uint16(BRAILLE))
        return codes.astype("<u2").tobytes().decode("utf-16-le")

    def ascii(self, y: int, start: int = 0, stop: int | None = None) -> str:
        """Row `y` for terminals without braille: the more dots and the denser, the heavier the character."""
        row = self.bits[y, start:stop]
        dots = np.bitwise_count(row).astype(np.int64)
        crowd = np.searchsorted(np.array([1.0, 2.0, 4.0]), self.count[y, start:stop] / np.maximum(dots, 1), side="left")
        weight = (dots + 2 * crowd + 1) // 2
        weight = np.where(row == 0, 0, np.clip(weight, 1, len(ASCII) - 1))
        return "".join(ASCII[index] for index in weight)


def changed_runs(old: Cells | None, new: Cells, *, gap: int = 2) -> list[tuple[int, int, int]]:
    """Runs (y, x0, x1) of cells that look different in `new`; runs closer than `gap` cells are joined.

    All rows in full when there is no old picture, or one of another size.
    """
    rows, columns = new.bits.shape
    if old is None or old.bits.shape != new.bits.shape:
        return [(y, 0, columns) for y in range(rows)]
    differs = (old.bits != new.bits) | (old.colour != new.colour) | (old.level != new.level) | (old.dim != new.dim)
    ys, xs = np.nonzero(differs)
    if not len(ys):
        return []
    breaks = np.flatnonzero((np.diff(ys) != 0) | (np.diff(xs) > gap + 1))
    firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(ys) - 1)
    return list(zip(ys[firsts].tolist(), xs[firsts].tolist(), (xs[lasts] + 1).tolist(), strict=True))

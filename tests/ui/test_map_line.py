"""A line of the map: each cell in its style, blanks in the style before them where that is not seen."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.map.cells import NO_COLOUR, Cells
from tui_browser.ui.styles import LEVELS
from tui_browser.ui.widgets.map_line import CURSOR, GROUND, NAME, SELECTED, CellStyles, Run

WIDE = 12


def drawn(seed: int) -> Cells:
    """Two lines of lit, dim and empty cells."""
    rng = np.random.default_rng(seed)
    count = rng.integers(0, 3, (2, WIDE)).astype(np.int32)
    dim = (count == 0) & (rng.random((2, WIDE)) < 0.3)
    bits = np.where((count > 0) | dim, rng.integers(1, 256, (2, WIDE)), 0).astype(np.uint8)
    colour = np.where(count > 0, rng.integers(0, 3, (2, WIDE)), NO_COLOUR).astype(np.uint8)
    return Cells(bits, colour, count, np.where(count > 0, rng.integers(0, LEVELS, (2, WIDE)), 0).astype(np.uint8), dim)


def spread(runs: list[Run]) -> list[int]:
    """The style of each cell; runs must cover the line one behind the other, and differ."""
    assert [run[0] for run in runs] == [0, *(run[1] for run in runs[:-1])] and runs[-1][1] == WIDE
    assert all(one[2] != other[2] for one, other in itertools.pairwise(runs))
    return [kind for start, stop, kind in runs for _ in range(start, stop)]


@given(st.integers(0, 10_000))
def test_a_cell_has_its_own_style_and_a_blank_that_of_the_cell_before(seed: int) -> None:
    cells = drawn(seed)
    ink = CellStyles.of(cells, letters=False)
    for y in range(2):
        styles = spread(ink.line(y))
        assert styles == spread(ink.line_with(y, marks=()))
        for x in range(WIDE):
            if cells.dim[y, x]:
                assert styles[x] == GROUND
            elif cells.count[y, x]:
                assert styles[x] == int(cells.colour[y, x]) * LEVELS + int(cells.level[y, x])
            elif x:
                assert styles[x] == styles[x - 1]


@given(st.integers(0, 10_000), st.integers(0, WIDE - 1))
def test_what_is_written_and_chosen_keeps_to_its_cells(seed: int, at: int) -> None:
    cells = drawn(seed)
    ink = CellStyles.of(cells, letters=False)
    before = ink.style.copy()
    chosen = np.zeros(WIDE, dtype=np.bool_)
    chosen[0] = True
    styles = spread(ink.line_with(0, marks=[(at, "◆", CURSOR)], selected=chosen))
    assert styles[at] == CURSOR
    for x in range(WIDE):
        blank = cells.bits[0, x] == 0
        if x == 0 and at and cells.count[0, 0]:
            assert styles[0] >= SELECTED
        if x and x != at and blank and x - 1 == at:
            assert styles[x] == NAME  # the cursor's ground is not dragged along
        if x and blank and x != at:
            assert styles[x] < SELECTED
    assert (ink.style == before).all()
    assert spread(ink.line(1)) == spread(ink.line_with(1, marks=()))


def test_letters_are_as_bright_as_can_be() -> None:
    cells = drawn(3)
    ink = CellStyles.of(cells, letters=True)
    lit = cells.count > 0
    assert (ink.style[lit] == cells.colour[lit].astype(int) * LEVELS + LEVELS - 1).all()

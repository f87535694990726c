"""The sizes of stacks of copies on the map, written all at once as one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui_browser.map.viewport import Viewport
from tui_browser.ui.widgets.map_line import NAME
from tui_browser.ui.widgets.map_text import NO_STACKS, StackMarks, stack_sizes

COLUMNS, ROWS = 12, 4
PLACES = st.one_of(st.tuples(st.floats(-0.3, 1.3), st.floats(-0.3, 1.3)), st.just((float("nan"), float("nan"))))


def one_by_one(stacks: StackMarks, view: Viewport, bits: NDArray[np.uint8]) -> dict[tuple[int, int], tuple[str, int]]:
    """Each number right of its cell, else left of it, where all cells are dark and free."""
    cells: dict[tuple[int, int], tuple[str, int]] = {}
    for (x, y), size in zip(stacks.places.tolist(), stacks.sizes.tolist(), strict=True):
        at, text = view.cell_at((x, y)), str(size)
        if at is None:
            continue
        for first in (at[0] + 1, at[0] - len(text)):
            spots = [(column, at[1]) for column in range(first, first + len(text))]
            if all(
                0 <= column < COLUMNS and not bits[row, column] and (column, row) not in cells for column, row in spots
            ):
                cells |= {spot: (char, NAME) for spot, char in zip(spots, text, strict=True)}
                break
    return cells


@given(
    st.lists(st.tuples(PLACES, st.integers(2, 1200)), max_size=25),
    st.lists(st.booleans(), min_size=COLUMNS * ROWS, max_size=COLUMNS * ROWS),
    st.sampled_from((1.0, 1.7, 5.0)),
)
def test_numbers_stand_in_dark_free_cells_beside_their_stacks(
    marked: list[tuple[tuple[float, float], int]], lit: list[bool], zoom: float
) -> None:
    view = Viewport(COLUMNS, ROWS).zoom(zoom)
    bits = np.array(lit, dtype=np.uint8).reshape(ROWS, COLUMNS)
    places = np.array([place for place, _ in marked], dtype=np.float32).reshape(-1, 2)
    stacks = StackMarks(places, np.array([size for _, size in marked], dtype=np.int64))
    assert stack_sizes(stacks, view, bits) == one_by_one(stacks, view, bits)


def test_marks_are_the_same_by_their_content() -> None:
    places = np.array([[0.5, 0.5], [np.nan, np.nan]], dtype=np.float32)
    sizes = np.array([2, 3], dtype=np.int64)
    assert StackMarks(places, sizes).is_like(StackMarks(places.copy(), sizes.copy()))
    assert not StackMarks(places, sizes).is_like(StackMarks(places, sizes + 1))
    assert NO_STACKS.is_like(NO_STACKS) and not NO_STACKS.is_like(StackMarks(places, sizes))

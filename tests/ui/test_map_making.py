"""Lines and marks of making: where they run, what they leave visible, on any view."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.map.viewport import Viewport
from tui_browser.ui.widgets.map_line import ASKED, CURSOR, LANDED, LINE, MISS
from tui_browser.ui.widgets.map_making import MakingMarks, line_dots, making_cells

VIEW = Viewport(60, 20)
place = st.tuples(st.floats(0, 1), st.floats(0, 1))


@given(place, place, st.floats(1, 2000), place)
def test_a_line_is_whole_and_on_the_screen_at_any_zoom(
    start: tuple[float, float], stop: tuple[float, float], zoom: float, about: tuple[float, float]
) -> None:
    view = VIEW.zoom(zoom, about=about)
    dots = line_dots(start, stop, view)
    assert ((dots >= 0) & (dots < np.array(view.dots))).all()
    assert len(dots) <= sum(view.dots) + 10
    if len(dots) > 1:
        assert np.abs(np.diff(dots, axis=0)).max() <= 1, "no gap"
    for end in (start, stop):
        dot = view.dot_at(end)
        if dot is not None:
            assert len(dots) and np.abs(dots - np.array(dot)).max(axis=1).min() <= 1, "it reaches its end"


def test_the_dots_of_samples_stay_visible_below_a_line() -> None:
    marks = MakingMarks(centre=(0.1, 0.5), parents=((0.9, 0.5),))
    bits = np.zeros((20, 60), dtype=np.uint8)
    bits[:] = 0x40
    lines, over = making_cells(marks, VIEW, bits, ascii=False)
    assert not over and len(lines) > 40
    for char, style in lines.values():
        assert style == LINE and ord(char) & 0x40 and ord(char) & 0xFF != 0x40


def test_where_it_was_asked_for_and_where_it_lands_are_marked_and_joined() -> None:
    marks = MakingMarks(cursor=(0.2, 0.2), asked=(0.3, 0.5), lands=(0.8, 0.5), centre=(0.3, 0.5), parents=((0.3, 0.9),))
    lines, over = making_cells(marks, VIEW, None, ascii=False)
    styles = {style for _, style in (*lines.values(), *over.values())}
    assert styles == {LINE, MISS, ASKED, LANDED, CURSOR}
    for mark, char in ((marks.cursor, "+"), (marks.lands, "●")):
        cell = VIEW.cell_at(mark) if mark is not None else None
        assert cell is not None and over[cell][0] == char
    plain = making_cells(marks, VIEW, None, ascii=True)
    assert all(char.isascii() and len(char) == 1 for cells in plain for char, _ in cells.values())
    assert "|" in {char for char, _ in plain[0].values()}


def test_what_is_off_the_screen_is_left_out() -> None:
    view = VIEW.zoom(50, about=(0.9, 0.9))
    nowhere = MakingMarks(cursor=(0.1, 0.1), centre=(0.1, 0.1), parents=((0.1, 0.2), (float("nan"), 0.5)))
    assert making_cells(nowhere, view, None, ascii=False) == ({}, {})

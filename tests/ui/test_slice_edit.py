"""Slices while they are adjusted: whatever is done, they stay in order, apart and inside the recording."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tui_browser.ui.state.slice_edit import EditedSlice, SliceEdit

EDIT = SliceEdit(1_000, 10_000, (EditedSlice(1_000, 2_000), EditedSlice(2_000, 3_000), EditedSlice(5_000, 6_000)))

MOVES: dict[str, Callable[[SliceEdit, int], SliceEdit | None]] = {
    "at": lambda edit, by: edit.at(by),
    "next": lambda edit, by: edit.beside(1),
    "before": lambda edit, by: edit.beside(-1),
    "in": lambda edit, by: edit.zoomed(2.0),
    "out": lambda edit, by: edit.zoomed(0.5),
    "add": lambda edit, by: edit.added(),
    "delete": lambda edit, by: edit.deleted(),
    "start": lambda edit, by: edit.start_moved(by - 5_000),
    "end": lambda edit, by: edit.end_moved(by - 5_000),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(-500, 11_000)), max_size=30))
def test_slices_stay_in_order_and_the_cursor_is_seen(steps: list[tuple[str, int]]) -> None:
    edit = EDIT
    for name, by in steps:
        edit = MOVES[name](edit, by) or edit
        assert edit.is_valid()
        assert 0 <= edit.cursor < edit.frames
        first, last = edit.seen
        assert 0 <= first < last <= edit.frames
        if name in ("at", "next", "before"):
            assert first <= edit.cursor < last


def test_a_slice_is_split_added_and_deleted() -> None:
    split = EDIT.at(1_400).added()
    assert split is not None
    assert [(part.start, part.end) for part in split.parts[:3]] == [(1_000, 1_400), (1_400, 2_000), (2_000, 3_000)]
    assert split.selected == 1
    gone = split.deleted()
    assert gone is not None and gone.selected is None
    added = EDIT.at(4_900).added()
    assert added is not None
    assert [(part.start, part.end) for part in added.parts[2:]] == [(4_900, 5_000), (5_000, 6_000)]
    assert EDIT.at(1_001).added() is None  # too short to be a slice
    assert EDIT.at(9_999).added() is None


def test_edges_stop_at_their_neighbours() -> None:
    second = EDIT.at(2_500)
    assert second.start_moved(-100) is None
    longer = second.end_moved(9_999)
    assert longer is not None and longer.parts[1] == EditedSlice(2_000, 5_000)
    short = second.start_moved(9_999)
    assert short is not None and short.parts[1] == EditedSlice(2_995, 3_000)
    assert short.cursor == 2_995
    assert EDIT.at(0).start_moved(5) is None


def test_the_view_follows_the_cursor() -> None:
    close = EDIT.at(2_000).zoomed(10.0)
    assert close.seen[1] - close.seen[0] == 1_000
    assert close.seen[0] <= 2_000 < close.seen[1]
    far = close.at(9_000)
    assert far.seen[0] <= 9_000 < far.seen[1]
    assert far.with_all_seen().seen == (0, 10_000)
    assert close.zoomed(0.01).view == (0, 0)

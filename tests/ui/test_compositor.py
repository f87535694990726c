"""A piece of a painted line, cut without making a strip of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_browser.ui.terminal.compositor import cropped


@given(
    st.lists(st.tuples(st.sampled_from(["a", "⠁⠂", "日本", "e\\u0301", "abc def", ""]), st.booleans()), max_size=8),
    st.integers(0, 12),
    st.integers(0, 14),
)
def test_a_piece_of_a_line_is_what_textual_would_cut(parts: list[tuple[str, bool]], first: int, length: int) -> None:
    strip = Strip([Segment(text, Style(bold=bold)) for text, bold in parts])
    mine = list(cropped(strip, first, first + length))
    wanted = list(strip.crop(first, first + length))
    assert Segment.get_line_length(mine) == Segment.get_line_length(wanted)
    assert "".join(each.text for each in mine) == "".join(each.text for each in wanted)
    styled = [(char, each.style) for each in mine for char in each.text]
    assert styled == [(char, each.style) for each in wanted for char in each.text]

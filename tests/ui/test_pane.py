"""Lines that repaint only what has changed, and escape sequences that say only what differs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from tui_browser.ui.terminal.compositor import Pen
from tui_browser.ui.widgets.pane import fitted, runs

PLAIN, RED, BOLD = Style(), Style(color="#ff0000", bgcolor="#000000"), Style(bold=True)


@given(st.text(max_size=30), st.integers(1, 30))
def test_a_line_fits_exactly(text: str, width: int) -> None:
    assert sum(segment.cell_length for segment in fitted([(text, PLAIN)], width, PLAIN)) == width


def test_only_the_different_cells_are_painted() -> None:
    old = fitted([("kick_01.wav", PLAIN), ("  0.42 s", RED)], 30, PLAIN)
    assert runs(old, fitted([("kick_01.wav", PLAIN), ("  0.42 s", RED)], 30, PLAIN)) == []
    assert runs(old, fitted([("kick_07.wav", PLAIN), ("  0.42 s", RED)], 30, PLAIN)) == [(6, 7)]
    assert runs(old, fitted([("kick_01.wav", BOLD), ("  0.42 s", RED)], 30, PLAIN)) == [(0, 11)]
    far = fitted([("Kick_01.wav", PLAIN), ("  0.42 m", RED)], 30, PLAIN)
    assert runs(old, far) == [(0, 1), (18, 19)], "what lies between is left alone"


def test_a_wide_character_is_never_cut_in_two() -> None:
    old, new = fitted([("a鼓b", PLAIN)], 6, PLAIN), fitted([("a太b", PLAIN)], 6, PLAIN)
    assert runs(old, new) == [(1, 3)]


def test_styles_are_told_once_and_only_as_far_as_they_differ() -> None:
    blue = Style(color="#0000ff", bgcolor="#000000")
    pen = Pen(ColorSystem.TRUECOLOR)
    text = pen.write([Segment("ab", RED), Segment("cd", RED), Segment("e", blue)])
    assert text == "\x1b[38;2;255;0;0;48;2;0;0;0mabcd\x1b[38;2;0;0;255me"
    text = pen.write([Segment("x", BOLD)])
    assert text == "\x1b[0;1mx"
    assert pen.write([Segment("y", Style())]) == "\x1b[0my"


def test_a_terminal_without_colours_gets_none() -> None:
    assert Pen(None).write([Segment("x", RED + BOLD)]) == "\x1b[1mx"

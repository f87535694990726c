"""What the details say of a sample."""

from __future__ import annotations

from tui_browser.config.themes import load_theme
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.details import Facts, fact_lines


def test_a_sample_that_ends_early_says_so() -> None:
    paint = Paint(load_theme("dark"))
    note = "ends early: 0.50 of 1.00 s"
    facts = Facts(path=b"/a/cut.wav", class_index=0, class_p=0.9, class_name="kick", duration_s=0.5, note=note)
    lines = [line for line in fact_lines(facts, paint, 28) if line[0][0] == note]
    assert lines == [[(note, paint.role("warning"))]]

"""The page of settings says what the program reads."""

from __future__ import annotations

from pathlib import Path

from tui_browser.config.manual import markdown

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == markdown(), 'python -c "from tui_browser.config.manual import *; print(markdown())"'

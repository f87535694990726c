"""docs/settings.md lists the settings as they are."""

from __future__ import annotations

from pathlib import Path

from tui_browser.config.settings import settings_page

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == settings_page(), "run `make pages`"

"""Lines on their short way to the screen: the same picture, and true colours not worked out twice."""

from __future__ import annotations

import asyncio

from rich.color import ColorType
from textual.app import App, ComposeResult

from tui_browser.config.themes import load_theme
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Pane


class Shown(App[None]):
    """One pane with two words."""

    CSS = "Pane { width: 20; height: 3; } #framed { border: round white; }"

    def compose(self) -> ComposeResult:
        paint = Styles(load_theme("dark"))
        yield Pane(paint, id="plain")
        yield Pane(paint, id="framed")

    def on_mount(self) -> None:
        for pane in self.query(Pane):
            pane.call_after_refresh(pane.show, [[("one ", pane.base), ("two", pane.paint.role("accent"))]])


def test_a_bare_line_is_what_it_was_and_a_border_is_still_drawn() -> None:
    async def look() -> None:
        async with Shown().run_test(size=(40, 10)) as pilot:
            await pilot.pause()
            await pilot.pause()
            screen = pilot.app.screen
            strips = screen._compositor.render_strips()
            lines = ["".join(segment.text for segment in strip) for strip in strips]
            assert lines[0].startswith("one two")
            assert lines[3].startswith("╭") and "one two" in lines[4] and lines[4].startswith("│")
            colours = {style.color.type for _, style, _ in strips[0] if style is not None and style.color is not None}
            assert colours == {ColorType.TRUECOLOR}

    asyncio.run(look())

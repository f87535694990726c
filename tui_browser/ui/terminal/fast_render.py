"""Widgets that consist of their lines alone: rendering without the steps that they do not need.

Textual puts borders and padding around each line, and converts terminal colours to true colours in each line that it
paints. A map of 160 x 45 cells has neither, and would spend half of its frame time on that.

Private API of Textual 8.2.8: Widget._styles_cache.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.filter import ANSIToTruecolor, LineFilter
from textual.widget import Widget

from tui_browser.ui.styles import Styles
from tui_browser.ui.terminal.textual_patches import is_plain


class FastRender(Widget):
    """A widget whose lines need no border, and no conversion of their colours."""

    paint: Styles

    def on_mount(self) -> None:
        if not is_plain(self.app):
            from tui_browser.ui.terminal.styles_cache import FastStylesCache

            self._styles_cache = FastStylesCache(self)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, without the colour conversion where all colours are true colours."""
        filters = super().get_line_filters()
        if self.paint.theme.depth != "truecolor":
            return filters
        return [each for each in filters if not isinstance(each, ANSIToTruecolor)]

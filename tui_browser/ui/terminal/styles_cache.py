"""The line cache of a widget without borders. Apart from `fast_render`, which is loaded with `plain_textual`, too.

Private API of Textual 8.2.8: _styles_cache.StylesCache.
"""

from __future__ import annotations

from typing import Any

from textual._styles_cache import StylesCache
from textual.css.styles import StylesBase
from textual.strip import Strip
from textual.widget import Widget


class FastStylesCache(StylesCache):
    """Caches lines as Textual does, but takes the lines of a widget without borders as they are."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def render_line(self, styles: StylesBase, y: int, *others: Any) -> Strip:
        """Line `y` of the widget; Textual's way where the widget has a border or is translucent."""
        widget = self._widget
        if styles.gutter.width or styles.gutter.height or styles.opacity < 1.0:
            return super().render_line(styles, y, *others)
        return widget.render_line(y)

"""Widgets that are nothing but their lines: the way from `render_line` to the screen without what they do not use.

Textual builds each line between borders and paddings, and turns terminal colours of each line that it paints, changed
or not, into true ones. A map of 160 x 45 cells has neither borders nor terminal colours, and pays half a frame for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual._styles_cache import StylesCache
from textual.css.styles import StylesBase
from textual.filter import ANSIToTruecolor, LineFilter
from textual.strip import Strip
from textual.widget import Widget

from tui_browser.ui.styles import Styles


class FastRenderCache(StylesCache):
    """Keeps lines as Textual does; what has no gutter is taken as it is."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def render_line(self, styles: StylesBase, y: int, *others: Any) -> Strip:
        """The widget's own line; Textual's where the widget has a border or is seen through."""
        widget = self._widget
        if styles.gutter.width or styles.gutter.height or styles.opacity < 1.0:
            return super().render_line(styles, y, *others)
        return widget.render_line(y)


class FastRender(Widget):
    """A widget whose lines come in true colours already, or in a theme's terminal colours that are to stay so."""

    paint: Styles

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._styles_cache = FastRenderCache(self)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters that have something to do."""
        filters = super().get_line_filters()
        if self.paint.theme.depth != "truecolor":
            return filters
        return [each for each in filters if not isinstance(each, ANSIToTruecolor)]

"""A pane that keys can act on: places, the kit, the beat."""

from __future__ import annotations

from rich.style import Style

from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Pane


class KeyPane(Pane):
    """Subclasses draw themselves, and show whether keys act on them."""

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._top = 0
        """The first row that is shown."""
        self.active = False
        """Whether keys act on it."""

    def activate(self, active: bool) -> None:
        """Show whether keys act on it."""
        if active != self.active:
            self.active = active
            self.draw()

    def draw(self) -> None:
        """Repaint the lines."""
        raise NotImplementedError

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.draw()

    def _bar(self) -> Style:
        """The style of the line under its cursor."""
        paint = self.paint
        return paint.role("background", on="accent") if paint.theme.depth != "none" else Style(reverse=True)

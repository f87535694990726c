"""The top line: the size of the library, and how it is shown."""

from __future__ import annotations

from rich.cells import cell_len

from tui_browser.ui import formatting
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Pane


class Header(Pane):
    """Title on the left, active modes on the right."""

    DEFAULT_CSS = """
    Header { width: 1fr; height: 1; }
    """

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._title = ""
        self._modes: tuple[str, ...] = ()

    def tell(self, title: str, *modes: str) -> None:
        """Show this title and the active modes."""
        self._title, self._modes = title, tuple(mode for mode in modes if mode)
        self.draw()

    def draw(self) -> None:
        """Repaint the line."""
        width, paint = self.size.width, self.paint
        if not width:
            return
        modes = paint.dot.join(self._modes)
        modes = formatting.cut_start(modes, max(0, width - 12), ellipsis=paint.ellipsis)
        title = formatting.cut_end(self._title, max(0, width - cell_len(modes) - 2), ellipsis=paint.ellipsis)
        gap = " " * max(0, width - cell_len(title) - cell_len(modes))
        self.show([[(title, paint.role("text", bold=True)), (gap, paint.role("text")), (modes, paint.role("muted"))]])

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.draw()

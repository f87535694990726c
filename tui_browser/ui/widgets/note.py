"""A pane that is as high as its lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.geometry import Size

from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Line, Pane


class Note(Pane):
    """A few lines in a dialog or a bar."""

    DEFAULT_CSS = """
    Note { width: 1fr; height: auto; }
    """

    def __init__(self, paint: Styles, lines: Sequence[Line], *, on: str = "surface", id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._content = list(lines)
        self._on = on

    @property
    def base(self) -> Style:
        return self.paint.role("text", on=self._on)

    def write(self, lines: Sequence[Line]) -> None:
        """Replace the lines."""
        taller = len(lines) != len(self._content)
        self._content = list(lines)
        if taller:
            self.refresh(layout=True)
        self.show(self._content)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._content)

    def on_resize(self) -> None:
        self.resized()
        self.show(self._content)

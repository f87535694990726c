"""The top line: the size of the library, how it is shown, and where it sounds."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style

from tui_browser.ui import formatting
from tui_browser.ui.state.sound_lamp import SoundLamp
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Pane


class Header(Pane):
    """Title on the left, active modes and the lamp of sound on the right."""

    DEFAULT_CSS = """
    Header { width: 1fr; height: 1; }
    """

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._title = ""
        self._modes: tuple[str, ...] = ()
        self._lamp: SoundLamp | None = None

    def tell(self, title: str, *modes: str, lamp: SoundLamp | None = None) -> None:
        """Show this title, the active modes and the lamp."""
        self._title, self._modes, self._lamp = title, tuple(mode for mode in modes if mode), lamp
        self.draw()

    def draw(self) -> None:
        """Repaint the line."""
        width, paint = self.size.width, self.paint
        if not width:
            return
        lamp, lamp_style = self._lamp_span()
        lamp = formatting.cut_end(lamp, max(0, width - 12), ellipsis=paint.ellipsis)
        modes = paint.dot.join(self._modes) + (paint.dot if lamp and self._modes else "")
        modes = formatting.cut_start(modes, max(0, width - 12 - cell_len(lamp)), ellipsis=paint.ellipsis)
        used = cell_len(modes) + cell_len(lamp)
        title = formatting.cut_end(self._title, max(0, width - used - 2), ellipsis=paint.ellipsis)
        gap = " " * max(0, width - cell_len(title) - used)
        spans = [(title, paint.role("text", bold=True)), (gap, paint.role("text")), (modes, paint.role("muted"))]
        self.show([[*spans, (lamp, lamp_style)] if lamp else spans])

    def _lamp_span(self) -> tuple[str, Style]:
        """The lamp's mark and text; empty without a lamp."""
        paint, lamp = self.paint, self._lamp
        if lamp is None:
            return "", paint.role("muted")
        mark = ("*" if lamp.lit else "o") if paint.ascii else ("●" if lamp.lit else "○")
        return f"{mark} {lamp.text}", paint.role("muted" if lamp.lit else "warning")

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.draw()

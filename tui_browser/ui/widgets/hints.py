"""The footer: the most useful keys, as many as fit."""

from __future__ import annotations

from rich.cells import cell_len

from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Line, Pane, Span

MUST = "help"
"""This hint is never left out: it leads to all others."""


class Hints(Pane):
    """Hints from the command table, or other ones for a while (in the search bar)."""

    DEFAULT_CSS = """
    Hints { width: 1fr; height: 1; dock: bottom; }
    """

    def __init__(self, paint: Styles, keys: Keys, *, screen: str, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._keys = keys
        self._screen = screen
        self._instead: tuple[tuple[str, str], ...] = ()
        self._labels: dict[str, str] = {}

    def suggest(self, *instead: tuple[str, str], **labels: str) -> None:
        """Show these (key, label) pairs, or the screen's own hints with some `labels` replaced."""
        self._instead, self._labels = instead, labels
        self.draw()

    def show_screen(self, screen: str) -> None:
        """Show the keys of another screen, or of a part of a screen."""
        self._screen = screen
        self.draw()

    def draw(self) -> None:
        """Repaint the line."""
        if self.size.width:
            self.show([self._line()])

    def _pairs(self) -> list[tuple[str, str]]:
        if self._instead:
            return list(self._instead)
        commands = sorted(
            (command for command in self._keys.on_screen(self._screen) if command.hint),
            key=lambda command: command.hint,
        )
        key_texts = {command.id: self._keys.first(command.id, ascii=self.paint.ascii) for command in commands}
        pairs = [(command.id, key_texts[command.id], self._labels.get(command.id, command.label.lower()))
                 for command in commands if key_texts[command.id]]  # fmt: skip
        room = self.size.width
        must = next((_cells(key, label) for id, key, label in pairs if id == MUST), 0)
        kept: list[tuple[str, str]] = []
        for id, key, label in pairs:
            cells = _cells(key, label)
            if id != MUST and cells + must > room + 2:
                continue
            kept.append((key, label))
            room -= cells
            must = 0 if id == MUST else must
        return kept

    def _line(self) -> Line:
        paint = self.paint
        spans: list[Span] = []
        for key, label in self._pairs():
            spans += [(key, paint.role("accent", bold=True)), (f" {label}  ", paint.role("muted"))]
        return spans

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.draw()


def _cells(key: str, label: str) -> int:
    return cell_len(key) + cell_len(label) + 3

"""A box in front of the screen below it: the base of lists, prompts, help, details and roots."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_browser.ui.command_screen import CommandScreen
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Pane


class CommandDialog(CommandScreen, ModalScreen[Any], inherit_bindings=False):
    """Closed by `escape`, its result is None."""

    DEFAULT_CSS = """
    CommandDialog { align: center middle; background: $background 60%; }
    CommandDialog > Vertical {
        width: 80%; max-width: 90; height: auto; max-height: 90%;
        background: $surface; border: round $accent; padding: 0 1;
    }
    CommandDialog.-ascii > Vertical { border: ascii $accent; }
    CommandDialog.-ansi { background: ansi_default; }
    CommandDialog Input { border: none; height: 1; padding: 0; background: $panel; width: 1fr; }
    CommandDialog Input:focus { border: none; }
    """

    def compose(self) -> ComposeResult:
        self.set_class(self.host.paint.ascii, "-ascii")
        self.set_class(self.host.paint.theme.depth != "truecolor", "-ansi")
        with Vertical():
            yield from self.box()

    def box(self) -> ComposeResult:
        """The widgets in the box."""
        yield from ()

    def repainted(self, paint: Styles) -> None:
        """Take another theme."""
        self.set_class(paint.theme.depth != "truecolor", "-ansi")
        for pane in self.query(Pane):
            pane.repainted(paint)
        self.redraw()

    def redraw(self) -> None:
        """Paint the content again."""

    def do_cancel(self) -> None:
        self.dismiss(None)

    def do_close(self) -> None:
        self.dismiss(None)

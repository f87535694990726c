"""A box of lines that is scrolled by keys: help, and the details of one sample."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Size

from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line


class ScrollingDialog(CommandDialog):
    """Lines that are made for the present width."""

    DEFAULT_CSS = """
    ScrollingDialog > Vertical { height: 90%; width: 90%; max-width: 100; }
    ScrollingDialog VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; background: $surface; }
    ScrollingDialog.-small > Vertical { width: 100%; height: 100%; max-height: 100%; }
    """

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [self.heading()])
        with VerticalScroll(can_focus=False):
            yield Note(self.host.paint, [], id="content")

    def heading(self) -> Line:
        """The line above the scrolled ones."""
        return []

    def lines(self, width: int) -> Sequence[Line]:
        """The content for this width."""
        return []

    def on_mount(self) -> None:
        self.fill()

    def on_resize(self) -> None:
        self.set_class(self.app.size.width < 60 or self.app.size.height < 16, "-small")
        self.call_after_refresh(self.fill)

    def fill(self) -> None:
        """Make the lines for the present width."""
        area: Size = self.query_one(VerticalScroll).size
        if area.width:
            self.query_one("#content", Note).write(self.lines(area.width - 1))

    def do_scroll_up(self) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=-1, animate=False)

    def do_scroll_down(self) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=1, animate=False)

    def do_scroll_page_up(self) -> None:
        self.query_one(VerticalScroll).scroll_page_up(animate=False)

    def do_scroll_page_down(self) -> None:
        self.query_one(VerticalScroll).scroll_page_down(animate=False)

"""The pane of places: folders, classes, tags, collections and saved searches as a tree beside the map."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui_browser.ui import formatting
from tui_browser.ui.state.places import PlaceRow, PlacesState
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.key_pane import KeyPane
from tui_browser.ui.widgets.pane import Line

_MOST_INDENT = 8
"""Levels further in stand below each other."""


class PlacesPane(KeyPane):
    """A title, and as many places as fit around the cursor."""

    DEFAULT_CSS = """
    PlacesPane { width: 28; height: 1fr; border-right: solid $wall; display: none; }
    """

    @dataclass
    class Chosen(Message):
        """A place was clicked; with `mark` on the sign that opens it."""

        at: int
        mark: bool

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._places = PlacesState()

    @property
    def page(self) -> int:
        """Number of places that fit."""
        return max(1, self.size.height - 1)

    def tell(self, places: PlacesState) -> None:
        """Show the tree, with its cursor in view."""
        self._places = places
        self._top = max(min(self._top, places.at), places.at - self.page + 1)
        self.draw()

    def draw(self) -> None:
        """Repaint the lines."""
        if not self.size.width or not self.size.height:
            return
        paint, rows = self.paint, self._places.rows
        self._top = max(0, min(self._top, len(rows) - self.page))
        title = paint.role("accent", bold=True) if self.active else paint.role("muted")
        lines: list[Line] = [[("places", title)]]
        if not self._places.loaded:
            lines.append([("the folders are counted", paint.role("muted"))])
        shown = rows[self._top : self._top + self.page]
        self.show([*lines, *(self._row(at, row) for at, row in enumerate(shown, start=self._top))])

    def _row(self, at: int, row: PlaceRow) -> Line:
        paint, width, node = self.paint, self.size.width, row.node
        here = at == self._places.at
        bar = self._bar() if here and self.active else None
        text = bar or (paint.role("text", bold=here) if node.query else paint.role("accent"))
        count = "" if node.count is None else f" {node.count:,}"
        head = " " * self._mark_at(row) + self._mark(row) + " "
        room = max(1, width - cell_len(head) - len(count) - 1)
        name = formatting.cut_end(node.name, room, ellipsis=paint.ellipsis)
        gap = " " * max(0, width - cell_len(head) - cell_len(name) - len(count) - 1)
        return [(head, bar or paint.role("muted")), (name + gap, text), (f"{count} ", bar or paint.role("muted"))]

    @staticmethod
    def _mark_at(row: PlaceRow) -> int:
        """The column of the sign that opens it."""
        return min(row.depth, _MOST_INDENT)

    def _mark(self, row: PlaceRow) -> str:
        if not row.node.children:
            return " "
        closed, opened = ("+", "-") if self.paint.ascii else ("▸", "▾")
        return opened if row.opened else closed

    # --- events ------------------------------------------------------------------------------------------------------

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.tell(self._places)

    def on_click(self, event: events.Click) -> None:
        at = self._top + event.y - 1
        if event.y >= 1 and at < len(self._places.rows):
            row = self._places.rows[at]
            self.post_message(self.Chosen(at, mark=bool(row.node.children) and event.x <= self._mark_at(row)))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -3)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        """Scroll without moving the cursor."""
        event.stop()
        self._top += by
        self.draw()

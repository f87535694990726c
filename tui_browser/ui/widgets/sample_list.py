"""The list: any number of samples, of which only the visible rows are ever made; it follows the map."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from tui_browser.records import FAVOURITE, FEATURES, MISSING, FloatArray
from tui_browser.ui import words
from tui_browser.ui.classes import class_index
from tui_browser.ui.names import folder_below, sample_name
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.pane import Line, Pane, Span
from tui_browser.ui.world import World

FOLDER_FROM = 50
"""From this width on the folder is shown beside the name."""
HEADED_FROM = 6
"""From this height on there is a row with the names of the columns."""
_MARKS = 3
"""Cells before the name: the cursor, the class, a favourite or missing file."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What the list shows, in which order."""

    title: str
    rows: NDArray[np.intp]
    """(n,) rows of the snapshot, from the top."""
    distances: FloatArray | None = None
    """(n,) shown in place of the length, for neighbours."""


class SampleList(Pane):
    """A title line, the names of the columns, and the samples below them."""

    DEFAULT_CSS = """
    SampleList { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Chosen(Message):
        """A click on this row of the snapshot."""

        row: int

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._world: World | None = None
        self._listing = Listing("", np.zeros(0, dtype=np.intp))
        self._selected: int | None = None
        self._at: int | None = None
        self._top = 0
        self._selection: Container[int] | None = None
        self.active = False
        """Whether the arrow keys act here; Textual's own focus would paint the whole screen at each change."""

    # --- what to show ------------------------------------------------------------------------------------------------

    @property
    def top(self) -> int:
        """The first visible place of the list."""
        return self._top

    @property
    def rows(self) -> NDArray[np.intp]:
        """(n,) rows of the snapshot, from the top."""
        return self._listing.rows

    def place_of(self, row: int | None) -> int | None:
        """How far down in the list this row of the snapshot is; None where it is not in it."""
        return self._position(row)

    def list(self, world: World, listing: Listing, selected: int | None, *, top: int | None = None) -> None:
        """Show another list, from `top` on if that is told; the selected row of the snapshot is kept in sight."""
        self._world, self._listing = world, listing
        self._top = self._top if top is None else top
        self._top = min(self._top, max(0, len(listing.rows) - self.page))
        self._selected, self._at = selected, None
        self._at = self._position(selected)
        self.draw()

    def choose(self, selection: Container[int]) -> None:
        """Mark the samples with these ids."""
        self._selection = selection
        self.draw()

    def activate(self, active: bool) -> None:
        """Show whether the arrow keys act here."""
        if active != self.active:
            self.active = active
            self.draw()

    def select(self, row: int | None) -> None:
        """Put the bar on this row of the snapshot, if it is in the list."""
        before = self._selected, self._at, self._top
        self._selected, self._at = row, self._position(row)
        self._scroll()
        if (self._selected, self._at, self._top) != before:
            self._paint_rows()

    def _position(self, row: int | None) -> int | None:
        rows = self._listing.rows
        if row is None:
            return None
        for near in (self._at, None if self._at is None else self._at + 1, None if self._at is None else self._at - 1):
            if near is not None and 0 <= near < len(rows) and rows[near] == row:
                return near  # a step in the list, which needs no look through a million rows
        found = np.flatnonzero(rows == row)
        return int(found[0]) if len(found) else None

    @property
    def page(self) -> int:
        """Samples that fit."""
        return max(1, self.size.height - self._head)

    @property
    def _head(self) -> int:
        """Lines above the first sample."""
        return 2 if self.size.height >= HEADED_FROM else 1

    def row_beside(self, by: int) -> int | None:
        """The row of the snapshot `by` places further down; the first when none is selected, None in an empty list."""
        rows = self._listing.rows
        if not len(rows):
            return None
        at = 0 if self._at is None else min(max(self._at + by, 0), len(rows) - 1)
        return int(rows[at])

    # --- drawing -----------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Paint what has changed."""
        self._scroll()
        self._paint_rows()

    def _paint_rows(self) -> None:
        if self._world is None or self.size.height < 1:
            return
        rows = self._listing.rows[self._top : self._top + self.page].tolist()
        head = [self._title(), self._columns()][: self._head]
        self.show([*head, *(self._row(at, row) for at, row in enumerate(rows, start=self._top))])

    def _scroll(self) -> None:
        if self.size.height < 1:
            return
        count, page = len(self._listing.rows), self.page
        if self._at is not None:
            margin = min(2, (page - 1) // 2) if self.active else 0
            away = max(self._top + margin - self._at, self._at - (self._top + page - 1 - margin))
            if away > page or (away > 0 and not self.active):  # following the map it is to scroll as seldom as can be
                self._top = self._at - page // 2
            elif self._at < self._top + margin:
                self._top = self._at - margin
            elif away > 0:
                self._top = self._at - page + 1 + margin
        self._top = max(0, min(self._top, count - page))

    def _title(self) -> Line:
        paint, width = self.paint, self.size.width - 1
        style = paint.role("accent", bold=True) if self.active else paint.role("muted")
        place = f" {self._at + 1:,}/{len(self._listing.rows):,}" if self._at is not None else ""
        title = words.cut_end(self._listing.title, max(0, width - len(place) - 1), ellipsis=paint.ellipsis)
        gap = width - cell_len(title) - len(place)
        return [(title, style), (" " * gap, style), (place, paint.role("muted"))]

    def _columns(self) -> Line:
        """What stands in the columns below."""
        width, value = self.size.width - 1, "length" if self._listing.distances is None else "distance"
        name = "name"
        if width >= FOLDER_FROM:
            name = name.ljust(self._name_room(width, cell_len(value)) + 2) + "folder"
        text = (" " * _MARKS + name).ljust(width - len(value)) + value
        return [(text, self.paint.role("muted"))]

    @staticmethod
    def _name_room(width: int, value: int) -> int:
        """Cells of the name where the folder stands beside it; `value` are those of the last column."""
        room = width - _MARKS - 1 - max(value, 8)
        return max(24, room * 3 // 5)

    def _row(self, at: int, row: int) -> Line:
        world, paint, width = self._world, self.paint, self.size.width - 1
        assert world is not None
        snapshot = world.snapshot
        here = at == self._at
        bar = (
            here and self.active
        )  # else a mark is enough: a bar that follows the map would cost two lines at each step
        ground = "accent" if bar else "background"
        flags = int(snapshot.flags[row])
        path = snapshot.names[row]
        index = class_index(snapshot, row)
        letter_style = paint.class_style(world.hue_of(row), bold=True)
        text = self._on(ground, muted=bool(flags & MISSING))
        muted = text if bar else self._on(ground, muted=True)
        value = self._value(at, row)
        name_room = width - 4 - len(value)
        name = sample_name(path)
        pointer = (">" if paint.ascii else "▸") if here else " "
        mark = paint.star if flags & FAVOURITE else paint.gone if flags & MISSING else " "
        spans: list[Span] = [
            (pointer, text if bar else paint.role("accent", bold=True)),
            (paint.letter(index), text if bar else letter_style),
        ]
        spans.append((mark, text))
        folder = ""
        if width >= FOLDER_FROM:
            column = self._name_room(width, len(value))
            shown = words.cut_middle(name, column, ellipsis=paint.ellipsis)
            shown += " " * (column - cell_len(shown))
            room = name_room - column - 2
            if room >= 6:
                folder = "  " + words.cut_start(folder_below(path, world.roots), room, ellipsis=paint.ellipsis)
        else:
            shown = words.cut_middle(name, name_room, ellipsis=paint.ellipsis)
        gap = max(1, width - 3 - cell_len(shown) - cell_len(folder) - len(value))
        taken = self._selection is not None and int(world.snapshot.ids[row]) in self._selection
        dot: Span = (" ", text) if not taken else ("+" if paint.ascii else "●", text if bar else paint.role("accent"))
        return [*spans, (shown, text), (folder, muted), (" " * gap, text), (value, muted), dot]

    def _on(self, ground: str, *, muted: bool) -> Style:
        paint = self.paint
        if ground == "accent":
            return paint.role("background", on="accent") if paint.theme.depth != "none" else Style(reverse=True)
        if ground == "selection":
            return paint.role("muted" if muted else "text", on="selection")
        return paint.role("muted" if muted else "text")

    def _value(self, at: int, row: int) -> str:
        if self._listing.distances is not None:
            return f"{float(self._listing.distances[at]):.2f}"
        assert self._world is not None
        return words.seconds(float(self._world.snapshot.features[row, FEATURES.index("duration_s")]))

    # --- events ------------------------------------------------------------------------------------------------------

    def repainted(self, paint: Paint) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.draw()

    def row_at(self, y: int) -> int | None:
        """The row of the snapshot on this line of the widget; None above the first sample and below the last one."""
        at = self._top + y - self._head
        return int(self._listing.rows[at]) if y >= self._head and at < len(self._listing.rows) else None

    def on_click(self, event: events.Click) -> None:
        row = self.row_at(event.y)
        if row is not None:
            self.post_message(self.Chosen(row))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -3)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        """Look further down without moving the cursor."""
        event.stop()
        self._top = max(0, min(self._top + by, len(self._listing.rows) - self.page))
        if self._world is not None:
            self._paint_rows()

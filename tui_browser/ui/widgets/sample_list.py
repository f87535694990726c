"""The sample list: only its visible rows are built, so any number of samples is fine."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from tui_browser.records import FAVOURITE, FEATURES, MISSING, FloatArray
from tui_browser.ui import formatting
from tui_browser.ui.sample_names import folder_below, sample_name
from tui_browser.ui.state.classes import class_index
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Line, Pane, Span

FOLDER_FROM = 50
"""Least width with a folder column."""
WIDE_BAR_FROM = 36
"""Least width at which a neighbour's bar has five cells; three below."""
HEADED_FROM = 6
"""Least height with a row of column names."""
NOTE_MARK = '"'
"""Stands before the length of a sample with a note; the key that writes one."""
_MARKS = 3
"""Cells before the name: cursor, class, favourite or missing file."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The samples of the list, in order."""

    title: str
    rows: NDArray[np.intp]
    """(n,) rows of the snapshot, from the top."""
    distances: FloatArray | None = None
    """(n,) distances of neighbours, shown in place of the length."""
    alike: FloatArray | None = None
    """(n,) how surely each is alike, 0 to 1: a bar beside its distance."""
    stack_sizes: Mapping[int, int] = field(default_factory=dict)
    """How many copies a row stands for, with itself."""


class SampleList(Pane):
    """A title, column names, and the samples."""

    DEFAULT_CSS = """
    SampleList { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Chosen(Message):
        """The sample in this snapshot row was clicked."""

        row: int

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._world: MapModel | None = None
        self._listing = Listing("", np.zeros(0, dtype=np.intp))
        self._selected: int | None = None
        self._at: int | None = None
        self._top = 0
        self._selection: Container[int] | None = None
        self.active = False
        """Whether arrow keys act on the list; Textual's focus would repaint the whole screen at each change."""

    # --- what to show ------------------------------------------------------------------------------------------------

    @property
    def top(self) -> int:
        """Index in the list of the first visible sample."""
        return self._top

    @property
    def rows(self) -> NDArray[np.intp]:
        """(n,) rows of the snapshot, from the top."""
        return self._listing.rows

    def place_of(self, row: int | None) -> int | None:
        """Index in the list of this snapshot row; None if the list does not hold it."""
        return self._position(row)

    def list(self, world: MapModel, listing: Listing, selected: int | None, *, top: int | None = None) -> None:
        """Show another list, from index `top` if given; the selected snapshot row stays visible."""
        self._world, self._listing = world, listing
        self._top = self._top if top is None else top
        self._top = min(self._top, max(0, len(listing.rows) - self.page))
        self._selected, self._at = selected, None
        self._at = self._position(selected)
        self.draw()

    def choose(self, selection: Container[int]) -> None:
        """Mark the samples with these ids as selected."""
        self._selection = selection
        self.draw()

    def activate(self, active: bool) -> None:
        """Show whether arrow keys act on the list."""
        if active != self.active:
            self.active = active
            self.draw()

    def select(self, row: int | None) -> None:
        """Move the cursor to this snapshot row if the list holds it."""
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
                return near  # one step in the list: no search through a million rows
        indices = np.flatnonzero(rows == row)
        return int(indices[0]) if len(indices) else None

    @property
    def page(self) -> int:
        """Number of samples that fit."""
        return max(1, self.size.height - self._head)

    @property
    def _head(self) -> int:
        """Number of lines above the first sample."""
        return 2 if self.size.height >= HEADED_FROM else 1

    def row_beside(self, by: int) -> int | None:
        """The snapshot row `by` places further down; the first one without a cursor, None in an empty list."""
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
            if away > page or (away > 0 and not self.active):  # scroll seldom while the list follows the map
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
        title = formatting.cut_end(self._listing.title, max(0, width - len(place) - 1), ellipsis=paint.ellipsis)
        gap = width - cell_len(title) - len(place)
        return [(title, style), (" " * gap, style), (place, paint.role("muted"))]

    def _columns(self) -> Line:
        """The row of column names."""
        width, value = self.size.width - 1, "length" if self._listing.distances is None else "distance"
        name = "name"
        if width >= FOLDER_FROM:
            name = name.ljust(self._name_room(width, cell_len(value)) + 2) + "folder"
        text = (" " * _MARKS + name).ljust(width - len(value)) + value
        return [(text, self.paint.role("muted"))]

    @staticmethod
    def _name_room(width: int, value: int) -> int:
        """Width of the name column beside a folder column; `value` is the width of the last column."""
        room = width - _MARKS - 1 - max(value, 8)
        return max(24, room * 3 // 5)

    def _row(self, at: int, row: int) -> Line:
        world, paint, width = self._world, self.paint, self.size.width - 1
        assert world is not None
        snapshot = world.snapshot
        here = at == self._at
        # While the list follows the map a pointer is enough: a bar would repaint two lines at each step.
        bar = here and self.active
        ground = "accent" if bar else "background"
        flags = int(snapshot.flags[row])
        path = snapshot.names[row]
        index = class_index(snapshot, row)
        letter_style = paint.class_style(world.hue_of(row), bold=True)
        text = self._on(ground, muted=bool(flags & MISSING))
        muted = text if bar else self._on(ground, muted=True)
        said = self._said(row)
        value = self._value(at, row)
        name_room = width - 4 - len(value) - cell_len(said)
        name = sample_name(path)
        rated = text if bar else paint.role("accent")
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
            shown = formatting.cut_middle(name, column, ellipsis=paint.ellipsis)
            shown += " " * (column - cell_len(shown))
            room = name_room - column - 2
            if room >= 6:
                folder = "  " + formatting.cut_start(folder_below(path, world.roots), room, ellipsis=paint.ellipsis)
        else:
            shown = formatting.cut_middle(name, name_room, ellipsis=paint.ellipsis)
        gap = max(1, width - 3 - cell_len(shown) - cell_len(folder) - cell_len(said) - len(value))
        selected = self._selection is not None and int(world.snapshot.ids[row]) in self._selection
        dot: Span = (
            (" ", text) if not selected else ("+" if paint.ascii else "●", text if bar else paint.role("accent"))
        )
        return [*spans, (shown, text), (folder, muted), (" " * gap, text), (said, rated), (value, muted), dot]

    def _said(self, row: int) -> str:
        """Rating and note, with a blank behind them; empty without either."""
        assert self._world is not None
        snapshot, sample = self._world.snapshot, self._world.id_at(row)
        rating = snapshot.ratings.get(sample, 0)
        note = NOTE_MARK if sample in snapshot.user_notes else ""
        marks = (f"{rating}{self.paint.star}" if rating else "") + note
        return f"{marks} " if marks else ""

    def _on(self, ground: str, *, muted: bool) -> Style:
        paint = self.paint
        if ground == "accent":
            return paint.role("background", on="accent") if paint.theme.depth != "none" else Style(reverse=True)
        if ground == "selection":
            return paint.role("muted" if muted else "text", on="selection")
        return paint.role("muted" if muted else "text")

    def _value(self, at: int, row: int) -> str:
        size = self._listing.stack_sizes.get(row)
        return f"{'x' if self.paint.ascii else '×'}{size} {self._number(at, row)}" if size else self._number(at, row)

    def _number(self, at: int, row: int) -> str:
        if self._listing.distances is not None:
            text, alike = f"{float(self._listing.distances[at]):.2f}", self._listing.alike
            if alike is None:
                return text
            cells = 5 if self.size.width >= WIDE_BAR_FROM else 3
            return f"{formatting.bar(float(alike[at]), cells=cells, ascii=self.paint.ascii)} {text}"
        assert self._world is not None
        return formatting.seconds(float(self._world.snapshot.features[row, FEATURES.index("duration_s")]))

    # --- events ------------------------------------------------------------------------------------------------------

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.draw()

    def row_at(self, y: int) -> int | None:
        """The snapshot row on this line of the widget; None outside of the samples."""
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
        """Scroll without moving the cursor."""
        event.stop()
        self._top = max(0, min(self._top + by, len(self._listing.rows) - self.page))
        if self._world is not None:
            self._paint_rows()

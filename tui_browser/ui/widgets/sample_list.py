"""The sample list: only its visible rows are built, so any number of samples is fine."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from tui_browser.config.list_columns import USUAL_COLUMNS
from tui_browser.records import FAVOURITE, MISSING
from tui_browser.search.conditions import SortKey
from tui_browser.search.highlights import highlights
from tui_browser.ui import formatting
from tui_browser.ui.sample_names import folder_below
from tui_browser.ui.state.list_columns import COLUMNS, FittedColumn, ListedSample, fitted_columns, shared_folder
from tui_browser.ui.state.listing import Listing
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.state.tiny_waves import TinyWaves, wave_key
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Line, Pane, Span

USUAL_CELLS = 60
"""With columns that need more cells the list is wider, where the screen is."""
WIDE_BAR_FROM = 36
"""Least width at which a neighbour's bar has five cells; three below."""
HEADED_FROM = 6
"""Least height with a row of column names."""
NOTE_MARK = '"'
"""Stands before the length of a sample with a note; the key that writes one."""
_MARKS = 3
"""Cells before the name: cursor, class, favourite or missing file."""


class SampleList(Pane):
    """A title, column names, and the samples."""

    DEFAULT_CSS = """
    SampleList { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Chosen(Message):
        """The sample in this snapshot row was clicked."""

        row: int

    @dataclass
    class HeaderClicked(Message):
        """The name of a column was clicked."""

        column: str

    @dataclass
    class RowsShown(Message):
        """Tiny waveforms of these snapshot rows are in view."""

        rows: Sequence[int]

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, SampleList.RowsShown)

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._world: MapModel | None = None
        self._listing = Listing("", np.zeros(0, dtype=np.intp))
        self._selected: int | None = None
        self._at: int | None = None
        self._top = 0
        self._selection: Container[int] | None = None
        self._chosen_columns: Sequence[str] = USUAL_COLUMNS
        self._fitted: list[FittedColumn] = []
        self._dated: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._added_s: NDArray[np.float64] = np.zeros(0)
        """(n,) when the samples of `_dated` came into the library."""
        self.waves = TinyWaves()
        """What is known of the waveforms of samples."""
        self._rows_shown: tuple[MapModel, Sequence[int]] | None = None
        """Whose tiny waveforms were in view last."""
        self._with_waves = False
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

    @property
    def columns(self) -> Sequence[str]:
        """Names of the chosen columns, in order."""
        return self._chosen_columns

    def show_columns(self, columns: Sequence[str]) -> None:
        """Show these columns, as many as fit; on a wide screen the list grows with them."""
        self._chosen_columns = columns
        self.screen.set_class(sum(COLUMNS[name].least for name in columns) > USUAL_CELLS, "-columns")
        self.draw()

    def date(self, ids: NDArray[np.int64], added_s: NDArray[np.float64]) -> None:
        """Take when each of these ascending ids came into the library: seconds since 1970, NaN where unknown."""
        self._dated, self._added_s = ids, added_s
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
        self._fit()
        rows = self._listing.rows[self._top : self._top + self.page].tolist()
        head = [self._title(), self._columns()][: self._head]
        names, roots = self._world.snapshot.names, self._world.roots
        with_folder = any(place.column.name == "folder" for place in self._fitted)
        shared = shared_folder([folder_below(names[row], roots) for row in rows]) if with_folder else ""
        self.show([*head, *(self._row(at, row, shared) for at, row in enumerate(rows, start=self._top))])
        self._ask_for_waves(rows)

    def _ask_for_waves(self, rows: Sequence[int]) -> None:
        """Say which rows are in view, if their waveforms are shown and they are others than before."""
        world, before = self._world, self._rows_shown
        if world is None or not self._with_waves:
            self._rows_shown = None
        elif before is None or before[0] is not world or before[1] != rows:
            self._rows_shown = world, rows
            self.post_message(self.RowsShown(rows))

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
        """The row of column names; an arrow marks what the list is ordered by."""
        muted, order = self.paint.role("muted"), self._listing.order
        line: list[Span] = [(" " * _MARKS, muted)]
        at = 0
        for place in self._fitted:
            name = place.column.name
            if order is not None and order.column == place.column.sort:
                name += self._arrow(order)
            name = formatting.cut_end(name, place.width, ellipsis="")
            name = name.rjust(place.width) if place.column.right else name.ljust(place.width)
            style = self.paint.role("text") if order is not None and order.column == place.column.sort else muted
            line += [(" " * (place.start - at), muted), (name, style)]
            at = place.start + place.width
        return line

    def _arrow(self, order: SortKey) -> str:
        rising, falling = ("^", "v") if self.paint.ascii else ("▲", "▼")
        return falling if order.descending else rising

    def _row(self, at: int, row: int, shared: str) -> Line:
        world, paint = self._world, self.paint
        assert world is not None
        snapshot = world.snapshot
        here = at == self._at
        # While the list follows the map a pointer is enough: a bar would repaint two lines at each step.
        bar = here and self.active
        ground = "accent" if bar else "background"
        flags = int(snapshot.flags[row])
        text = self._on(ground, muted=bool(flags & MISSING))
        accent = text if bar else paint.role("accent")
        strong = text if bar else paint.role("accent", bold=True)
        spans: list[Span] = [
            ((">" if paint.ascii else "▸") if here else " ", strong),
            (
                paint.letter(world.hue_of(row)),
                text if bar else paint.class_style(world.hue_of(row), bold=True),
            ),
            (paint.star if flags & FAVOURITE else paint.gone if flags & MISSING else " ", text),
        ]
        sample = self._sample(at, row)
        end = 0
        for place in self._fitted:
            name, width = place.column.name, place.width
            spans.append((" " * (place.start - end), text))
            end = place.start + width
            shown = place.column.read(sample)
            if name == "name":
                marks = self._marks(row)
                shown = formatting.cut_middle(shown, width - cell_len(marks), ellipsis=paint.ellipsis)
                gap = width - cell_len(shown) - cell_len(marks)
                spans += [*self._highlighted(shown, text, bar=bar), (" " * gap, text), (marks, accent)]
                continue
            style = accent if name == "rating" else text if bar else self._on(ground, muted=True)
            if name == "folder":
                shown = self._cut_folder(shown, width, shared)
                spans += [*self._highlighted(shown, style, bar=bar), (" " * (width - cell_len(shown)), style)]
                continue
            shown = formatting.cut_end(shown, width, ellipsis=paint.ellipsis)
            blank = " " * (width - cell_len(shown))
            spans.append((blank + shown if place.column.right else shown + blank, style))
        selected = self._selection is not None and int(snapshot.ids[row]) in self._selection
        spans.append(("+" if paint.ascii else "●", accent) if selected else (" ", text))
        return spans

    def _sample(self, at: int, row: int) -> ListedSample:
        assert self._world is not None
        sample = self._world.id_at(row)
        known = int(self._dated.searchsorted(sample))
        dated = known < len(self._dated) and self._dated[known] == sample
        added_s = float(self._added_s[known]) if dated else float("nan")
        wave = self.waves.text(wave_key(self._world, row), ascii=self.paint.ascii) if self._with_waves else ""
        return ListedSample(self._world, row, self.paint.star, self._distance(at), added_s, wave)

    def _cut_folder(self, folder: str, width: int, shared: str) -> str:
        """A folder; of one that is too long, what tells it from the others on the screen."""
        ellipsis = self.paint.ellipsis
        if cell_len(folder) > width and shared and folder.startswith(shared):
            return formatting.cut_middle(f"{ellipsis}/{folder[len(shared) :]}", width, ellipsis=ellipsis)
        return formatting.cut_start(folder, width, ellipsis=ellipsis)

    def _highlighted(self, text: str, style: Style, *, bar: bool) -> Sequence[Span]:
        """A text with the words of the query marked in it."""
        strong = style + Style(underline=True) if bar else self.paint.role("accent", bold=True)
        spans: list[Span] = []
        at = 0
        for start, stop in highlights(text, self._listing.words):
            spans += [(text[at:start], style), (text[start:stop], strong)]
            at = stop
        return [*spans, (text[at:], style)]

    def _marks(self, row: int) -> str:
        """Copies, rating and note at the end of a name, with a blank before them; a column shows the rating itself."""
        assert self._world is not None
        snapshot, sample = self._world.snapshot, self._world.id_at(row)
        size = self._listing.stack_sizes.get(row)
        copies = f"{'x' if self.paint.ascii else '×'}{size}" if size else ""
        rating = 0 if any(place.column.name == "rating" for place in self._fitted) else snapshot.ratings.get(sample, 0)
        said = (f"{rating}{self.paint.star}" if rating else "") + (NOTE_MARK if sample in snapshot.user_notes else "")
        return "".join(f" {mark}" for mark in (copies, said) if mark)

    def _on(self, ground: str, *, muted: bool) -> Style:
        paint = self.paint
        if ground == "accent":
            return paint.role("background", on="accent") if paint.theme.depth != "none" else Style(reverse=True)
        if ground == "selection":
            return paint.role("muted" if muted else "text", on="selection")
        return paint.role("muted" if muted else "text")

    def _distance(self, at: int) -> str:
        """Of a neighbour: its distance, and a bar for how surely it is alike; empty in other lists."""
        if self._listing.distances is None:
            return ""
        text, alike = f"{float(self._listing.distances[at]):.2f}", self._listing.alike
        if alike is None:
            return text
        return f"{formatting.bar(float(alike[at]), cells=self._bar_cells, ascii=self.paint.ascii)} {text}"

    @property
    def _bar_cells(self) -> int:
        return 5 if self.size.width >= WIDE_BAR_FROM else 3

    def _fit(self) -> None:
        """Give the columns their places."""
        distance = 0 if self._listing.distances is None else max(9, self._bar_cells + 6)
        self._fitted = fitted_columns(self._chosen_columns, self.size.width - _MARKS - 1, distance=distance)
        self._with_waves = any(place.column.name == "wave" for place in self._fitted)

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
        elif event.y == 1 < self._head:
            ends = ((place.column.name, _MARKS + place.start + place.width) for place in self._fitted)
            column = next((name for name, end in ends if event.x <= end), None)
            if column is not None:
                self.post_message(self.HeaderClicked(column))

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

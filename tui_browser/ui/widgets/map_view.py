"""The map: samples as braille dots, the cursor, a guest; only cells that look different are painted again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui_browser.atlas.cells import NO_COLOUR, Cells, changed_runs
from tui_browser.atlas.labels import Label, Labels, covers, fits, thinned
from tui_browser.atlas.raster import Raster
from tui_browser.atlas.viewport import DOTS_X, DOTS_Y, Viewport
from tui_browser.records import CLASSES, Snapshot
from tui_browser.ui import words
from tui_browser.ui.colouring import CLASS
from tui_browser.ui.paint import LEVELS, Paint
from tui_browser.ui.world import World

LETTER_ROOM = 14
"""Cells for each visible sample from which on letters stand in place of dots."""
WHEEL = 1.25
MANY = 400
"""Changed cells from which on each line is painted from its first to its last one."""
_CURSOR, _GUEST, _GROUND, _LABEL, _NAME = range(-1, -6, -1)
MOST_NAMES = 200
NAME_ROOM = 24
"""Cells of a name beside its sample, at most."""


class MapView(Widget):
    """A window on the map; it holds the viewport and draws, whoever wires it moves the cursor."""

    DEFAULT_CSS = """
    MapView { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Pointed(Message):
        """A click on this place of the map; `reach` is how far a sample may be away from it, in x and y."""

        point: tuple[float, float]
        reach: tuple[float, float]

    class Moved(Message):
        """The part of the map that is shown has changed by mouse or size."""

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paint = paint
        self.viewport = Viewport(1, 1)
        self.cells: Cells | None = None
        self._world: World | None = None
        self._raster: Raster | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._cursor: tuple[float, float] | None = None
        self._guest: tuple[float, float] | None = None
        self._marks: dict[tuple[int, int], tuple[str, int]] = {}
        self._labels: Labels | None = None
        self._written: dict[tuple[int, int], tuple[str, int]] = {}
        """Cells that hold a letter of a label or name: which, and in which style."""
        self._letters: NDArray[np.uint8] | None = None
        self._drag: tuple[int, int] | None = None
        self._dragged = False

    # --- what to show ------------------------------------------------------------------------------------------------

    def show(self, world: World, *, mask: NDArray[np.bool_] | None, raster: Raster | None = None) -> None:
        """Show these samples; those outside of `mask` as faint ground. `raster` stands in while the map moves."""
        self._world, self._mask = world, mask
        self._raster = raster or world.raster
        self._draw()

    def look(self, viewport: Viewport) -> None:
        """Show another part of the map."""
        if viewport != self.viewport:
            self.viewport = viewport
            self._draw()

    def mark(self, cursor: tuple[float, float] | None, guest: tuple[float, float] | None = None) -> None:
        """Put the cursor, and a guest's mark, on these places of the map."""
        self._cursor, self._guest = cursor, guest
        old, self._marks = self._marks, self._marked()
        for x, y in old.keys() ^ self._marks.keys():
            self.refresh(Region(x, y, 1, 1))
        for cell in old.keys() & self._marks.keys():
            if old[cell] != self._marks[cell]:
                self.refresh(Region(*cell, 1, 1))
        if self._labels is not None:
            self._rewrite()

    def label(self, labels: Labels | None) -> None:
        """Write the names of regions on the map, or none."""
        self._labels = labels
        self._rewrite()

    def _rewrite(self) -> None:
        """Labels as they stand now; cells that are others than before are painted."""
        old, self._written = self._written, self._letters_of_labels()
        for cell in old.keys() | self._written.keys():
            if old.get(cell) != self._written.get(cell):
                self.refresh(Region(*cell, 1, 1))

    def _letters_of_labels(self) -> dict[tuple[int, int], tuple[str, int]]:
        if self._labels is None or self._world is None or self._raster is not self._world.raster:
            return {}
        if self._letters is not None:
            return {
                (x, label.row): (char, _NAME)
                for label in self._names()
                for x, char in enumerate(label.text, start=label.column)
            }
        return {
            (x, label.row): (char, _LABEL)
            for label in self._labels.seen(self.viewport, cursor=self._cursor)
            for x, char in enumerate(f" {label.text} ", start=label.column - 1)
            if 0 <= x < self.viewport.columns
        }

    def _names(self) -> list[Label]:
        """The names of the samples that stand alone enough to have theirs beside them; of two the earlier one."""
        world, raster, cells = self._world, self._raster, self.cells
        if world is None or raster is None or cells is None:
            return []
        view = self.viewport
        rows = raster.rows_in(view, range(view.columns), range(view.rows), mask=self._mask)[:MOST_NAMES]
        texts = [words.file_name(world.snapshot.names[row]).rpartition(".")[0][:NAME_ROOM] for row in rows.tolist()]
        places = view.to_dots(world.snapshot.xy[rows]) / [DOTS_X, DOTS_Y]
        widths = np.array([len(text) + 2 for text in texts], dtype=np.int64)
        kept = thinned(places + np.column_stack([widths / 2, np.zeros(len(rows))]), widths, -rows)
        cursor = view.cell_at(self._cursor) if self._cursor is not None else None
        names = []
        for at in np.flatnonzero(kept).tolist():
            label = Label(int(places[at, 0]) + 2, int(places[at, 1]), texts[at], 0)
            clear = fits(label, view) and not cells.count[label.row, label.column - 1 :][: len(label.text) + 1].any()
            plain = cell_len(label.text) == len(label.text) and (label.text.isascii() or not self.paint.ascii)
            if clear and plain and label.text and not (cursor is not None and covers(label, cursor)):
                names.append(label)
        return names

    def repainted(self, paint: Paint) -> None:
        """Another theme."""
        self.paint = paint
        self._marks = self._marked()
        self.refresh()

    @property
    def in_letters(self) -> bool:
        """Whether so few samples are shown that each is a letter."""
        return self._letters is not None

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if self._raster is None or self.size.width < 1 or self.size.height < 1:
            return
        old, old_letters = self.cells, self._letters
        cells = self._raster.draw(self.viewport, mask=self._mask)
        self.cells = replace(cells, level=smoothed(cells.level, cells.count > 0))
        self._letters = self._lettered()
        old_marks, self._marks = self._marks, self._marked()
        if (old_letters is None) != (self._letters is None):
            old = None
        for y, start, stop in _runs(old, self.cells):
            self.refresh(Region(start, y, stop - start, 1))
        if old_letters is not None and self._letters is not None and old is not None:
            for y, x in np.argwhere(old_letters != self._letters).tolist():
                self.refresh(Region(x, y, 1, 1))
        for cell in old_marks.keys() | self._marks.keys():
            self.refresh(Region(*cell, 1, 1))
        self._rewrite()

    def _lettered(self) -> NDArray[np.uint8] | None:
        """(R, C) the class of each cell's sample, where few enough are shown to tell them by letters."""
        if self._world is None or self.cells is None or self._raster is not self._world.raster:
            return None
        shown = int(self.cells.count.sum())
        if not shown or shown * LETTER_ROOM > self.cells.count.size:
            return None
        if self._world.colours.by == CLASS:
            return self.cells.colour
        letters = np.full(self.cells.count.shape, NO_COLOUR, dtype=np.uint8)
        everywhere = range(self.viewport.columns), range(self.viewport.rows)
        for row in self._raster.rows_in(self.viewport, *everywhere, mask=self._mask)[::-1].tolist():
            cell = self.viewport.cell_at(self._world.place(row))
            if cell is not None:
                letters[cell[1], cell[0]] = min(int(self._world.snapshot.classes[row]), len(CLASSES))
        return letters

    def _marked(self) -> dict[tuple[int, int], tuple[str, int]]:
        """Cells of the cursor and the guest: what they hold, and in which style."""
        marks: dict[tuple[int, int], tuple[str, int]] = {}
        width, height = self.viewport.columns, self.viewport.rows
        ascii_only = self.paint.ascii
        for place, shape, kind in (
            (self._guest, "(G)" if ascii_only else "⟨G⟩", _GUEST),
            (self._cursor, "[X]" if ascii_only else "❲◆❳", _CURSOR),
        ):
            cell = self.viewport.cell_at(place) if place is not None else None
            if cell is None:
                continue
            for x, char in enumerate(shape, start=cell[0] - 1):
                if 0 <= x < width and 0 <= cell[1] < height:
                    marks[x, cell[1]] = (char, kind)
        return marks

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        cells = self.cells
        if cells is None or y >= len(cells.bits) or cells.bits.shape[1] != width:
            return Strip.blank(width, self.paint.role("text"))
        text: str | list[str] = cells.ascii(y) if self.paint.ascii else cells.text(y)
        if self._letters is not None:
            text = self._lettered_text(list(text), cells, y)
        style = np.where(cells.dim[y], _GROUND, cells.colour[y].astype(np.int32) * LEVELS + cells.level[y])
        if self._letters is not None:
            style = np.where(cells.count[y] > 0, cells.colour[y].astype(np.int32) * LEVELS + LEVELS - 1, style)
        blank = cells.bits[y] == 0
        marks = [(x, mark) for (x, row), mark in self._written.items() if row == y]
        marks += [(x, mark) for (x, row), mark in self._marks.items() if row == y]
        if marks:
            text = list(text)
            for x, (char, kind) in marks:
                text[x] = char
                style[x] = kind
                blank[x] = False
        filled = np.maximum.accumulate(np.where(blank, 0, np.arange(width)))  # blanks go on in the style before them
        style = style[filled]
        starts = np.flatnonzero(np.diff(style, prepend=style[0] + 1))
        kinds = style[starts].tolist()
        edges = [*starts.tolist(), width]
        whole = text if isinstance(text, str) else "".join(text)
        return Strip(
            [
                Segment(whole[start:stop], self._style(kind))
                for start, stop, kind in zip(edges, edges[1:], kinds, strict=False)
            ],
            width,
        )

    def _lettered_text(self, text: list[str], cells: Cells, y: int) -> list[str]:
        if self._letters is not None:
            for x in np.flatnonzero(cells.count[y]).tolist():
                text[x] = self.paint.letter(int(self._letters[y, x]))
        return text

    def _style(self, code: int) -> Style:
        paint = self.paint
        if code == _CURSOR:
            return paint.cursor
        if code == _GUEST:
            return paint.guest
        if code == _GROUND:
            return paint.ground
        if code == _LABEL:
            return paint.role("text", bold=True)
        if code == _NAME:
            return paint.role("muted")
        hues = "classes" if self._world is None else self._world.colours.hues
        styles = paint.classes if hues == "classes" else paint.ramp if hues == "ramp" else paint.shades
        return styles[min(code, len(styles) - LEVELS + code % LEVELS)] if code >= 0 else paint.ground

    # --- events ------------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        self.viewport = self.viewport.resize(event.size.width, event.size.height)
        self.cells = None
        self._draw()
        self.refresh()
        self.post_message(self.Moved())

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self._drag, self._dragged = (event.x, event.y), False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._drag is None:
            return
        across, down = self._drag[0] - event.x, self._drag[1] - event.y
        if across or down:
            self._drag, self._dragged = (event.x, event.y), True
            self.look(self.viewport.pan(across, down))
            self.post_message(self.Moved())

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._drag is None:
            return
        self.release_mouse()
        self._drag = None
        if not self._dragged:
            cell_x, cell_y = DOTS_X / self.viewport.scale[0], DOTS_Y / self.viewport.scale[1]
            self.post_message(self.Pointed(self.viewport.cell_centre(event.x, event.y), (3 * cell_x, 2 * cell_y)))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1 / WHEEL)

    def _wheel(self, event: events.MouseEvent, factor: float) -> None:
        event.stop()
        self.look(self.viewport.zoom(factor, about=self.viewport.cell_centre(event.x, event.y)))
        self.post_message(self.Moved())


def smoothed(level: NDArray[np.uint8], lit: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Brightness (R, C) as the mean of the lit cells around: density as a field, and half the bytes of a noisy one."""
    high, wide = level.shape

    def around(values: NDArray[np.float32]) -> NDArray[np.float32]:
        sums = np.zeros((high + 3, wide + 5), dtype=np.float32)
        sums[1:, 1:] = np.pad(values, ((1, 1), (2, 2))).cumsum(axis=0).cumsum(axis=1)
        return sums[3:, 5:] - sums[3:, :wide] - sums[:high, 5:] + sums[:high, :wide]

    total = around(np.where(lit, level, 0).astype(np.float32))
    mean = np.rint(total / np.maximum(around(lit.astype(np.float32)), 1.0))
    return np.where(lit, mean, 0).astype(np.uint8)


def _runs(old: Cells | None, new: Cells) -> list[tuple[int, int, int]]:
    """Runs (y, x0, x1) to paint: of a few cells exactly those, of many a stretch in each line."""
    if old is None or old.bits.shape != new.bits.shape:
        return changed_runs(old, new)
    differs = (old.bits != new.bits) | (old.colour != new.colour) | (old.level != new.level) | (old.dim != new.dim)
    if np.count_nonzero(differs) < MANY:
        return changed_runs(old, new)
    lines = np.flatnonzero(differs.any(axis=1))
    first = differs.argmax(axis=1)[lines]
    last = differs.shape[1] - differs[:, ::-1].argmax(axis=1)[lines]
    return list(zip(lines.tolist(), first.tolist(), last.tolist(), strict=True))


def class_index(snapshot: Snapshot, row: int) -> int:
    """The class of a row as an index into colours and letters: 11 for unclassed, and for a model's twelfth class on."""
    return min(int(snapshot.classes[row]), len(CLASSES))


def class_name(snapshot: Snapshot, row: int) -> str:
    """The name of a row's class; empty where it has none."""
    index = int(snapshot.classes[row])
    return snapshot.class_names[index] if index < len(snapshot.class_names) else ""

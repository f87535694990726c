"""The map widget: samples as braille dots or letters, with an overlay; only changed cells are repainted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from tui_browser.map.cells import Cells
from tui_browser.map.labels import MapLabels
from tui_browser.map.raster import Raster
from tui_browser.map.viewport import Viewport
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.styles import Styles
from tui_browser.ui.terminal.fast_render import FastRender
from tui_browser.ui.widgets.map_captions import Captions
from tui_browser.ui.widgets.map_cells import cells_of, runs_of, runs_to_paint, smoothed
from tui_browser.ui.widgets.map_edges import AxisEdges
from tui_browser.ui.widgets.map_inset import Inset
from tui_browser.ui.widgets.map_line import CellStyles, style_of
from tui_browser.ui.widgets.map_making import MakingMarks
from tui_browser.ui.widgets.map_mouse import MapMouse
from tui_browser.ui.widgets.map_overlay import MapOverlay, Place
from tui_browser.ui.widgets.map_text import (
    BOLD_ROOM,
    LETTER_ROOM,
    Detail,
    MapText,
    StackMarks,
    detail_of,
    letters,
    room,
)


class MapView(MapMouse, FastRender):
    """Draws the visible part of the map; its owner sets the cursor, filter and selection."""

    DEFAULT_CSS = """
    MapView { width: 1fr; height: 1fr; }
    """

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paint = paint
        self.viewport = Viewport(1, 1)
        self.cells: Cells | None = None
        self.inset = Inset()
        self._world: MapModel | None = None
        self._raster: Raster | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._selected: NDArray[np.intp] | None = None
        self._selected_cells: NDArray[np.bool_] | None = None
        self._lit_cells: NDArray[np.bool_] | None = None
        self._chosen_detail: Detail | None = None
        self._letters: NDArray[np.uint8] | None = None
        self._cell_styles: CellStyles | None = None
        self.captions = Captions()
        self._overlay = MapOverlay(self.captions, self.inset)
        self._without_density = False
        self._hues = ""
        """The colour scale of the last drawing."""
        self._styles: dict[str, dict[int, Style]] = {}
        """Style number to style, by colour scale."""

    # --- content -----------------------------------------------------------------------------------------------------

    def show(
        self,
        world: MapModel,
        *,
        mask: NDArray[np.bool_] | None,
        raster: Raster | None = None,
        chosen: NDArray[np.intp] | None = None,
        marks: tuple[Place | None, Place | None] | None = None,
    ) -> None:
        """Show these samples; those outside of `mask` are faint. `raster` replaces the model's while the map moves.

        `chosen` and `marks` (cursor, guest) are as in `choose` and `mark`, and take effect in the same frame.
        """
        self._world, self._mask = world, mask
        if marks is not None:
            self._selected = chosen if chosen is not None and len(chosen) else None
            self._overlay.cursor, self._overlay.guest = marks
        self._raster = raster or world.raster
        self._draw()

    def look(self, viewport: Viewport) -> None:
        """Show another part of the map."""
        if viewport != self.viewport:
            self.viewport = viewport
            self._draw()

    def mark(self, cursor: Place | None, guest: Place | None = None) -> None:
        """Mark the cursor and the guest at these points of the map."""
        if (cursor, guest) != (self._overlay.cursor, self._overlay.guest):
            self._overlay.cursor, self._overlay.guest = cursor, guest
            self._update_overlay()

    def show_making(self, making: MakingMarks) -> None:
        """Mark what is made, or was, and what it is made from."""
        if making != self._overlay.making:
            self._overlay.making = making
            self._update_overlay()

    def rank(self, places: Sequence[Place]) -> None:
        """Mark these points, the neighbours of a sample, with digits from 1."""
        if places != self._overlay.ranked:
            self._overlay.ranked = places
            self._update_overlay()

    def stack(self, stacks: StackMarks) -> None:
        """Write the sizes of stacks of copies beside their points, where nothing else is."""
        if not stacks.is_like(self._overlay.stacks):
            self._overlay.stacks = stacks
            self._update_overlay()

    def edge(self, edges: AxisEdges | None) -> None:
        """Show axis titles and ticks, or none."""
        if edges != self.captions.edges:
            self.captions.edges = edges
            self._place_captions()

    def label(self, labels: MapLabels | None) -> None:
        """Show the names of regions, or none."""
        self.captions.labels = labels
        self._place_captions()

    def show_detail(self, detail: Detail | None) -> None:
        """Draw samples with this detail; None lets the zoom decide."""
        self._chosen_detail = detail
        self._draw()

    def choose(self, rows: NDArray[np.intp] | None) -> None:
        """Show these rows of the map model as selected."""
        self._selected = rows if rows is not None and len(rows) else None
        before, self._selected_cells = self._selected_cells, None
        if self.cells is None:
            return
        if self._selected is not None and self._world is not None:
            self._selected_cells = cells_of(self._world.xy[self._selected], self.viewport)
        none = np.zeros(self.cells.bits.shape, dtype=np.bool_)
        old, new = (
            none if each is None or each.shape != none.shape else each for each in (before, self._selected_cells)
        )
        self._repaint(runs_of((x, y) for y, x in np.argwhere(old != new).tolist()))

    def light(self, rows: NDArray[np.intp] | None) -> None:
        """Light the cells of these rows of the map model, or none."""
        before, self._lit_cells = self._lit_cells, None
        if self.cells is None:
            return
        if rows is not None and len(rows) and self._world is not None:
            self._lit_cells = cells_of(self._world.xy[rows], self.viewport)
        none = np.zeros(self.cells.bits.shape, dtype=np.bool_)
        old, new = (none if each is None or each.shape != none.shape else each for each in (before, self._lit_cells))
        self._repaint(runs_of((x, y) for y, x in np.argwhere(old != new).tolist()))

    def show_inset(self, on: bool) -> None:
        """Show the inset while the map is enlarged, or never."""
        self.inset.on = on
        self._update_overlay()

    def send_less(self) -> None:
        """Draw without density from now on, so that most adjacent cells have the same style."""
        self._without_density = True
        self._draw()

    def repainted(self, paint: Styles) -> None:
        """Use another theme."""
        self.paint, self._styles = paint, {}
        self._overlay.update(self.picture, self.viewport, ascii=paint.ascii)
        self.refresh()

    @property
    def labelled(self) -> bool:
        """Whether names of regions are shown."""
        return self.captions.labels is not None

    @property
    def wanted(self) -> Detail | None:
        """The detail set by `show_detail`."""
        return self._chosen_detail

    @property
    def detail(self) -> Detail:
        """How samples are drawn in this view."""
        if self._chosen_detail is not None:
            return self._chosen_detail
        shown = int(self.cells.count.sum()) if self.cells is not None else 0
        return detail_of(self.viewport, self._kept_count, shown=shown)

    @property
    def in_letters(self) -> bool:
        """Whether samples are drawn as letters."""
        return self._letters is not None

    @property
    def _kept_count(self) -> int:
        """Samples on the whole map that the filter keeps."""
        if self._raster is None:
            return 0
        return len(self._raster) if self._mask is None else int(np.count_nonzero(self._mask))

    @property
    def picture(self) -> MapText | None:
        """The current drawing; None before the first one and while the map moves."""
        if self._world is None or self._raster is not self._world.raster or self.cells is None:
            return None
        return MapText(self._world, self._raster, self.viewport, self.cells, self._mask)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if self._raster is None or self.size.width < 1 or self.size.height < 1:
            return
        old, old_letters = self.cells, self._letters
        bold = room(self.viewport, self._kept_count) >= BOLD_ROOM
        cells = self._raster.draw(self.viewport, mask=self._mask, bold=bold)
        lit = cells.count > 0
        self.cells = replace(
            cells, level=lit.astype(np.uint8) * 2 if self._without_density else smoothed(cells.level, lit)
        )
        picture = self.picture
        self._letters = letters(picture) if picture is not None and self._draws_letters() else None
        self._cell_styles = CellStyles.of(self.cells, letters=self._letters is not None)
        hues = self._world.colours.hues if self._world is not None else ""
        if (old_letters is None) != (self._letters is None) or hues != self._hues:
            old = None
        self._hues = hues
        self._repaint(runs_to_paint(old, self.cells))
        if old_letters is not None and self._letters is not None and old is not None:
            self._repaint(runs_of((x, y) for y, x in np.argwhere(old_letters != self._letters).tolist()))
        self.choose(self._selected)
        self._place_captions()

    def _draws_letters(self) -> bool:
        """Whether samples are letters: chosen by key, or because the zoom leaves room for them."""
        if self.detail < Detail.MARKS or self.cells is None:
            return False
        return self._chosen_detail is not None or int(self.cells.count.sum()) * LETTER_ROOM <= self.cells.count.size

    def _place_captions(self) -> None:
        self.captions.place(self.picture, self.detail, ascii=self.paint.ascii)
        self._update_overlay()

    def _update_overlay(self) -> None:
        changed = self._overlay.update(self.picture, self.viewport, ascii=self.paint.ascii)
        self._repaint(runs_of(changed))

    def _repaint(self, runs: Sequence[tuple[int, int, int]]) -> None:
        """Refresh these runs (y, x0, x1), if any, in one call."""
        if runs:
            self.refresh(*(Region(start, y, stop - start, 1) for y, start, stop in runs))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        cells = self.cells
        if cells is None or self._cell_styles is None or y >= len(cells.bits) or cells.bits.shape[1] != width:
            return Strip.blank(width, self.paint.role("text"))
        text = cells.ascii(y) if self.paint.ascii else cells.text(y)
        marks = self._overlay.lines.get(y, ())
        selected = self._selected_cells
        row = selected[y] if selected is not None and selected.shape == cells.bits.shape else None
        lit_cells = self._lit_cells
        lit = lit_cells[y] if lit_cells is not None and lit_cells.shape == cells.bits.shape else None
        if marks or self._letters is not None:
            text = self._lettered(y, list(text), marks)
        cell_styles = self._cell_styles
        if row is None and lit is None and not marks:
            runs = cell_styles.line(y)
        else:
            runs = cell_styles.line_with(y, marks=marks, selected=row, lit=lit)
        hues = "classes" if self._world is None else self._world.colours.hues
        styles = self._styles.setdefault(hues, {})
        for number in {number for _, _, number in runs} - styles.keys():
            styles[number] = style_of(number, hues, self.paint)
        return Strip([Segment(text[start:stop], styles[number]) for start, stop, number in runs], width)

    def _lettered(self, y: int, text: list[str], marks: Sequence[tuple[int, str, int]]) -> str:
        """A line with letters for lit cells, if samples are letters, and with the marks over it."""
        if self._letters is not None and self.cells is not None:
            for x in np.flatnonzero(self.cells.count[y]).tolist():
                text[x] = self.paint.letter(int(self._letters[y, x]))
        for x, char, _ in marks:
            text[x] = char
        return "".join(text)

    def on_resize(self, event: events.Resize) -> None:
        self.viewport = self.viewport.resize(event.size.width, event.size.height)
        self.cells = None
        self._draw()
        self.refresh()
        self.post_message(self.Moved())

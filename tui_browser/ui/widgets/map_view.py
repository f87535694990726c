"""The map: samples as braille dots, the cursor, a guest; only cells that look different are painted again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from tui_browser.atlas.cells import Cells
from tui_browser.atlas.labels import Labels
from tui_browser.atlas.raster import Raster
from tui_browser.atlas.viewport import DOTS_X, DOTS_Y, Viewport
from tui_browser.ui.paint import LEVELS, Paint
from tui_browser.ui.widgets.bare import Bare
from tui_browser.ui.widgets.map_captions import Captions
from tui_browser.ui.widgets.map_cells import changed, smoothed
from tui_browser.ui.widgets.map_edges import AxisEdges
from tui_browser.ui.widgets.map_inset import Inset
from tui_browser.ui.widgets.map_line import CHOSEN, CURSOR, GROUND, GUEST, LABEL, NAME, RANK, SMALL, WINDOW, Ink
from tui_browser.ui.widgets.map_mouse import MapMouse
from tui_browser.ui.widgets.map_text import (
    BOLD_ROOM,
    LETTER_ROOM,
    Detail,
    Picture,
    detail_of,
    letters,
    ranks,
    room,
)
from tui_browser.ui.world import World

Place = tuple[float, float]
"""On the map, in 0..1."""
Overlay = Mapping[tuple[int, int], tuple[str, int]]
"""Cells (x, y) that hold a character in a style."""


class MapView(MapMouse, Bare):
    """A window on the map; it holds the viewport and draws, whoever wires it moves the cursor."""

    DEFAULT_CSS = """
    MapView { width: 1fr; height: 1fr; }
    """

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paint = paint
        self.viewport = Viewport(1, 1)
        self.cells: Cells | None = None
        self.inset = Inset()
        self._world: World | None = None
        self._raster: Raster | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._selected: NDArray[np.intp] | None = None
        self._chosen: NDArray[np.bool_] | None = None
        self._cursor: Place | None = None
        self._guest: Place | None = None
        self._ranked: Sequence[Place] = ()
        self._wanted: Detail | None = None
        self.captions = Captions()
        self._letters: NDArray[np.uint8] | None = None
        self._ink: Ink | None = None
        self._overlay: Overlay = {}
        self._written: dict[int, list[tuple[int, str, int]]] = {}
        """The overlay line by line."""
        self._plain = False
        self._hues = ""
        """Which colours the indices meant when it was drawn last."""
        self._styles: dict[str, dict[int, Style]] = {}
        """Of these hues, by number."""

    # --- what to show ------------------------------------------------------------------------------------------------

    def show(
        self,
        world: World,
        *,
        mask: NDArray[np.bool_] | None,
        raster: Raster | None = None,
        chosen: NDArray[np.intp] | None = None,
        marks: tuple[Place | None, Place | None] | None = None,
    ) -> None:
        """Show these samples; those outside of `mask` as faint ground. `raster` stands in while the map moves.

        `chosen` and `marks` (cursor, guest) are what `choose` and `mark` take, painted in the same go.
        """
        self._world, self._mask = world, mask
        if marks is not None:
            self._selected = chosen if chosen is not None and len(chosen) else None
            self._cursor, self._guest = marks
        self._raster = raster or world.raster
        self._draw()

    def look(self, viewport: Viewport) -> None:
        """Show another part of the map."""
        if viewport != self.viewport:
            self.viewport = viewport
            self._draw()

    def mark(self, cursor: Place | None, guest: Place | None = None) -> None:
        """Put the cursor, and a guest's mark, on these places of the map."""
        if (cursor, guest) != (self._cursor, self._guest):
            self._cursor, self._guest = cursor, guest
            self._write()

    def rank(self, places: Sequence[Place]) -> None:
        """Mark these places, the neighbours of a sample, with 1, 2 ... 9."""
        if places != self._ranked:
            self._ranked = places
            self._write()

    def edge(self, edges: AxisEdges | None) -> None:
        """Write on the edges what the axes mean, or nothing."""
        if edges != self.captions.edges:
            self.captions.edges = edges
            self.captions.find(self.picture, self.detail, ascii=self.paint.ascii)
            self._write()

    def label(self, labels: Labels | None) -> None:
        """Write the names of regions on the map, or none."""
        self.captions.labels = labels
        self.captions.find(self.picture, self.detail, ascii=self.paint.ascii)
        self._write()

    def show_detail(self, detail: Detail | None) -> None:
        """What samples are from now on; None for what the zoom asks for."""
        self._wanted = detail
        self._draw()

    def choose(self, rows: NDArray[np.intp] | None) -> None:
        """Show which samples (rows of the world that is shown) are selected."""
        self._selected = rows if rows is not None and len(rows) else None
        old, self._chosen = self._chosen, self._chosen_cells()
        if self.cells is None:
            return
        none = np.zeros(self.cells.bits.shape, dtype=np.bool_)
        one, other = (none if each is None or each.shape != none.shape else each for each in (old, self._chosen))
        self._again(Region(x, y, 1, 1) for y, x in np.argwhere(one != other).tolist())

    def show_inset(self, on: bool) -> None:
        """Show the small map while the map is enlarged, or never."""
        self.inset.on = on
        self._write()

    def send_less(self) -> None:
        """Leave density out of the colours from now on: most cells beside each other are then alike."""
        self._plain = True
        self._draw()

    def repainted(self, paint: Paint) -> None:
        """Another theme."""
        self.paint, self._styles = paint, {}
        self._lay(self._overlaid())
        self.refresh()

    @property
    def labelled(self) -> bool:
        """Whether the names of regions are there."""
        return self.captions.labels is not None

    @property
    def wanted(self) -> Detail | None:
        """What was asked for by `show_detail`."""
        return self._wanted

    @property
    def detail(self) -> Detail:
        """What samples are in this view."""
        if self._wanted is not None:
            return self._wanted
        shown = int(self.cells.count.sum()) if self.cells is not None else 0
        return detail_of(self.viewport, self._seen, shown=shown)

    @property
    def in_letters(self) -> bool:
        """Whether each sample is a letter."""
        return self._letters is not None

    @property
    def _seen(self) -> int:
        """Samples on the whole map that are not faint ground."""
        if self._raster is None:
            return 0
        return len(self._raster) if self._mask is None else int(np.count_nonzero(self._mask))

    @property
    def picture(self) -> Picture | None:
        """What is drawn now; None before the first, and while the map moves."""
        if self._world is None or self._raster is not self._world.raster or self.cells is None:
            return None
        return Picture(self._world, self._raster, self.viewport, self.cells, self._mask)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if self._raster is None or self.size.width < 1 or self.size.height < 1:
            return
        old, old_letters = self.cells, self._letters
        bold = room(self.viewport, self._seen) >= BOLD_ROOM
        cells = self._raster.draw(self.viewport, mask=self._mask, bold=bold)
        lit = cells.count > 0
        self.cells = replace(cells, level=lit.astype(np.uint8) * 2 if self._plain else smoothed(cells.level, lit))
        picture = self.picture
        self._letters = letters(picture) if picture is not None and self._marked() else None
        self._ink = Ink.of(self.cells, letters=self._letters is not None)
        hues = self._world.colours.hues if self._world is not None else ""
        if (old_letters is None) != (self._letters is None) or hues != self._hues:
            old = None
        self._hues = hues
        self._again(Region(start, y, stop - start, 1) for y, start, stop in changed(old, self.cells))
        if old_letters is not None and self._letters is not None and old is not None:
            self._again(Region(x, y, 1, 1) for y, x in np.argwhere(old_letters != self._letters).tolist())
        self.choose(self._selected)
        self.captions.find(self.picture, self.detail, ascii=self.paint.ascii)
        self._write()

    def _marked(self) -> bool:
        """Whether samples are letters: asked for by key, or by a zoom at which they have room."""
        if self.detail < Detail.MARKS or self.cells is None:
            return False
        return self._wanted is not None or int(self.cells.count.sum()) * LETTER_ROOM <= self.cells.count.size

    def _chosen_cells(self) -> NDArray[np.bool_] | None:
        """(R, C) True where a selected sample is; None where none is selected."""
        if self._selected is None or self._world is None or self.cells is None:
            return None
        chosen = np.zeros(self.cells.bits.shape, dtype=np.bool_)
        xy = self._world.xy[self._selected]
        dots = self.viewport.to_dots(xy[np.isfinite(xy[:, 0])])
        width, height = self.viewport.dots
        seen = dots[(dots[:, 0] >= 0) & (dots[:, 0] < width) & (dots[:, 1] >= 0) & (dots[:, 1] < height)]
        cells = seen.astype(np.int64) // [DOTS_X, DOTS_Y]
        chosen[cells[:, 1], cells[:, 0]] = True
        return chosen

    def _write(self) -> None:
        """Names and marks as they stand now; cells that are others than before are painted."""
        old = self._overlay
        self._lay(self._overlaid())
        self._again(
            Region(*cell, 1, 1)
            for cell in old.keys() | self._overlay.keys()
            if old.get(cell) != self._overlay.get(cell)
        )

    def _again(self, regions: Iterable[Region]) -> None:
        """Paint these cells again, told in one go."""
        told = list(regions)
        if told:
            self.refresh(*told)

    def _lay(self, overlay: Overlay) -> None:
        self._overlay, self._written = overlay, {}
        for (x, y), (char, kind) in overlay.items():
            self._written.setdefault(y, []).append((x, char, kind))

    def _overlaid(self) -> Overlay:
        picture, view, ascii_only = self.picture, self.viewport, self.paint.ascii
        at = view.cell_at(self._cursor) if self._cursor is not None else None
        inset: dict[tuple[int, int], tuple[str, int]] = {}
        if picture is not None:
            drawn = self.inset.draw(picture.raster, view, cursor=at, ascii_only=ascii_only)
            inset = {cell: (char, WINDOW if inside else SMALL) for cell, (char, inside) in drawn.items()}
        text = self.captions.cells(view.columns, cursor=at, box=self.inset.box, ascii=ascii_only)
        digits = {cell: (digit, RANK) for cell, digit in ranks(self._ranked, view).items()}
        return text | digits | inset | self._marks()

    def _marks(self) -> dict[tuple[int, int], tuple[str, int]]:
        """Cells of the cursor and the guest: what they hold, and in which style."""
        marks: dict[tuple[int, int], tuple[str, int]] = {}
        width, height = self.viewport.columns, self.viewport.rows
        ascii_only = self.paint.ascii
        for place, shape, kind in (
            (self._guest, "(G)" if ascii_only else "⟨G⟩", GUEST),
            (self._cursor, "[X]" if ascii_only else "❲◆❳", CURSOR),
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
        if cells is None or self._ink is None or y >= len(cells.bits) or cells.bits.shape[1] != width:
            return Strip.blank(width, self.paint.role("text"))
        text = cells.ascii(y) if self.paint.ascii else cells.text(y)
        marks = self._written.get(y, ())
        chosen = self._chosen[y] if self._chosen is not None and self._chosen.shape == cells.bits.shape else None
        if marks or self._letters is not None:
            text = self._lettered(y, list(text), marks)
        runs = self._ink.line(y) if chosen is None and not marks else self._ink.written(y, marks=marks, chosen=chosen)
        hues = "classes" if self._world is None else self._world.colours.hues
        styles = self._styles.setdefault(hues, {})
        for kind in {kind for _, _, kind in runs} - styles.keys():
            styles[kind] = self._made(hues, kind)
        return Strip([Segment(text[start:stop], styles[kind]) for start, stop, kind in runs], width)

    def _lettered(self, y: int, text: list[str], marks: Sequence[tuple[int, str, int]]) -> str:
        """A line with a letter for each lit cell, where there are letters, and with what is written over it."""
        if self._letters is not None and self.cells is not None:
            for x in np.flatnonzero(self.cells.count[y]).tolist():
                text[x] = self.paint.letter(int(self._letters[y, x]))
        for x, char, _ in marks:
            text[x] = char
        return "".join(text)

    def _made(self, hues: str, code: int) -> Style:
        paint = self.paint
        if code >= CHOSEN:
            return self._made(hues, code - CHOSEN) + paint.chosen
        fixed = {
            CURSOR: paint.cursor, GUEST: paint.guest, GROUND: paint.ground, NAME: paint.role("muted"),
            LABEL: paint.role("text", bold=True), RANK: paint.rank,
            SMALL: paint.role("muted", on="panel"), WINDOW: paint.window,
        }  # fmt: skip
        if code < 0:
            return fixed.get(code, paint.ground)
        styles = paint.hues(hues)
        return styles[min(code, len(styles) - LEVELS + code % LEVELS)]

    def on_resize(self, event: events.Resize) -> None:
        self.viewport = self.viewport.resize(event.size.width, event.size.height)
        self.cells = None
        self._draw()
        self.refresh()
        self.post_message(self.Moved())

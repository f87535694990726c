"""The map: samples as braille dots, the cursor, a guest; only cells that look different are painted again."""

from __future__ import annotations

from collections.abc import Mapping
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
from tui_browser.ui.widgets.map_cells import changed, smoothed
from tui_browser.ui.widgets.map_inset import Inset
from tui_browser.ui.widgets.map_mouse import MapMouse
from tui_browser.ui.widgets.map_text import Picture, letters, names, regions
from tui_browser.ui.world import World

_CURSOR, _GUEST, _GROUND, _LABEL, _NAME, _SMALL, _WINDOW = range(-1, -8, -1)
_CHOSEN = 1 << 16
"""Added to the style of a cell with a sample of the selection."""
_OWN_GROUND = np.array([False, True, True, False, False, False, True, True])
"""By style, those that bring a ground of their own: blanks behind them do not go on in it."""

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
        self._labels: Labels | None = None
        self._letters: NDArray[np.uint8] | None = None
        self._overlay: Overlay = {}
        self._written: dict[int, list[tuple[int, str, int]]] = {}
        """The overlay line by line."""
        self._plain = False
        self._hues = ""
        """Which colours the indices meant when it was drawn last."""
        self._styles: dict[tuple[str, int], Style] = {}

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

    def label(self, labels: Labels | None) -> None:
        """Write the names of regions on the map, or none."""
        self._labels = labels
        self._write()

    def choose(self, rows: NDArray[np.intp] | None) -> None:
        """Show which samples (rows of the world that is shown) are selected."""
        self._selected = rows if rows is not None and len(rows) else None
        old, self._chosen = self._chosen, self._chosen_cells()
        if self.cells is None:
            return
        none = np.zeros(self.cells.bits.shape, dtype=np.bool_)
        one, other = (none if each is None or each.shape != none.shape else each for each in (old, self._chosen))
        for y, x in np.argwhere(one != other).tolist():
            self.refresh(Region(x, y, 1, 1))

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
    def in_letters(self) -> bool:
        """Whether so few samples are shown that each is a letter."""
        return self._letters is not None

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
        cells = self._raster.draw(self.viewport, mask=self._mask)
        lit = cells.count > 0
        self.cells = replace(cells, level=lit.astype(np.uint8) * 2 if self._plain else smoothed(cells.level, lit))
        picture = self.picture
        self._letters = letters(picture) if picture is not None else None
        hues = self._world.colours.hues if self._world is not None else ""
        if (old_letters is None) != (self._letters is None) or hues != self._hues:
            old = None
        self._hues = hues
        for y, start, stop in changed(old, self.cells):
            self.refresh(Region(start, y, stop - start, 1))
        if old_letters is not None and self._letters is not None and old is not None:
            for y, x in np.argwhere(old_letters != self._letters).tolist():
                self.refresh(Region(x, y, 1, 1))
        self.choose(self._selected)
        self._write()

    def _chosen_cells(self) -> NDArray[np.bool_] | None:
        """(R, C) True where a selected sample is; None where none is selected."""
        if self._selected is None or self._world is None or self.cells is None:
            return None
        chosen = np.zeros(self.cells.bits.shape, dtype=np.bool_)
        xy = self._world.snapshot.xy[self._selected]
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
        for cell in old.keys() | self._overlay.keys():
            if old.get(cell) != self._overlay.get(cell):
                self.refresh(Region(*cell, 1, 1))

    def _lay(self, overlay: Overlay) -> None:
        self._overlay, self._written = overlay, {}
        for (x, y), (char, kind) in overlay.items():
            self._written.setdefault(y, []).append((x, char, kind))

    def _overlaid(self) -> Overlay:
        overlay: dict[tuple[int, int], tuple[str, int]] = {}
        picture, view = self.picture, self.viewport
        at = view.cell_at(self._cursor) if self._cursor is not None else None
        inset: dict[tuple[int, int], tuple[str, int]] = {}
        if picture is not None:
            drawn = self.inset.draw(picture.raster, view, cursor=at, ascii_only=self.paint.ascii)
            inset = {cell: (char, _WINDOW if inside else _SMALL) for cell, (char, inside) in drawn.items()}
        if picture is not None and self._labels is not None:
            if self._letters is None:
                text = regions(self._labels, view, cursor=self._cursor, but=self.inset.box)
                overlay |= {cell: (char, _LABEL) for cell, char in text.items()}
            else:
                for label in names(picture, cursor=self._cursor, plain=self.paint.ascii):
                    overlay |= {(x, label.row): (char, _NAME) for x, char in enumerate(label.text, start=label.column)}
        return overlay | inset | self._marks()

    def _marks(self) -> dict[tuple[int, int], tuple[str, int]]:
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
        text = list(cells.ascii(y) if self.paint.ascii else cells.text(y))
        style = np.where(cells.dim[y], _GROUND, cells.colour[y].astype(np.int32) * LEVELS + cells.level[y])
        if self._letters is not None:
            for x in np.flatnonzero(cells.count[y]).tolist():
                text[x] = self.paint.letter(int(self._letters[y, x]))
            style = np.where(cells.count[y] > 0, cells.colour[y].astype(np.int32) * LEVELS + LEVELS - 1, style)
        blank = cells.bits[y] == 0
        if self._chosen is not None and self._chosen.shape == cells.bits.shape:
            style = np.where(self._chosen[y] & (style >= 0), style + _CHOSEN, style)
        for x, char, kind in self._written.get(y, ()):
            text[x], style[x], blank[x] = char, kind, False
        filled = np.maximum.accumulate(np.where(blank, 0, np.arange(width)))  # blanks go on in the style before them
        plain = np.where(style >= _CHOSEN, style - _CHOSEN, style)  # but only where it has no ground of its own
        plain = np.where(_OWN_GROUND[np.minimum(style, 0)], _NAME, plain)
        style = np.where(blank, plain[filled], style)
        starts = np.flatnonzero(np.diff(style, prepend=style[0] + 1))
        kinds = style[starts].tolist()
        edges = [*starts.tolist(), width]
        whole, hues = "".join(text), "classes" if self._world is None else self._world.colours.hues
        return Strip(
            [
                Segment(whole[start:stop], self._style(hues, kind))
                for start, stop, kind in zip(edges, edges[1:], kinds, strict=False)
            ],
            width,
        )

    def _style(self, hues: str, code: int) -> Style:
        style = self._styles.get((hues, code))
        if style is None:
            style = self._styles[hues, code] = self._made(hues, code)
        return style

    def _made(self, hues: str, code: int) -> Style:
        paint = self.paint
        if code >= _CHOSEN:
            return self._made(hues, code - _CHOSEN) + paint.chosen
        fixed = {
            _CURSOR: paint.cursor, _GUEST: paint.guest, _GROUND: paint.ground, _NAME: paint.role("muted"),
            _LABEL: paint.role("text", bold=True), _SMALL: paint.role("muted", on="panel"), _WINDOW: paint.window,
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

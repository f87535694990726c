"""What is written on the map: letters in place of dots, names beside samples, names of regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui_browser.map.cells import NO_COLOUR, Cells
from tui_browser.map.labels import Label, MapLabels, covers, fits, thinned
from tui_browser.map.raster import Raster
from tui_browser.map.viewport import DOTS_X, DOTS_Y, Viewport
from tui_browser.ui import formatting
from tui_browser.ui.sample_names import sample_name
from tui_browser.ui.state.classes import class_index
from tui_browser.ui.state.colouring import CLASS
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.widgets.map_inset import InsetBox

LETTER_ROOM = 14
"""Cells for each visible sample from which on letters stand in place of dots."""
MOST_NAMES = 200
NAME_ROOM = 24
"""Cells of a name beside its sample, at most."""


@dataclass(frozen=True, slots=True)
class MapText:
    """A drawn view of the map."""

    world: MapModel
    raster: Raster
    view: Viewport
    cells: Cells
    mask: NDArray[np.bool_] | None
    """(N,) samples that are not faint ground; None for all."""


def letters(picture: MapText) -> NDArray[np.uint8] | None:
    """(R, C) the class of each cell's sample, where few enough are shown to tell them by letters."""
    cells, view, world = picture.cells, picture.view, picture.world
    shown = int(cells.count.sum())
    if not shown or shown * LETTER_ROOM > cells.count.size or picture.raster is not world.raster:
        return None
    if world.colours.by == CLASS:
        return cells.colour
    found = np.full(cells.count.shape, NO_COLOUR, dtype=np.uint8)
    everywhere = range(view.columns), range(view.rows)
    for row in picture.raster.rows_in(view, *everywhere, mask=picture.mask)[::-1].tolist():
        cell = view.cell_at(world.place(row))
        if cell is not None:
            found[cell[1], cell[0]] = class_index(world.snapshot, row)
    return found


def names(picture: MapText, *, cursor: tuple[float, float] | None, plain: bool) -> list[Label]:
    """The names of the samples that stand alone enough to have theirs beside them; of two the earlier one.

    With `plain` names that are not ASCII are left out.
    """
    world, view, cells = picture.world, picture.view, picture.cells
    rows = picture.raster.rows_in(view, range(view.columns), range(view.rows), mask=picture.mask)[:MOST_NAMES]
    texts = [
        formatting.cut_middle(sample_name(world.snapshot.names[row], ending=False), NAME_ROOM) for row in rows.tolist()
    ]
    places = view.to_dots(world.snapshot.xy[rows]) / [DOTS_X, DOTS_Y]
    widths = np.array([len(text) + 2 for text in texts], dtype=np.int64)
    kept = thinned(places + np.column_stack([widths / 2, np.zeros(len(rows))]), widths, -rows)
    at_cursor = view.cell_at(cursor) if cursor is not None else None
    found = []
    for at in np.flatnonzero(kept).tolist():
        label = Label(int(places[at, 0]) + 2, int(places[at, 1]), texts[at], 0)
        clear = fits(label, view) and not cells.count[label.row, label.column - 1 :][: len(label.text) + 1].any()
        even = cell_len(label.text) == len(label.text) and (label.text.isascii() or not plain)
        if clear and even and label.text and not (at_cursor is not None and covers(label, at_cursor)):
            found.append(label)
    return found


def regions(
    labels: MapLabels, view: Viewport, *, cursor: tuple[float, float] | None, but: InsetBox | None
) -> dict[tuple[int, int], str]:
    """The letters of the regions' names by their cells, a blank on each side; none that `but` would hide."""
    return {
        (x, label.row): char
        for label in labels.seen(view, cursor=cursor)
        if but is None or not but.meets(label.column - 1, label.row, len(label.text) + 2)
        for x, char in enumerate(f" {label.text} ", start=label.column - 1)
        if 0 <= x < view.columns
    }

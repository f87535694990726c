"""What is written on the map: marks in place of dots, names beside samples, names of regions, ranks of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui_browser.atlas.cells import NO_COLOUR, Cells
from tui_browser.atlas.label_placement import Label, Placement
from tui_browser.atlas.labels import Labels, fits, thinned
from tui_browser.atlas.raster import Raster
from tui_browser.atlas.viewport import DOTS_X, DOTS_Y, WHOLE, Viewport
from tui_browser.ui import words
from tui_browser.ui.colouring import CLASS
from tui_browser.ui.names import sample_name
from tui_browser.ui.world import World

BOLD_ROOM, NAME_ROOM, MARK_ROOM = 3, 14, 40
"""Cells for each sample, if they were spread evenly, from which on a sample is a bold dot, has its name beside it, and
is the letter of its class."""
LETTER_ROOM = 10
"""Cells for each sample in view that letters need."""
ASCII_LINES = {"─": "-", "│": "|"}
NAMES_FROM, MARKS_FROM = 1.2, 2.0
"""The least magnification for each: an overview is dots, also of a few samples."""
RANKS = 9
"""Neighbours that are marked with their rank."""
MOST_NAMES = 200
MOST_ASKED = 20_000
"""With more samples in view none stands alone."""
NAME_WIDTH = 24
"""Cells of a name beside its sample, at most."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn view of the map."""

    world: World
    raster: Raster
    view: Viewport
    cells: Cells
    mask: NDArray[np.bool_] | None
    """(N,) samples that are not faint ground; None for all."""


class Detail(IntEnum):
    """What a sample on the map is."""

    DOTS = 0
    NAMES = 1
    """A dot with its name beside it, where there is room."""
    MARKS = 2
    """The letter of its class, with its name."""


def room(view: Viewport, samples: int) -> float:
    """Cells for each of so many samples at this zoom, if all of them were spread evenly: the same wherever one pans."""
    share = view.span[0] * view.span[1] / WHOLE**2
    return view.columns * view.rows / max(1e-9, samples * share)


def detail_of(view: Viewport, samples: int, *, shown: int) -> Detail:
    """What the zoom asks for, more the closer one is; names also where few of the samples are `shown`."""
    level, cells = view.zoom_level, room(view, samples)
    if level >= MARKS_FROM and cells >= MARK_ROOM:
        return Detail.MARKS
    alone = view.columns * view.rows >= NAME_ROOM * shown
    return Detail.NAMES if level >= NAMES_FROM and (cells >= NAME_ROOM or alone) else Detail.DOTS


def letters(picture: Picture) -> NDArray[np.uint8] | None:
    """(R, C) the class of each lit cell, NO_COLOUR elsewhere; None while the map moves."""
    cells, view, world = picture.cells, picture.view, picture.world
    if picture.raster is not world.raster:
        return None
    if world.colours.by == CLASS:
        return cells.colour
    found = np.full(cells.count.shape, NO_COLOUR, dtype=np.uint8)
    everywhere = range(view.columns), range(view.rows)
    rows = picture.raster.rows_in(view, *everywhere, mask=picture.mask)[::-1]
    dots = view.to_dots(world.xy[rows]).astype(np.int64)
    found[dots[:, 1] // DOTS_Y, dots[:, 0] // DOTS_X] = np.minimum(world.snapshot.classes[rows], NO_COLOUR)
    return found


def ranks(places: Sequence[tuple[float, float]], view: Viewport) -> dict[tuple[int, int], str]:
    """The digits 1, 2 ... by their cells: each on its sample, or beside it where a lower one stands there."""
    found: dict[tuple[int, int], str] = {}
    for rank, place in enumerate(places[:RANKS], start=1):
        at = view.cell_at(place)
        if at is None:
            continue
        x, y = at
        spots = [(x, y), (x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
        free = (
            spot for spot in spots if spot not in found and 0 <= spot[0] < view.columns and 0 <= spot[1] < view.rows
        )
        cell = next(free, None)
        if cell is not None:
            found[cell] = str(rank)
    return found


def names(picture: Picture, *, cursor: tuple[float, float] | None = None, plain: bool) -> list[Label]:
    """The names of the samples that stand alone enough to have theirs beside them; of two the earlier one.

    With `plain` names that are not ASCII are left out.
    """
    world, view, cells = picture.world, picture.view, picture.cells
    if int(cells.count.sum()) > MOST_ASKED:
        return []
    rows = picture.raster.rows_in(view, range(view.columns), range(view.rows), mask=picture.mask)[:MOST_NAMES]
    texts = [
        words.cut_middle(sample_name(world.snapshot.names[row], ending=False), NAME_WIDTH) for row in rows.tolist()
    ]
    places = view.to_dots(world.xy[rows]) / [DOTS_X, DOTS_Y]
    widths = np.array([len(text) + 2 for text in texts], dtype=np.int64)
    kept = thinned(places + np.column_stack([widths / 2, np.zeros(len(rows))]), widths, -rows)
    at_cursor = view.cell_at(cursor) if cursor is not None else None
    found = []
    for at in np.flatnonzero(kept).tolist():
        label = Label(int(places[at, 0]) + 2, int(places[at, 1]), texts[at], 0)
        clear = fits(label, view) and not cells.count[label.row, label.column - 1 :][: len(label.text) + 1].any()
        even = cell_len(label.text) == len(label.text) and (label.text.isascii() or not plain)
        if clear and even and label.text and not (at_cursor is not None and label.covers(at_cursor)):
            found.append(label)
    return found


def regions(
    labels: Labels, picture: Picture, placement: Placement, *, taken: Sequence[tuple[int, int, int]] = ()
) -> list[Label]:
    """The names of the regions, none over `taken` (column, row, width), each where it stood before the view moved."""
    by_class = picture.world.colours.by == CLASS
    return labels.seen(
        picture.view, cells=picture.cells, by_class=by_class, mask=picture.mask, placement=placement, taken=taken
    )


def written(label: Label, columns: int) -> dict[tuple[int, int], str]:
    """The characters of a label by their cells, with a blank on each side."""
    padded = enumerate(f" {label.text} ", start=label.column - 1)
    return {(x, label.row): char for x, char in padded if 0 <= x < columns}


def leader(label: Label, *, ascii: bool) -> dict[tuple[int, int], str]:
    """The characters of the line between a label and its region by their cells."""
    return {(x, y): ASCII_LINES.get(char, "+") if ascii else char for x, y, char in label.leader}

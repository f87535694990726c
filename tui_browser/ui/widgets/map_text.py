"""Text on the map: class letters in place of dots, names of samples and regions, ranks of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui_browser.map.cells import NO_COLOUR, Cells
from tui_browser.map.label_placement import Label, Placement
from tui_browser.map.labels import MapLabels, drop_overlapping, fits
from tui_browser.map.raster import Raster
from tui_browser.map.viewport import DOTS_X, DOTS_Y, WHOLE, Viewport
from tui_browser.records import FloatArray, colour_places
from tui_browser.ui import formatting
from tui_browser.ui.sample_names import sample_name
from tui_browser.ui.state.colouring import CLASS
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.widgets.map_line import NAME

BOLD_ROOM, NAME_ROOM, MARK_ROOM = 3, 14, 40
"""Cells for each sample, if spread evenly, from which a sample is a bold dot, has its name beside it, and is the letter
of its class."""
LETTER_ROOM = 10
"""Cells for each visible sample that letters need."""
ASCII_LINES = {"─": "-", "│": "|"}
NAMES_FROM, MARKS_FROM = 1.2, 2.0
"""The least magnification for names and letters: an overview shows dots, even of a few samples."""
RANKS = 9
"""Neighbours that are marked with their rank."""
MOST_NAMES = 200
MOST_ASKED = 20_000
"""With more visible samples no name has room."""
NAME_WIDTH = 24
"""Most cells of a name beside its sample."""


@dataclass(frozen=True, slots=True)
class MapText:
    """A drawn view of the map."""

    world: MapModel
    raster: Raster
    view: Viewport
    cells: Cells
    mask: NDArray[np.bool_] | None
    """(N,) True for samples that the filter keeps; None for all."""


class Detail(IntEnum):
    """How a sample is drawn on the map."""

    DOTS = 0
    NAMES = 1
    """A dot with its name beside it, where there is room."""
    MARKS = 2
    """The letter of its class, with its name."""


def room(view: Viewport, samples: int) -> float:
    """Cells for each sample at this zoom if all were spread evenly; panning does not change it."""
    share = view.span[0] * view.span[1] / WHOLE**2
    return view.columns * view.rows / max(1e-9, samples * share)


def detail_of(view: Viewport, samples: int, *, shown: int) -> Detail:
    """The detail for this zoom; names also where only a few samples are visible (`shown`)."""
    level, cells = view.zoom_level, room(view, samples)
    if level >= MARKS_FROM and cells >= MARK_ROOM:
        return Detail.MARKS
    sparse = view.columns * view.rows >= NAME_ROOM * shown
    return Detail.NAMES if level >= NAMES_FROM and (cells >= NAME_ROOM or sparse) else Detail.DOTS


def letters(picture: MapText) -> NDArray[np.uint8] | None:
    """(R, C) class of each lit cell, NO_COLOUR elsewhere; None while the map moves."""
    cells, view, world = picture.cells, picture.view, picture.world
    if picture.raster is not world.raster:
        return None
    if world.colours.by == CLASS:
        return cells.colour
    snapshot = world.snapshot
    classes = np.full(cells.count.shape, NO_COLOUR, dtype=np.uint8)
    everywhere = range(view.columns), range(view.rows)
    rows = picture.raster.rows_in(view, *everywhere, mask=picture.mask)[::-1]
    dots = view.to_dots(world.xy[rows]).astype(np.int64)
    classes[dots[:, 1] // DOTS_Y, dots[:, 0] // DOTS_X] = colour_places(snapshot.class_names)[snapshot.classes[rows]]
    return classes


def ranks(places: Sequence[tuple[float, float]], view: Viewport) -> dict[tuple[int, int], str]:
    """Digits 1 to 9 by cell: each on its sample, or beside it where the cell is taken."""
    digits: dict[tuple[int, int], str] = {}
    for rank, place in enumerate(places[:RANKS], start=1):
        at = view.cell_at(place)
        if at is None:
            continue
        x, y = at
        spots = [(x, y), (x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
        free = (
            spot for spot in spots if spot not in digits and 0 <= spot[0] < view.columns and 0 <= spot[1] < view.rows
        )
        cell = next(free, None)
        if cell is not None:
            digits[cell] = str(rank)
    return digits


@dataclass(frozen=True, slots=True, eq=False)
class StackMarks:
    """Stacks of copies on the map."""

    places: FloatArray
    """(n, 2) points of the map."""
    sizes: NDArray[np.int64]
    """(n,) how many copies lie there."""

    def is_like(self, other: StackMarks) -> bool:
        """Whether these are the same marks."""
        return np.array_equal(self.sizes, other.sizes) and np.array_equal(self.places, other.places, equal_nan=True)


NO_STACKS = StackMarks(np.zeros((0, 2), dtype=np.float32), np.zeros(0, dtype=np.int64))


def stack_sizes(stacks: StackMarks, view: Viewport, bits: NDArray[np.uint8]) -> dict[tuple[int, int], tuple[str, int]]:
    """The size of each stack of copies in dark cells beside it, by cell; nothing where there is no room."""
    dots = view.to_dots(stacks.places)
    seen = np.flatnonzero(((dots >= 0) & (dots < view.dots)).all(axis=1))  # a place that is NaN is not
    x, y = (dots[seen] // (DOTS_X, DOTS_Y)).astype(np.int64).T
    digits = np.char.str_len(stacks.sizes[seen].astype(str))
    lit_before = np.zeros((view.rows, view.columns + 1), dtype=np.int64)
    np.cumsum(bits != 0, axis=1, out=lit_before[:, 1:])
    firsts = np.stack([x + 1, x - digits])
    ends = firsts + digits
    inside = (firsts >= 0) & (ends <= view.columns)
    lit = lit_before[y, np.minimum(ends, view.columns)] - lit_before[y, np.clip(firsts, 0, view.columns)]
    dark = inside & (lit == 0)
    cells: dict[tuple[int, int], tuple[str, int]] = {}
    for at in np.flatnonzero(dark.any(axis=0)).tolist():
        row, text = int(y[at]), str(stacks.sizes[seen[at]])
        for side in (0, 1):
            spots = [(column, row) for column in range(int(firsts[side, at]), int(ends[side, at]))]
            if dark[side, at] and not any(spot in cells for spot in spots):
                cells |= {spot: (char, NAME) for spot, char in zip(spots, text, strict=True)}
                break
    return cells


def names(picture: MapText, *, cursor: tuple[float, float] | None = None, plain: bool) -> list[Label]:
    """Names of the samples that have room for one; of two that overlap, the earlier sample's.

    `plain` leaves out names that are not ASCII.
    """
    world, view, cells = picture.world, picture.view, picture.cells
    if int(cells.count.sum()) > MOST_ASKED:
        return []
    rows = picture.raster.rows_in(view, range(view.columns), range(view.rows), mask=picture.mask)[:MOST_NAMES]
    texts = [
        formatting.cut_middle(sample_name(world.snapshot.names[row], ending=False), NAME_WIDTH) for row in rows.tolist()
    ]
    places = view.to_dots(world.xy[rows]) / [DOTS_X, DOTS_Y]
    widths = np.array([len(text) + 2 for text in texts], dtype=np.int64)
    kept = drop_overlapping(places + np.column_stack([widths / 2, np.zeros(len(rows))]), widths, -rows)
    at_cursor = view.cell_at(cursor) if cursor is not None else None
    labels = []
    for at in np.flatnonzero(kept).tolist():
        label = Label(int(places[at, 0]) + 2, int(places[at, 1]), texts[at], 0)
        clear = fits(label, view) and not cells.count[label.row, label.column - 1 :][: len(label.text) + 1].any()
        single_width = cell_len(label.text) == len(label.text) and (label.text.isascii() or not plain)
        if clear and single_width and label.text and not (at_cursor is not None and label.covers(at_cursor)):
            labels.append(label)
    return labels


def regions(
    labels: MapLabels, picture: MapText, placement: Placement, *, taken: Sequence[tuple[int, int, int]] = ()
) -> list[Label]:
    """Names of regions, clear of `taken` (column, row, width); each stays where it was while the map is panned."""
    by_class = picture.world.colours.by == CLASS
    return labels.seen(
        picture.view, cells=picture.cells, by_class=by_class, mask=picture.mask, placement=placement, taken=taken
    )


def written(label: Label, columns: int) -> dict[tuple[int, int], str]:
    """A label's characters by cell, with a blank on each side."""
    padded = enumerate(f" {label.text} ", start=label.column - 1)
    return {(x, label.row): char for x, char in padded if 0 <= x < columns}


def leader(label: Label, *, ascii: bool) -> dict[tuple[int, int], str]:
    """The line between a label and its region, as characters by cell."""
    return {(x, y): ASCII_LINES.get(char, "+") if ascii else char for x, y, char in label.leader}

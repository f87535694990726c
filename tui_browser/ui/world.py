"""One snapshot made ready to be shown, walked and searched; built in a thread, then swapped in whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.axes import is_axes
from tui_browser.atlas.raster import Raster
from tui_browser.atlas.stretch import Stretch, stretch_of
from tui_browser.atlas.walk import Walk
from tui_browser.records import NO_FAMILY, FloatArray, Names, SampleId, Snapshot
from tui_browser.search.match import NameIndex
from tui_browser.ui.classes import class_index
from tui_browser.ui.colouring import CLASS, Colouring, colouring
from tui_browser.ui.families import FIRST_FAMILY, Families, FamilyIndex, carried
from tui_browser.ui.order import map_order


@dataclass(frozen=True, slots=True)
class World:
    """All that the screen asks of the library between two swaps; the later parts follow the first paint."""

    snapshot: Snapshot
    colours: Colouring
    raster: Raster
    xy: FloatArray
    """(N, 2) where the samples are drawn in the unit square: the layout, stretched to fill the pane."""
    stretch: Stretch
    walk: Walk | None = None
    aspect: float = 1.0
    """The shape of the screen that `walk` was made for."""
    order: NDArray[np.intp] | None = None
    """(N,) rows in the list's own order."""
    index: NameIndex | None = None
    family: FamilyIndex | None = None
    """(N,) what samples of class `other` are by their words; None until it is known."""
    roots: tuple[bytes, ...] = ()
    """The library's roots; empty until they are known."""
    families: Families | None = None
    """What `family` came from, of this snapshot or an earlier one."""

    def __len__(self) -> int:
        return len(self.snapshot)

    @property
    def placed(self) -> int:
        """Samples with a place on the map."""
        return len(self.raster)

    def row_of(self, sample: SampleId | None) -> int | None:
        """The row of a sample in this snapshot; None when it is not in it."""
        if sample is None:
            return None
        ids = self.snapshot.ids
        row = int(ids.searchsorted(sample))
        return row if row < len(ids) and ids[row] == sample else None

    def id_at(self, row: int) -> SampleId:
        return SampleId(int(self.snapshot.ids[row]))

    def place(self, row: int) -> tuple[float, float]:
        """Where a row is drawn; NaN for a sample off the map."""
        x, y = self.xy[row]
        return float(x), float(y)

    def hue_of(self, row: int) -> int:
        """The colour index of a row's class, or of its family within that, whatever the map is coloured by."""
        family = NO_FAMILY if self.family is None else int(self.family[row])
        return class_index(self.snapshot, row) if family == NO_FAMILY else FIRST_FAMILY + family

    def colour_counts(self, mask: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """(256,) samples of each colour index; only those in `mask`."""
        index = self.colours.index if mask is None else self.colours.index[mask]
        return np.bincount(index, minlength=256)


def empty_world() -> World:
    """The world before the first snapshot."""
    nothing: FloatArray = np.zeros((0, 2), dtype=np.float32)
    snapshot = Snapshot(
        revision=-1,
        layout="",
        space="",
        ids=np.zeros(0, dtype=np.int64),
        xy=nothing,
        classes=np.zeros(0, dtype=np.uint8),
        class_p=np.zeros(0, dtype=np.float32),
        flags=np.zeros(0, dtype=np.uint8),
        features=np.zeros((0, 6), dtype=np.float32),
        names=Names(b"", np.zeros(1, dtype=np.int64)),
    )
    return sketch(snapshot, by=CLASS, steps=1)


def sketch(
    snapshot: Snapshot,
    *,
    by: str,
    steps: int,
    dates: NDArray[np.float64] | None = None,
    previous: World | None = None,
) -> World:
    """What the first paint needs: dots in their colours, where those of `previous` are while they fill the pane."""
    colours = colouring(snapshot, by, steps=steps, dates=dates)
    same = previous is not None and previous.placed > 1 and previous.snapshot.layout == snapshot.layout
    stretch = stretch_of(
        snapshot.xy, axes=is_axes(snapshot.layout), previous=previous.stretch if previous is not None and same else None
    )
    xy = stretch.draw(snapshot.xy)
    return World(snapshot, colours, Raster(xy, colours.index), xy, stretch)


def complete(world: World, *, aspect: float, previous: World | None = None) -> World:
    """The world with all that walking, listing and searching need; parts of `previous` that still hold are kept."""
    snapshot = world.snapshot
    old = previous.snapshot if previous is not None else None
    same_places = (
        previous is not None
        and previous.stretch == world.stretch
        and (previous.xy is world.xy or np.array_equal(previous.xy, world.xy, equal_nan=True))
    )
    same_names = old is not None and (
        old.names is snapshot.names
        or (
            len(old.names.blob) == len(snapshot.names.blob)
            and np.array_equal(old.names.offsets, snapshot.names.offsets)
            and old.names.blob == snapshot.names.blob
        )
    )
    kept = previous if previous is not None and same_places else None
    world = replace(world, roots=previous.roots) if previous is not None else world
    if previous is not None and previous.family is not None:
        family = carried(previous.family, previous.snapshot, snapshot)
        world = regrouped(replace(world, families=previous.families), family)
    return replace(
        world,
        walk=kept.walk
        if kept is not None and kept.walk is not None and kept.aspect == aspect
        else Walk(world.xy, aspect=aspect),
        aspect=aspect,
        order=kept.order if kept is not None and kept.order is not None else map_order(world.xy),
        index=previous.index if previous is not None and same_names and previous.index else NameIndex(snapshot.names),
    )


def recoloured(world: World, *, by: str, steps: int, dates: NDArray[np.float64] | None = None) -> World:
    """The same world in other colours."""
    colours = colouring(world.snapshot, by, steps=steps, dates=dates, family=world.family)
    return replace(world, colours=colours, raster=world.raster.with_colours(colours.index))


def regrouped(world: World, family: FamilyIndex) -> World:
    """The same world, in which this is known of the samples of class `other`."""
    world = replace(world, family=family)
    return recoloured(world, by=CLASS, steps=1) if world.colours.by == CLASS else world

"""A snapshot prepared for drawing, arrows and search; built in a thread, then shown in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.axes import is_axes
from tui_browser.map.raster import Raster
from tui_browser.map.stretch import Stretch, stretch_of
from tui_browser.map.walk import Walk
from tui_browser.records import FloatArray, Names, SampleId, Snapshot
from tui_browser.search.matcher import NameIndex
from tui_browser.ui.state.classes import colour_place
from tui_browser.ui.state.colouring import CLASS, Colouring, colouring
from tui_browser.ui.state.copy_stacks import CopyStacks
from tui_browser.ui.state.list_order import map_order


@dataclass(frozen=True, slots=True)
class MapModel:
    """Everything that the screen needs of one snapshot; the later parts follow the first paint."""

    snapshot: Snapshot
    colours: Colouring
    raster: Raster
    xy: FloatArray
    """(N, 2) where samples are drawn in the unit square: the layout, stretched to fill the pane."""
    stretch: Stretch
    walk: Walk | None = None
    aspect: float = 1.0
    """The shape of the screen that `walk` was made for."""
    order: NDArray[np.intp] | None = None
    """(N,) rows in the order of the list of all samples."""
    index: NameIndex | None = None
    roots: tuple[bytes, ...] = ()
    """The library's roots; empty until they are known."""
    stacks: CopyStacks | None = None
    """Samples that have copies; None without any, and until they are known."""
    tom_sizes: NDArray[np.uint8] | None = None
    """(N,) as `toms.tom_sizes` has them; None until they are known."""

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

    def ids_at(self, rows: Sequence[int]) -> list[SampleId]:
        """The samples in these rows; for many of them much faster than one by one."""
        ids: list[SampleId] = self.snapshot.ids[np.asarray(rows, dtype=np.intp)].tolist()
        return ids

    def place(self, row: int) -> tuple[float, float]:
        """Where a row is drawn; NaN for a sample off the map."""
        x, y = self.xy[row]
        return float(x), float(y)

    def place_on_map(self, row: int | None) -> tuple[float, float] | None:
        """Where a row is drawn; None without a row, or for a sample off the map."""
        if row is None or not np.isfinite(self.snapshot.xy[row]).all():
            return None
        return self.place(row)

    def hue_of(self, row: int) -> int:
        """The colour index of a row's class, whatever the map is coloured by."""
        return colour_place(self.snapshot, row)

    def colour_counts(self, mask: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """(256,) samples of each colour index; only those in `mask`."""
        index = self.colours.index if mask is None else self.colours.index[mask]
        return np.bincount(index, minlength=256)


def empty_map_model() -> MapModel:
    """The map model before the first snapshot."""
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
    previous: MapModel | None = None,
) -> MapModel:
    """What the first paint needs: coloured dots, stretched as in `previous` while these still fill the pane."""
    colours = colouring(snapshot, by, steps=steps, dates=dates)
    same = previous is not None and previous.placed > 1 and previous.snapshot.layout == snapshot.layout
    stretch = stretch_of(
        snapshot.xy, axes=is_axes(snapshot.layout), previous=previous.stretch if previous is not None and same else None
    )
    xy = stretch.draw(snapshot.xy)
    return MapModel(snapshot, colours, Raster(xy, colours.index), xy, stretch)


def complete(map_model: MapModel, *, aspect: float, previous: MapModel | None = None) -> MapModel:
    """The map model with all that arrows, list and search need; unchanged parts are taken from `previous`."""
    snapshot = map_model.snapshot
    old = previous.snapshot if previous is not None else None
    same_places = (
        previous is not None
        and previous.stretch == map_model.stretch
        and (previous.xy is map_model.xy or np.array_equal(previous.xy, map_model.xy, equal_nan=True))
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
    map_model = replace(map_model, roots=previous.roots) if previous is not None else map_model
    if map_model.stacks is None and old is not None and previous is not None and np.array_equal(old.ids, snapshot.ids):
        map_model = replace(map_model, stacks=previous.stacks)
    index = previous.index if previous is not None and same_names and previous.index else NameIndex(snapshot.names)
    return replace(
        map_model,
        walk=kept.walk
        if kept is not None and kept.walk is not None and kept.aspect == aspect
        else Walk(map_model.xy, aspect=aspect),
        aspect=aspect,
        order=kept.order if kept is not None and kept.order is not None else map_order(map_model.xy),
        index=index,
        tom_sizes=index.toms.of(snapshot),
    )


def recoloured(map_model: MapModel, *, by: str, steps: int, dates: NDArray[np.float64] | None = None) -> MapModel:
    """The same map model in other colours."""
    colours = colouring(map_model.snapshot, by, steps=steps, dates=dates)
    return replace(map_model, colours=colours, raster=map_model.raster.with_colours(colours.index))

"""A stored layout shown before it is chosen: read in a thread, nothing is written, the way back is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.ui.colouring import CLASS
from tui_browser.ui.lane import Lane
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.scenery import Scenery
from tui_browser.ui.stage import Stage
from tui_browser.ui.world import World, complete, sketch


class LayoutPreview:
    """Shows layouts one after the other, from `begin` to `keep` or `back`."""

    def __init__(self, library: LibraryLike, lane: Lane, *, stage: Stage, scenery: Scenery) -> None:
        self._library = library
        self._lane = lane
        self._stage = stage
        self._scenery = scenery
        self._before: World | None = None
        self._wanted = ""

    def begin(self, then: Callable[[list[str]], None]) -> None:
        """Find out which layouts are stored; `then` gets their names."""
        self._lane.ask(lambda: [layout.name for layout in self._library.layouts()], then)

    def show(self, name: str) -> None:
        """Show the layout of this name; what was shown before, where it is not stored."""
        self._wanted = name
        if self._before is None or self._changed(self._before):
            self._before = self._stage.world
        before = self._before
        if name == before.snapshot.layout:
            self._swap(before)
            return
        self._lane.ask(lambda: self._library.places(name, before.snapshot.ids), lambda xy: self._take(name, before, xy))

    def _take(self, name: str, before: World, xy: FloatArray) -> None:
        if name != self._wanted or self._before is not before:
            return
        if not np.isfinite(xy).any():
            self._swap(before)
            return
        drawn = sketch(replace(before.snapshot, xy=xy, layout=name), by=CLASS, steps=1)
        raster = drawn.raster.with_colours(before.colours.index)
        self._swap(replace(drawn, raster=raster, colours=before.colours, order=before.order, index=before.index))

    def back(self) -> None:
        """Show again what was shown before the first of them."""
        before, self._before, self._wanted = self._before, None, ""
        if before is not None and not self._changed(before):
            self._swap(before)

    def keep(self) -> None:
        """Stay with the layout that is shown: it can be walked on from now on."""
        before, self._before, self._wanted = self._before, None, ""
        shown, aspect = self._stage.world, self._stage.widgets.map.viewport.aspect
        if before is not None and shown is not before and not self._changed(before):
            self._lane.ask(lambda: complete(shown, aspect=aspect, previous=before), self._completed)

    def _completed(self, world: World) -> None:
        if self._stage.world.snapshot is world.snapshot:
            self._swap(world)

    def _changed(self, before: World) -> bool:
        """Whether the library has come to show something else meanwhile."""
        return self._stage.world.snapshot.revision != before.snapshot.revision

    def _swap(self, world: World) -> None:
        if world is not self._stage.world:
            self._scenery.swap(world)

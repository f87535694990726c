"""Previews a stored layout before it is chosen: it is read in a thread, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.ui.controllers.map import MapController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.colouring import CLASS
from tui_browser.ui.state.map_model import MapModel, complete, sketch


class LayoutPreview:
    """Shows layouts one after the other, from `begin` to `keep` or `back`."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        map_controller: MapController,
        library: LibraryLike,
        worker: LatestWorker,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._map = map_controller
        self._library = library
        self._worker = worker
        self._before: MapModel | None = None
        self._name = ""

    def begin(self, then: Callable[[list[str]], None]) -> None:
        """Read which layouts are stored; `then` gets their names."""
        self._worker.submit(lambda: [layout.name for layout in self._library.layouts()], then)

    def show(self, name: str) -> None:
        """Show the layout of this name; where it is not stored, the layout before the preview."""
        self._name = name
        if self._before is None or self._is_stale(self._before):
            self._before = self._state.map_model
        before = self._before
        if name == before.snapshot.layout:
            self._show(before)
            return
        self._worker.submit(
            lambda: self._library.places(name, before.snapshot.ids), lambda xy: self._take(name, before, xy)
        )

    def _take(self, name: str, before: MapModel, xy: FloatArray) -> None:
        if name != self._name or self._before is not before:
            return
        if not np.isfinite(xy).any():
            self._show(before)
            return
        drawn = sketch(replace(before.snapshot, xy=xy, layout=name), by=CLASS, steps=1)
        raster = drawn.raster.with_colours(before.colours.index)
        self._show(replace(drawn, raster=raster, colours=before.colours, order=before.order, index=before.index))

    def back(self) -> None:
        """Show again the layout before the preview."""
        before, self._before, self._name = self._before, None, ""
        if before is not None and not self._is_stale(before):
            self._show(before)

    def keep(self) -> None:
        """Stay with the layout that is shown, and prepare its arrows."""
        before, self._before, self._name = self._before, None, ""
        shown, aspect = self._state.map_model, self._presenter.aspect
        if before is not None and shown is not before and not self._is_stale(before):
            self._worker.submit(lambda: complete(shown, aspect=aspect, previous=before), self._completed)

    def _completed(self, map_model: MapModel) -> None:
        if self._state.map_model.snapshot is map_model.snapshot:
            self._show(map_model)

    def _is_stale(self, before: MapModel) -> bool:
        """Whether the library has changed since `before` was shown."""
        return self._state.map_model.snapshot.revision != before.snapshot.revision

    def _show(self, map_model: MapModel) -> None:
        if map_model is not self._state.map_model:
            self._map.show(map_model)

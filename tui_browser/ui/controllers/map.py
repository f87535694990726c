"""The map: takes each new map model, colours it, and adds what threads work out for it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from tui_browser.layouts.axes import AxisScale, is_axes, parse_axes
from tui_browser.map.labels import MapLabels
from tui_browser.map.walk import Walk
from tui_browser.records import Progress, Root, colour_names, colour_places
from tui_browser.ui import formatting
from tui_browser.ui.controllers.events import Emit, MapEmpty, MapShown
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.controllers.snapshot_loader import SnapshotLoader, file_dates
from tui_browser.ui.garbage_collection import release_memory
from tui_browser.ui.latest_worker import Background
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.categories import SHADES
from tui_browser.ui.state.colouring import DATE, KINDS
from tui_browser.ui.state.map_model import MapModel, recoloured
from tui_browser.ui.widgets.map_edges import AxisEdges

RESHAPE = 0.1
"""How much the aspect of the map may change (as a logarithm) before the arrows' walk is worked out again."""


class MapController:
    """Shows dots at once; labels, axes and the walk follow from threads."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        snapshots: SnapshotLoader,
        library: LibraryLike,
        background: Background,
        *,
        animate: bool,
        emit: Emit,
    ) -> None:
        """With `animate` dots glide to a new layout."""
        self._state = state
        self._presenter = presenter
        self._snapshots = snapshots
        self._library = library
        self._animate = animate
        self._emit = emit
        self._library_worker, self._walk_worker = background.worker("library facts"), background.worker("walk")
        self._label_worker, self._colour_worker = background.worker("labels"), background.worker("colours")
        self._root_worker, self._axis_worker = background.worker("roots"), background.worker("axes")

    def show(self, map_model: MapModel) -> None:
        """Show another map model."""
        state = self._state
        if map_model.colours.by != state.colour_by:  # chosen while this map model was being made
            map_model = recoloured(map_model, by=state.colour_by, steps=self._presenter.ramp_steps)
            self._snapshots.adopt(map_model)
        if map_model.snapshot.layout != state.map_model.snapshot.layout:
            self._presenter.widgets.map.label(None)
        self._label_axes(map_model)
        self._presenter.show_map_model(map_model, animate=self._animate)
        self.label()
        self._find_roots()
        self._presenter.show_header()
        if not map_model.placed:
            self.explain_emptiness()
        self._emit(MapShown(placed=bool(map_model.placed), searchable=map_model.index is not None))

    def _label_axes(self, map_model: MapModel) -> None:
        """Write titles and ticks on the edges where the axes have a meaning; their scales are read in a thread."""
        layout, shown = map_model.snapshot.layout, self._presenter.widgets.map
        if not is_axes(layout):
            shown.edge(None)
            return

        def done(scales: tuple[AxisScale, AxisScale] | None) -> None:
            if self._state.map_model.snapshot.layout == layout:
                shown.edge(None if scales is None else AxisEdges(parse_axes(layout), scales))

        self._axis_worker.submit(lambda: self._library.scales(layout), done)

    # --- colours -----------------------------------------------------------------------------------------------------

    def colour(self, by: str) -> None:
        """Colour the map by this, one of `colouring.CHOICES`."""
        self._state.colour_by = by
        self.recolour()

    def recolour(self) -> None:
        """Colour the map by `colour_by` with the theme's ramp."""
        map_model, steps = self._state.map_model, self._presenter.ramp_steps
        by, library = self._state.colour_by, self._library

        def work() -> MapModel:
            return recoloured(map_model, by=by, steps=steps, dates=file_dates(library, map_model.snapshot, by))

        if by in (*KINDS, SHADES, DATE):
            self._colour_worker.submit(work, self._take_colours)
        else:
            self._take_colours(work())

    def _take_colours(self, map_model: MapModel) -> None:
        state = self._state
        if map_model.snapshot is not state.map_model.snapshot or map_model.colours.by != state.colour_by:
            return
        self._replace(dataclasses.replace(state.map_model, colours=map_model.colours, raster=map_model.raster))
        self._presenter.show_map()
        self._presenter.show_header()

    def _replace(self, map_model: MapModel) -> None:
        """Put more of the same snapshot in place; the next snapshot builds on it."""
        self._state.map_model = map_model
        self._snapshots.adopt(map_model)

    def _find_roots(self) -> None:
        """Read the roots in a thread: folders are shown relative to them."""

        def done(roots: tuple[bytes, ...]) -> None:
            if roots != self._state.map_model.roots:
                self._replace(dataclasses.replace(self._state.map_model, roots=roots))
                self._presenter.show_list()
                self._presenter.show_details()

        if self._state.map_model.walk is not None:
            self._root_worker.submit(lambda: tuple(self._library.root_paths()), done)

    # --- walk and labels ---------------------------------------------------------------------------------------------

    def reshape(self) -> None:
        """The map has another shape: other samples may be right of a sample, and above it."""
        self._presenter.show_header()
        map_model, aspect = self._state.map_model, self._presenter.aspect
        if map_model.walk is None or abs(np.log(aspect / map_model.aspect)) < RESHAPE:
            return

        def done(walk: Walk) -> None:
            if self._state.map_model.snapshot is map_model.snapshot:
                self._replace(dataclasses.replace(self._state.map_model, walk=walk, aspect=aspect))

        self._walk_worker.submit(functools.partial(Walk, map_model.xy, aspect=aspect), done)

    def label(self) -> None:
        """Find labels of the map's regions in a thread; older ones stay until then."""
        map_model, on = self._state.map_model, self._state.labelled
        if not on or map_model.walk is None or not map_model.placed:
            return
        snapshot = map_model.snapshot

        def work() -> MapLabels:
            names = snapshot.class_names
            places = colour_places(names)[snapshot.classes]
            labels = MapLabels(map_model.xy, places, snapshot.names, class_names=colour_names(names))
            release_memory(len(snapshot))
            return labels

        self._label_worker.submit(
            work, lambda labels: self._presenter.widgets.map.label(labels if self._state.labelled else None)
        )

    def set_labelled(self, on: bool) -> None:
        """Switch labels of regions on or off."""
        self._state.labelled = on
        self._presenter.widgets.map.label(None)
        self.label()

    def read_latent_dimensions(self, then: Callable[[int], None]) -> None:
        """Read how many latent dimensions the library's model has; `then` gets the number."""
        self._library_worker.submit(self._library.latent, then)

    # --- progress, and a map without samples -------------------------------------------------------------------------

    def take_progress(self, progress: Progress) -> None:
        """Show the progress of a long job, or its end; the log tells its stages."""
        before = self._state.progress
        if progress.phase != ("idle" if before is None else before.phase):
            self._presenter.log(formatting.progress_line(progress) or "the library is up to date")
        self._state.progress = None if progress.phase == "idle" else progress
        if self._state.progress is None:
            self._presenter.end_job()
        self._presenter.widgets.status.work(formatting.progress_line(progress))
        if not self._state.map_model.placed:
            self.explain_emptiness()

    def explain_emptiness(self) -> None:
        """Find out why there is nothing to show, and report it."""
        library = self._library
        self._library_worker.submit(
            lambda: (library.roots(), len(library.rejects())), lambda answer: self._take_emptiness(*answer)
        )

    def _take_emptiness(self, roots: list[Root], rejects: int) -> None:
        if not self._state.map_model.placed:
            self._emit(MapEmpty(len(self._state.map_model), roots, rejects))

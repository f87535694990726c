"""Loads snapshots: read and prepared in a thread, shown in one step, the newest wins.

The first one comes in three steps, so that the first paint waits for nothing that it does not show: dots, then what
arrows and search need, then the vectors.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import BrowserError
from tui_browser.records import Snapshot
from tui_browser.ui.controllers.events import Emit, FirstLoadEnded, MapModelLoaded
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.garbage_collection import freeze, release_memory
from tui_browser.ui.latest_worker import Background
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.colouring import DATE
from tui_browser.ui.state.copy_stacks import CopyStacks
from tui_browser.ui.state.map_model import MapModel, complete, sketch

REST = 1.0
"""After a snapshot that took t seconds to prepare, at least REST * t pass before the next: the UI keeps its share."""


class SnapshotLoader:
    """Reports each newer map model as `MapModelLoaded`."""

    def __init__(
        self, state: BrowserState, presenter: Presenter, library: LibraryLike, background: Background, *, emit: Emit
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._library = library
        self._after = background.after
        self._worker = background.worker("library", failed=self._failed)
        self._emit = emit
        self._latest: MapModel | None = None
        """The last one that was loaded; a preview of a layout may be shown in its place."""
        self._first_load_ended = False
        self._resting = False
        self._changed = False
        """Whether the library has changed since the last read."""

    def start(self) -> None:
        """Load the library for the first time."""
        by, steps = self._state.colour_by, self._presenter.ramp_steps

        def load() -> MapModel:
            snapshot = self._library.snapshot(vectors=False)
            return sketch(snapshot, by=by, steps=steps, dates=file_dates(self._library, snapshot, by))

        self._worker.submit(load, self._show_sketch)

    def _show_sketch(self, map_model: MapModel) -> None:
        self._show(map_model)
        self._end_first_load()
        aspect = self._presenter.aspect

        def finish() -> MapModel:
            completed = complete(map_model, aspect=aspect)
            freeze()
            return completed

        self._worker.submit(finish, self._show_complete)

    def _show_complete(self, map_model: MapModel) -> None:
        self._show(map_model)
        self._fetch()

    def refresh(self) -> None:
        """The library has changed: read it as soon as the last snapshot is shown and the rest after it is over."""
        if self._latest is None or self._resting or self._worker.busy:
            self._changed = True
            return
        self._fetch()

    def _fetch(self) -> None:
        self._changed = False
        previous = self._latest
        by, steps, aspect = self._state.colour_by, self._presenter.ramp_steps, self._presenter.aspect

        def load() -> tuple[MapModel | None, float]:
            began = time.monotonic()
            old = previous.snapshot if previous is not None else None
            snapshot = self._library.snapshot(old)
            if previous is not None and _same(snapshot, previous.snapshot):
                return None, 0.0
            drawn = sketch(
                snapshot, by=by, steps=steps, dates=file_dates(self._library, snapshot, by), previous=previous
            )
            map_model = complete(
                replace(drawn, stacks=CopyStacks.of(snapshot.ids, self._library.copy_stacks())),
                aspect=aspect,
                previous=previous,
            )
            release_memory(len(snapshot))
            return map_model, time.monotonic() - began

        self._worker.submit(load, self._show_fetched)

    def _show_fetched(self, result: tuple[MapModel | None, float]) -> None:
        map_model, took_s = result
        if map_model is not None:
            self._show(map_model)
        self._resting = True
        self._after(max(0.05, REST * took_s), self._rested)

    def _failed(self, error: BrowserError) -> None:
        """What is shown stays; a change is read a second later."""
        self._presenter.show_error(error)
        self._end_first_load()
        self._resting = True
        self._after(1.0, self._rested)

    def _end_first_load(self) -> None:
        if not self._first_load_ended:
            self._first_load_ended = True
            self._emit(FirstLoadEnded())

    def _rested(self) -> None:
        self._resting = False
        if self._changed:
            self.refresh()

    def _show(self, map_model: MapModel) -> None:
        self._latest = map_model
        self._emit(MapModelLoaded(map_model))

    def adopt(self, map_model: MapModel) -> None:
        """Build the next snapshot on this map model: the latest one in other colours, or with more of its parts."""
        if self._latest is not None and map_model.snapshot is self._latest.snapshot:
            self._latest = map_model


def _same(new: Snapshot, old: Snapshot) -> bool:
    return new.revision == old.revision and (new.vectors is None) == (old.vectors is None)


def file_dates(library: LibraryLike, snapshot: Snapshot, by: str) -> NDArray[np.float64] | None:
    """(N,) modification times in seconds since 1970, NaN where unknown; None unless coloured by date. It blocks."""
    if by != DATE:
        return None
    ids, seconds = library.mtimes()
    dates = np.full(len(snapshot), np.nan)
    if len(ids):
        at = np.minimum(ids.searchsorted(snapshot.ids), len(ids) - 1)
        known = ids[at] == snapshot.ids
        dates[known] = seconds[at[known]]
    return dates

"""The columns of the list that a person chose: shown at once, kept for the next start."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.config.list_columns import known_columns
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike, Remember
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.map_model import MapModel

ADDED = "added"


class ListColumns:
    """Reads in a thread what a snapshot leaves out: when samples came into the library."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        library: LibraryLike,
        worker: LatestWorker,
        *,
        chosen: Sequence[str],
        remember: Remember,
    ) -> None:
        self._state = state
        self._list = presenter.widgets.list
        self._library = library
        self._worker = worker
        self._remember = remember
        self._dated: NDArray[np.int64] | None = None
        """The samples whose dates the list has; a date never changes."""
        self._list.show_columns(known_columns(tuple(chosen)))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self._list.columns)

    def choose(self, columns: Sequence[str]) -> None:
        """Show these columns, now and after the next start."""
        kept = known_columns(tuple(columns))
        self._list.show_columns(kept)
        self._remember(lambda saved: dataclasses.replace(saved, columns=kept))
        self.library_changed()

    def library_changed(self) -> None:
        """Read the dates of another snapshot, if they are shown."""
        if ADDED not in self.chosen:
            return
        map_model = self._state.map_model
        ids = map_model.snapshot.ids
        if self._dated is not None and np.array_equal(ids, self._dated):
            return

        def take(read: NDArray[np.float64]) -> None:
            if np.array_equal(ids, self._state.map_model.snapshot.ids):
                self._dated = ids
                self._list.date(ids, read)

        self._worker.submit(lambda: self._read(map_model), take)

    def _read(self, map_model: MapModel) -> NDArray[np.float64]:
        return self._library.files_of(map_model.snapshot).aligned(map_model.snapshot.ids).added

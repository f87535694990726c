"""What was fetched from elsewhere comes to the map: the cursor goes there, now or later."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.errors import counted
from tui_browser.records import SampleId
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.browser_state import BrowserState


class FetchedArrivals:
    """Waits for the index service to bring fetched files onto the map."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        cursor: CursorController,
        library: LibraryLike,
        worker: LatestWorker,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._cursor = cursor
        self._library = library
        self._worker = worker
        self._fetched: list[bytes] = []
        """Files of the last fetch."""
        self._arriving: list[bytes] = []
        """The same, while they are not all on the map."""
        self._indexed = False
        """Whether the index service has rested since they were fetched."""
        self._cursor_then: SampleId | None = None
        """The sample under the cursor when they were fetched: unless it was left, the cursor goes to what came."""

    def expect(self, paths: Sequence[bytes]) -> None:
        """These files were fetched, and will be indexed."""
        self._fetched, self._arriving = list(paths), list(paths)
        self._indexed = False
        self._cursor_then = self._state.cursor.sample

    def library_changed(self) -> None:
        """The map is another one: see whether what was fetched is on it."""
        if self._arriving:
            library, paths = self._library, tuple(self._arriving)
            self._worker.submit(lambda: [(path, library.id_of(path)) for path in paths], self._take_arrived)

    def indexing_rests(self) -> None:
        """The index service is done: what has no place by now, as a silent sound, is not waited for."""
        self._indexed = True
        self.library_changed()

    def _take_arrived(self, ids: list[tuple[bytes, SampleId | None]]) -> None:
        map_model = self._state.map_model
        rows = {path: map_model.row_of(sample) for path, sample in ids if sample is not None}
        known = {path: row for path, row in rows.items() if row is not None}
        placed = sum(map_model.place_on_map(row) is not None for row in known.values())
        if not known or (placed < len(ids) and not self._indexed) or not self._arriving:
            return
        self._arriving = []
        if self._cursor_then in (None, self._state.cursor.sample):
            first = next(path for path in self._fetched if path in known)
            self._cursor.go(map_model.id_at(known[first]), silently=True)
            self._presenter.say(f"{counted(len(known), 'sound')} from Freesound: the cursor is on the first one")
        else:
            self._presenter.say(f"{counted(len(known), 'sound')} from Freesound came to the map")

    def go(self) -> None:
        """Put the cursor on what was fetched last."""
        if not self._fetched:
            self._presenter.refuse("nothing was fetched from Freesound yet")
            return
        library, path = self._library, self._fetched[0]

        def go_to(sample: SampleId | None) -> None:
            if sample is None or self._state.map_model.row_of(sample) is None:
                self._presenter.refuse("what was fetched is being indexed")
            else:
                self._cursor.go(sample)

        self._worker.submit(lambda: library.id_of(path), go_to)

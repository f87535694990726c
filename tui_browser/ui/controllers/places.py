"""The tree of places: counted in a thread when it is shown, and again when the library has changed meanwhile."""

from __future__ import annotations

from tui_browser.config.saved_searches import readable_searches
from tui_browser.records import Snapshot
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.place_tree import PlaceNode, place_tree, with_counts


class PlacesController:
    """Keeps the pane of places as the library is."""

    def __init__(self, state: BrowserState, presenter: Presenter, library: LibraryLike, worker: LatestWorker) -> None:
        self._state = state
        self._presenter = presenter
        self._library = library
        self._worker = worker
        self._shown = False
        self._counted: Snapshot | None = None
        """What the tree was asked for last."""

    def show(self, shown: bool) -> None:
        """The pane is shown from now on, or hidden; what is shown anew is counted anew."""
        self._shown = shown
        if shown:
            self._count()

    def library_changed(self) -> None:
        """There is another snapshot."""
        if self._shown and self._state.map_model.snapshot is not self._counted:
            self._count()

    def _count(self) -> None:
        snapshot, library = self._state.map_model.snapshot, self._library
        self._counted = snapshot
        self._worker.submit(lambda: place_tree(snapshot, library.root_paths(), readable_searches()), self._take)
        self.draw()

    def _take(self, tree: tuple[PlaceNode, ...]) -> None:
        """Show the places, then how much saved searches find."""
        self._show(tree)
        search, map_model = self._state.search, self._state.map_model
        if map_model.snapshot is self._counted:
            self._worker.submit(lambda: with_counts(tree, lambda text: search.count(text, map_model)), self._show)

    def _show(self, tree: tuple[PlaceNode, ...]) -> None:
        self._state.places.set_tree(tree)
        self.draw()

    def draw(self) -> None:
        """Show where the walk has come."""
        self._presenter.widgets.places.tell(self._state.places)

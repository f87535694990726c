"""A search from its first letter to its end: the view before it, the matches on map and list, the way back."""

from __future__ import annotations

import functools

from tui_browser.records import SampleId
from tui_browser.search.matcher import Matches
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.events import Emit, NothingMatched
from tui_browser.ui.controllers.neighbours import NeighbourController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.state.search import SavedMapView

INLINE = 30_000
"""Up to so many samples are searched on the UI thread; more in a worker thread."""


class SearchController:
    """Answers each letter; the newest text wins."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        cursor: CursorController,
        neighbours: NeighbourController,
        worker: LatestWorker,
        *,
        emit: Emit,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._cursor = cursor
        self._neighbours = neighbours
        self._worker = worker
        self._emit = emit
        self._select_best = False
        """Whether the best match is selected as soon as there is an answer: a text that nobody types."""
        self._problem_notice = ""
        """The notice on pieces of the text that are not understood."""

    def begin(self, view: SavedMapView) -> None:
        """Remember the view and end the neighbour list."""
        self._neighbours.leave()
        self._state.search.begin(view)

    def search(self, text: str) -> None:
        """Search for a text; the matches are shown now or, in a large library, when a thread has found them."""
        map_model = self._state.map_model
        find = self._state.search.set_text(text, map_model)
        if find is None:
            self.show_matches()
        elif len(map_model) <= INLINE:
            self._take(text, map_model, find())
        else:
            self._worker.submit(find, functools.partial(self._take, text, map_model))

    def _take(self, text: str, map_model: MapModel, matches: Matches) -> None:
        if self._state.search.set_matches(text, map_model, matches):
            self.show_matches()

    def show_matches(self) -> None:
        """Dim all other samples, list the matches and put the cursor on the best one."""
        matches, map_model, before = self._state.search.matches, self._state.map_model, self._state.search.before
        bar = self._presenter.widgets.search
        bar.count(None if matches is None else len(matches.rows), len(map_model))
        self._show_problems()
        if bar.field.has_focus:
            if matches is not None and len(matches.rows):
                self._state.cursor.start(map_model.id_at(int(matches.rows[0])))
            elif matches is None and before is not None:
                self._state.cursor.start(before.sample)
        self._presenter.show_map()
        self._presenter.show_list()
        self._presenter.show_cursor(keep_in_view=False)
        if self._select_best:
            self._go_to_best()

    def _show_problems(self) -> None:
        """Mark what is not understood and suggest a correction; clear the notice once all is understood."""
        problems, status = self._state.search.problems, self._presenter.widgets.status
        self._presenter.widgets.search.mark([(problem.start, problem.end) for problem in problems])
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            self._problem_notice = problems[-1].sentence + more
            self._presenter.say(self._problem_notice, severity="warning", brief=True)
        elif self._problem_notice:
            if status.notice == self._problem_notice:
                self._presenter.clear_notice(now=True)
            self._problem_notice = ""

    def preview(self, sample: SampleId) -> None:
        """Move to a match while the search line has the focus; it does not go on the trail."""
        self._state.cursor.start(sample)
        self._cursor.moved()

    def keep(self) -> None:
        """Keep the match under the cursor; the trail leads back to where the search began."""
        sample, before = self._state.cursor.sample, self._state.search.before
        self._state.cursor.heading = None
        if before is not None:
            self._state.cursor.start(before.sample)
        if sample is not None:
            self._state.cursor.go(sample)
        self._cursor.moved()

    def end(self) -> SavedMapView | None:
        """Clear the search and restore the view from before it."""
        view = self._state.search.end()
        widgets = self._presenter.widgets
        widgets.search.count(None, 0)
        self._show_problems()
        if view is not None:
            if view.sample is not None and self._state.map_model.row_of(view.sample) is not None:
                self._state.cursor.start(view.sample)
            size = widgets.map.viewport
            widgets.map.look(view.viewport.resize(size.columns, size.rows))
        self._presenter.show_map()
        self._presenter.show_list(top=view.list_top if view is not None else None)
        self._presenter.show_cursor(keep_in_view=False)
        self._presenter.show_header()
        return view

    def search_untyped(self, text: str, view: SavedMapView) -> None:
        """Search for a text that nobody types, and go to the best match."""
        self._select_best = True
        self.begin(view)
        self.search(text)

    def _go_to_best(self) -> None:
        matches, map_model = self._state.search.matches, self._state.map_model
        if matches is None:  # not yet, or cleared meanwhile
            return
        self._select_best = False
        self._state.cursor.heading = None
        if len(matches.rows):
            self._state.cursor.start(map_model.id_at(int(matches.rows[0])))
            self._presenter.show_cursor()
        else:
            self._emit(NothingMatched())

"""A search from its first letter to its end: the view before it, the matches on map and list, the way back."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from tui_browser.errors import printable
from tui_browser.records import SampleId
from tui_browser.search.completion import QueryCompletion, Vocabulary, completions
from tui_browser.search.matcher import Matches
from tui_browser.search.sound_meanings import short_meanings
from tui_browser.search.unfinished import asks_for_whole_files, unfinished_sentence
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.events import Emit, NothingMatched
from tui_browser.ui.controllers.heard_files import HeardFileController
from tui_browser.ui.controllers.neighbours import NeighbourController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import Remember
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.state.query_history import QueryHistory
from tui_browser.ui.state.search import SavedMapView

_OFFERED = 12
"""Completions that are listed at most; the line ends earlier on most screens."""
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
        files: HeardFileController,
        worker: LatestWorker,
        *,
        remember: Remember,
        queries: Sequence[str],
        emit: Emit,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._cursor = cursor
        self._neighbours = neighbours
        self._files = files
        self._worker = worker
        self._remember = remember
        self._emit = emit
        self._history = QueryHistory(queries)
        self._vocabulary: Vocabulary | None = None
        """Of the map model that was completed from last."""
        self._completions: list[QueryCompletion] = []
        self._going_on = ""
        """How the text may go on, dimmed behind the cursor."""
        self._select_best = False
        """Whether the best match is selected as soon as there is an answer: a text that nobody types."""
        self._may_be_none = False
        """Whether a text that nobody types may find nothing."""
        self._problem_notice = ""
        """The notice on pieces of the text that are not understood."""

    @property
    def settled(self) -> bool:
        """Whether the matches are those of the text, and the files that it names are known."""
        return self._state.search.settled and not self._files.waiting

    def begin(self, view: SavedMapView) -> None:
        """Remember the view and end the neighbour list."""
        self._neighbours.leave()
        self._state.search.begin(view)

    def search(self, text: str) -> None:
        """Search for a text; the matches are shown now or, in a large library, when a thread has found them."""
        map_model = self._state.map_model
        find = self._state.search.set_text(text, map_model)
        self._files.want(self._state.search.files)
        self._complete(text, map_model)
        if find is None:
            self.show_matches()
        elif len(map_model) <= INLINE and not self._state.search.reads_files:
            self._take(text, map_model, find())
        else:
            self._worker.submit(find, functools.partial(self._take, text, map_model))

    def renewed(self) -> None:
        """Show the matches in another map model, and look again for what takes a thread."""
        self.show_matches()
        find, map_model = self._state.search.due(), self._state.map_model
        if find is not None:
            self._worker.submit(find, functools.partial(self._take, self._state.search.text, map_model))

    def search_again(self) -> None:
        """More is known of what the query names."""
        if self._state.search.text:
            self.search(self._state.search.text)

    def _take(self, text: str, map_model: MapModel, matches: Matches) -> None:
        if self._state.search.set_matches(text, map_model, matches):
            self.show_matches()

    def show_matches(self) -> None:
        """Dim all other samples, list the matches and put the cursor on the best one."""
        matches, map_model, before = self._state.search.matches, self._state.map_model, self._state.search.before
        bar, mask = self._presenter.widgets.search, self._state.visibility.mask
        bar.count(None if matches is None or mask is None else int(mask.sum()), len(map_model))
        bar.suggest(self._going_on)  # with the matches, in one frame
        self._show_problems()
        if bar.field.has_focus:
            if matches is not None and len(matches.rows):
                self._state.cursor.start(map_model.id_at(int(matches.rows[0])))
            elif matches is None and before is not None:
                self._state.cursor.start(before.sample)
        self._presenter.show_map()
        self._presenter.show_list()
        self._presenter.show_cursor(keep_in_view=False)
        if self._select_best and not self._files.waiting:
            self._go_to_best()

    def _complete(self, text: str, map_model: MapModel) -> None:
        """Say how the last piece may go on."""
        if map_model.index is None:
            return
        if self._vocabulary is None or self._vocabulary.snapshot is not map_model.snapshot:
            self._vocabulary = Vocabulary(map_model.snapshot, map_model.index)
        self._completions = completions(text, self._vocabulary, saved=self._state.search.saved_names(text))
        self._going_on = next((each.text for each in self._completions if each.text.startswith(text)), "")

    def _show_problems(self) -> None:
        """Mark what is not understood and suggest a correction; clear the notice once all is understood."""
        problems, status = self._state.search.problems, self._presenter.widgets.status
        remark = "" if problems else self._unfinished()
        self._presenter.widgets.search.mark([(problem.start, problem.end) for problem in problems])
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            offer = self._offer() if problems[-1].unfinished else ""
            self._problem_notice = offer or problems[-1].sentence + more
            self._presenter.say(self._problem_notice, severity="information" if offer else "warning", brief=True)
        elif remark:
            self._problem_notice = remark
            self._presenter.say(remark, severity="information", brief=True)
        elif self._state.search.sound_words:
            self._problem_notice = short_meanings(self._state.search.sound_words)
            self._presenter.say(self._problem_notice, brief=True)
        elif self._problem_notice:
            if status.notice == self._problem_notice:
                self._presenter.clear_notice(now=True)
            self._problem_notice = ""

    def _unfinished(self) -> str:
        """How far the library is, if the query asks for what is known of whole files only; else an empty text."""
        progress = self._state.progress
        if progress is None or progress.phase != "long" or not asks_for_whole_files(self._state.search.text):
            return ""
        return unfinished_sentence(max(1, progress.total - progress.done))

    def _offer(self) -> str:
        """What the last piece may become, with the number of samples of each."""
        offered = [each for each in self._completions if each.count != 0][:_OFFERED]
        pieces = [f"{each.piece} {each.count:,}" if each.count else each.piece for each in offered]
        return "   ".join(printable(piece) for piece in pieces)

    # --- queries of before -------------------------------------------------------------------------------------------

    def older_query(self, by: int, text: str) -> str | None:
        """The query that the arrow keys bring on a line with this text; None where they move in the list."""
        return self._history.step(by) if self._history.shows(text) else None

    def remember_query(self, text: str) -> None:
        """Add a query to the history, also for the next start."""
        self._history.keep(text)
        queries = self._history.queries
        self._remember(lambda saved: dataclasses.replace(saved, queries=queries))

    # --- the way of a search -----------------------------------------------------------------------------------------

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

    def zoom_to_matches(self) -> None:
        """Let the map show what was found; ending the search brings the view of before back."""
        matches, map_model = self._state.search.matches, self._state.map_model
        if matches is None or not 1 < len(matches) < len(map_model):
            return
        shown = self._presenter.widgets.map
        shown.look(shown.viewport.fit(map_model.xy[matches.rows]))
        self._presenter.show_header()

    def end(self) -> SavedMapView | None:
        """Clear the search and restore the view from before it."""
        view = self._state.search.end()
        self._files.want(())
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

    def search_untyped(self, text: str, view: SavedMapView, *, may_be_none: bool = False) -> None:
        """Search for a text that nobody types, and go to the best match; tells of none unless there may be none."""
        self._select_best, self._may_be_none = True, may_be_none
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
        elif not self._may_be_none:
            self._emit(NothingMatched())

"""A search from its first letter to its end: the view it began from, the matches on map and list, the way back."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.records import SampleId
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.neighbours import NeighbourController
from tui_browser.ui.state.search import SavedMapView, SearchState


class SearchController:
    """Shows what the finder found."""

    def __init__(
        self,
        walker: CursorController,
        finder: SearchState,
        likeness: NeighbourController,
        *,
        found_nothing: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        """`found_nothing` hears that a text which nobody typed has no match, `ended` that the search was cleared."""
        self._walker = walker
        self._stage, self._journey = walker.stage, walker.journey
        self._finder = finder
        self._likeness = likeness
        self._found_nothing = found_nothing
        self._ended = ended
        self._untyped = False
        self._told = ""
        """What was said last of pieces that are not understood."""

    def begin(self, view: SavedMapView) -> None:
        """Remember the view; neighbours end."""
        self._likeness.leave()
        self._finder.begin(view)

    def found(self) -> None:
        """There are other matches: dim the rest, list them, put the cursor on the best one."""
        matches, world, before = self._finder.matches, self._stage.world, self._finder.before
        bar = self._stage.widgets.search
        bar.count(None if matches is None else len(matches.rows), len(world))
        self._tell_problems()
        if bar.field.has_focus:
            if matches is not None and len(matches.rows):
                self._journey.start(world.id_at(int(matches.rows[0])))
            elif matches is None and before is not None:
                self._journey.start(before.selected)
        self._stage.show_map()
        self._stage.relist()
        self._stage.moved(keep=False)
        if self._untyped:
            self._answered()

    def _tell_problems(self) -> None:
        """Mark what is not understood, and say what would be; once all is understood, that is said no more."""
        problems, status = self._finder.problems, self._stage.widgets.status
        self._stage.widgets.search.mark([(problem.start, problem.end) for problem in problems])
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            self._told = problems[-1].sentence + more
            self._stage.say(self._told, severity="warning", brief=True)
        elif self._told:
            if status.notice == self._told:
                self._stage.hush(now=True)
            self._told = ""

    def peek(self, sample: SampleId) -> None:
        """Look at one of the matches while the search line has the focus."""
        self._journey.start(sample)
        self._walker.arrived()

    def keep(self) -> None:
        """Go to the chosen match; the trail leads back to where the search began."""
        chosen, before = self._journey.selected, self._finder.before
        self._walker.heading = None
        if before is not None:
            self._journey.start(before.selected)
        if chosen is not None:
            self._journey.go(chosen)
        self._walker.arrived()

    def end(self) -> SavedMapView | None:
        """Clear the search and bring back the view as it was."""
        view = self._finder.end()
        widgets = self._stage.widgets
        widgets.search.count(None, 0)
        self._tell_problems()
        if view is not None:
            if view.selected is not None and self._stage.world.row_of(view.selected) is not None:
                self._journey.start(view.selected)
            size = widgets.map.viewport
            widgets.map.look(view.viewport.resize(size.columns, size.rows))
        self._stage.show_map()
        self._stage.relist(top=view.list_top if view is not None else None)
        self._stage.moved(keep=False)
        self._ended()
        return view

    def look_for(self, text: str, view: SavedMapView) -> None:
        """Search for a text that nobody types; the best match is selected as soon as there is an answer."""
        self._untyped = True
        self.begin(view)
        self._finder.search(text, self._stage.world)

    def _answered(self) -> None:
        matches, world = self._finder.matches, self._stage.world
        if matches is None:  # not yet, or not asked any more
            return
        self._untyped = False
        self._walker.heading = None
        if len(matches.rows):
            self._journey.start(world.id_at(int(matches.rows[0])))
            self._stage.moved(keep=True)
        else:
            self._found_nothing()

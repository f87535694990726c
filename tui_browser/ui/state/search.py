"""The search: live with each letter, the newest wins, and a way back to the view as it was."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.viewport import Viewport
from tui_browser.records import SampleId
from tui_browser.search.matcher import Matches, match
from tui_browser.search.query import QueryProblem, parse
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.map_model import MapModel

INLINE = 30_000
"""Up to so many samples a letter is answered at once; above, in a thread."""


@dataclass(frozen=True, slots=True)
class SavedMapView:
    """How the screen was when the search began."""

    viewport: Viewport
    selected: SampleId | None
    on_list: bool
    """Whether the arrow keys acted on the list."""
    list_top: int = 0
    """The list's first visible place."""


class SearchState:
    """The query, its matches in the world that is shown, and the view to come back to."""

    def __init__(self, lane: LatestWorker, *, found: Callable[[], None]) -> None:
        """`found` is called on the UI thread whenever `matches` has changed."""
        self.text = ""
        self.matches: Matches | None = None
        """None without a query: then everything matches."""
        self.problems: tuple[QueryProblem, ...] = ()
        """Pieces of the text that are not understood; they restrict nothing."""
        self.before: SavedMapView | None = None
        self._lane = lane
        self._found = found
        self._world: MapModel | None = None

    @property
    def active(self) -> bool:
        return self.matches is not None

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        return None if self.matches is None else self.matches.mask

    def begin(self, view: SavedMapView) -> None:
        """Remember how the screen is, unless a search is on already."""
        if self.before is None:
            self.before = view

    def search(self, text: str, world: MapModel) -> None:
        """Search for `text`; `found` is called now or, in a large library, when a thread has the answer."""
        longer = text.startswith(self.text) and world is self._world
        self.text = text
        self._answer(world, previous=self.matches if longer else None)

    def renew(self, world: MapModel) -> None:
        """Search again in another snapshot; the old matches, whose rows are not its rows, are gone at once."""
        if not self.text.strip():
            self._world = world
            return
        self.matches = None
        self._answer(world, previous=None, at_once=True)

    def end(self) -> SavedMapView | None:
        """Clear the search; the view as it was before."""
        before, self.before = self.before, None
        self.text, self.matches, self.problems = "", None, ()
        return before

    def _answer(self, world: MapModel, *, previous: Matches | None, at_once: bool = False) -> None:
        self._world = world
        query = parse(self.text, classes=world.snapshot.class_names)
        self.problems = query.problems
        if not query or world.index is None:
            self.matches = None
            self._found()
            return
        text, index = self.text, world.index
        work = functools.partial(match, query, world.snapshot, index, previous=previous)
        if at_once or len(world) <= INLINE:
            self.matches = work()
            self._found()
        else:
            self._lane.ask(work, functools.partial(self._take, text, world))

    def _take(self, text: str, world: MapModel, matches: Matches) -> None:
        if text == self.text and world is self._world:  # else a newer letter or snapshot has been asked since
            self.matches = matches
            self._found()

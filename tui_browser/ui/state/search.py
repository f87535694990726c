"""The query, its matches in the map model, and the view to return to when the search ends."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.viewport import Viewport
from tui_browser.records import SampleId
from tui_browser.search.conditions import QueryProblem
from tui_browser.search.matcher import Matches, match
from tui_browser.search.query import parse
from tui_browser.ui.state.map_model import MapModel


@dataclass(frozen=True, slots=True)
class SavedMapView:
    """How the screen was when the search began."""

    viewport: Viewport
    sample: SampleId | None
    on_list: bool
    """Whether the arrow keys acted on the list."""
    list_top: int = 0
    """The list's first visible place."""


class SearchState:
    """A search goes on while `text` is not blank."""

    def __init__(self) -> None:
        self.text = ""
        self.matches: Matches | None = None
        """None without a query: then everything matches."""
        self.problems: tuple[QueryProblem, ...] = ()
        """Pieces of the text that are not understood; they restrict nothing."""
        self.before: SavedMapView | None = None
        self._map_model: MapModel | None = None
        """The one that `matches` belong to, or will."""

    @property
    def active(self) -> bool:
        return self.matches is not None

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """(N,) samples that match; None without a query."""
        return None if self.matches is None else self.matches.mask

    def begin(self, view: SavedMapView) -> None:
        """Remember the view, unless a search is on already."""
        if self.before is None:
            self.before = view

    def set_text(self, text: str, map_model: MapModel) -> Callable[[], Matches] | None:
        """Take another text; returns the search to run, for any thread, or None where everything matches now.

        The older matches stay until `set_matches`.
        """
        longer = text.startswith(self.text) and map_model is self._map_model
        self.text = text
        return self._prepare(map_model, previous=self.matches if longer else None)

    def set_matches(self, text: str, map_model: MapModel, matches: Matches) -> bool:
        """Take the answer to a search; False where a newer letter or snapshot has made it stale."""
        current = text == self.text and map_model is self._map_model
        if current:
            self.matches = matches
        return current

    def renew(self, map_model: MapModel) -> bool:
        """Search again in another map model; False without a query. The rows of older matches mean nothing in it."""
        if not self.text.strip():
            self._map_model = map_model
            return False
        self.matches = None
        search = self._prepare(map_model, previous=None)
        if search is not None:
            self.matches = search()
        return True

    def end(self) -> SavedMapView | None:
        """Clear the search; returns the view from before it."""
        before, self.before = self.before, None
        self.text, self.matches, self.problems = "", None, ()
        return before

    def _prepare(self, map_model: MapModel, *, previous: Matches | None) -> Callable[[], Matches] | None:
        self._map_model = map_model
        query = parse(self.text, classes=map_model.snapshot.class_names)
        self.problems = query.problems
        if not query or map_model.index is None:
            self.matches = None
            return None
        return functools.partial(match, query, map_model.snapshot, map_model.index, previous=previous)

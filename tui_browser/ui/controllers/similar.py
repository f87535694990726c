"""Like these, not like those: several samples in one target, and the weights of aspects."""

from __future__ import annotations

from tui_browser.errors import counted
from tui_browser.library.likeness import SoundTarget, Weights, blended
from tui_browser.records import SampleId
from tui_browser.ui.controllers.neighbours import NeighbourController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.sample_names import sample_name
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.cursor import Neighbours


class SimilarController:
    """What was liked and not liked belongs to one neighbour list, and ends with it."""

    def __init__(self, state: BrowserState, presenter: Presenter, neighbours: NeighbourController) -> None:
        self._state = state
        self._presenter = presenter
        self._neighbours = neighbours
        self._liked: list[SampleId] = []
        self._unliked: list[SampleId] = []
        self._first: SoundTarget | None = None
        """A guest, from which the list began."""
        self._list: Neighbours | None = None

    def like(self) -> bool:
        """More like the sample under the cursor, or like all selected ones; False where there is neither."""
        state = self._state
        if state.cursor.neighbours is None:
            if not len(state.selection):
                return False
            self._liked = [SampleId(int(sample)) for sample in state.selection.ids]
            self._unliked, self._first = [], None
            return self._search()
        return self._add(self._liked, self._unliked)

    def unlike(self) -> bool:
        """Less like the sample under the cursor; False outside of a neighbour list."""
        return self._state.cursor.neighbours is not None and self._add(self._unliked, self._liked)

    def weigh(self, weights: Weights) -> None:
        """Find neighbours by these weights from now on, those that are listed now as well."""
        self._state.weights = weights
        if self._state.cursor.neighbours is not None:
            self._neighbours.search_again(then=self._follow)

    def _follow(self, near: Neighbours) -> None:
        """The list was found anew: what was liked still belongs to it."""
        if self._list is not None:
            self._list = near

    def _add(self, to: list[SampleId], away: list[SampleId]) -> bool:
        cursor = self._state.cursor
        near, sample = cursor.neighbours, cursor.sample
        assert near is not None  # looked at by the caller
        if near is not self._list:
            guest = self._state.guest if near.anchor is None else None
            self._first = None if guest is None else guest.target
            self._liked[:] = [] if near.anchor is None else [near.anchor]
            self._unliked[:] = []
        if sample is None or (to is self._unliked and sample == near.anchor):
            return False
        if sample in away:
            away.remove(sample)
        if sample not in to:
            to.append(sample)
        return self._search()

    def _search(self) -> bool:
        liked, unliked = self._targets(self._liked), self._targets(self._unliked)
        if self._first is not None:
            liked.insert(0, self._first)
        if not liked:
            return False
        near = self._state.cursor.neighbours
        anchor = near.anchor if near is not None else self._liked[0]
        self._neighbours.search(
            blended(liked, unliked), name=self._name(), anchor=anchor, without=(*self._liked, *self._unliked),
            then=self._take,
        )  # fmt: skip
        return True

    def _take(self, near: Neighbours) -> None:
        self._list = near

    def _targets(self, samples: list[SampleId]) -> list[SoundTarget]:
        snapshot = self._state.map_model.snapshot
        rows = [row for row in map(self._state.map_model.row_of, samples) if row is not None]
        vectors = snapshot.vectors
        assert vectors is not None  # the commands need them
        sounding = [row for row in rows if float(vectors[row].sum()) == float(vectors[row].sum())]
        return [SoundTarget(vectors[row], snapshot.features[row]) for row in sounding]

    def _name(self) -> str:
        count = len(self._liked) + (self._first is not None)
        name = counted(count, "sound")
        if count == 1 and self._liked:
            row = self._state.map_model.row_of(self._liked[0])
            name = name if row is None else sample_name(self._state.map_model.snapshot.names[row])
        return f"{name}, not {len(self._unliked)}" if self._unliked else name

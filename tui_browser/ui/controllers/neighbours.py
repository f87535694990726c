"""Neighbours of a sample, or of a guest: a file that is not in the library."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from tui_browser.dsp.picture_part import SIZE
from tui_browser.library.likeness import SoundTarget
from tui_browser.records import FloatArray, SampleId
from tui_browser.service.messages import Guest
from tui_browser.service.neighbour_client import NeighbourClient
from tui_browser.ui import formatting
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.controllers.slices import SliceController, SliceReader
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.sample_names import sample_name
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.cursor import Neighbours, find_neighbours
from tui_browser.ui.state.map_model import MapModel

INLINE = 20_000_000
"""Numbers that a search may read on the UI thread (some 5 ms); larger ones run in a worker thread."""


@dataclass(frozen=True, slots=True, eq=False)
class _LastSearch:
    """What the last search was for."""

    target: SoundTarget
    name: str
    anchor: SampleId | None
    without: tuple[SampleId, ...]


class NeighbourController:
    """Begins, walks and ends the neighbour list."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        cursor: CursorController,
        slices: SliceController,
        library: LibraryLike,
        index: NeighbourClient,
        worker: LatestWorker,
    ) -> None:
        """`index` is the index of a large library, asked in the worker."""
        self._state = state
        self._presenter = presenter
        self._cursor = cursor
        self._slices = slices
        self._library = library
        self._index = index
        self._worker = worker
        self._last: _LastSearch | None = None
        """For when it is to be made again by other weights."""

    def go(self, by: int) -> None:
        """Go to the next or previous neighbour of the anchor; without one, this sample becomes the anchor."""
        state = self._state
        if state.cursor.neighbours is not None:
            self._step(by)
            return
        map_model, row, sample = state.map_model, state.row, state.cursor.sample
        vectors = map_model.snapshot.vectors
        if row is None or vectors is None or sample is None:
            return
        if by < 0:
            self._presenter.refuse("this is where the neighbours begin")
            return
        if not vectors.shape[1] or not np.isfinite(vectors[row]).all():
            self._presenter.refuse("this sample is off the map, or waits for the model: it has no neighbours")
            return
        name = sample_name(map_model.snapshot.names[row])
        search = self._search(vectors[row], name=name, anchor=sample, features=map_model.snapshot.features[row])
        read_slice = self._slices.read_sounding(map_model.snapshot.names[row], sample)
        if read_slice is not None:
            self._worker.submit(functools.partial(_neighbours_of_slice, read_slice, search),
                                functools.partial(self._begin, sample))  # fmt: skip
        elif self._is_fast(map_model):
            self._begin(sample, search())
        else:
            self._worker.submit(search, functools.partial(self._begin, sample))

    def search(
        self,
        target: SoundTarget,
        *,
        name: str,
        anchor: SampleId | None,
        without: Collection[SampleId] = (),
        then: Callable[[Neighbours], None],
    ) -> None:
        """List the neighbours of a target in place of those that are listed; the cursor stays where it is."""
        search = self._search(target.vector, name=name, anchor=anchor, features=target.features, without=without)
        self._run(search, then)

    def search_again(self, *, then: Callable[[Neighbours], None]) -> None:
        """List the neighbours of the same target anew, by the weights of now."""
        if self._last is not None:
            last = self._last
            self.search(last.target, name=last.name, anchor=last.anchor, without=last.without, then=then)

    def _run(self, search: functools.partial[Neighbours], then: Callable[[Neighbours], None]) -> None:
        def show(near: Neighbours) -> None:
            cursor = self._state.cursor
            listed = cursor.neighbours is not None
            cursor.begin_neighbours(near)
            cursor.rank = near.ids.index(cursor.sample) + 1 if listed and cursor.sample in near.ids else 0
            then(near)
            self._presenter.show_list()
            self._presenter.show_cursor(keep_in_view=False)
            self._presenter.show_details()

        if self._is_fast(self._state.map_model):
            show(search())
        else:
            self._worker.submit(search, show)

    def _search(
        self,
        vector: FloatArray,
        *,
        name: str,
        anchor: SampleId | None,
        features: FloatArray | None = None,
        without: Collection[SampleId] = (),
    ) -> functools.partial[Neighbours]:
        """The search among the visible samples, for any thread."""
        state = self._state
        own = None if features is None else features.copy()  # a view would keep a replaced snapshot in memory
        self._last = _LastSearch(SoundTarget.of(vector.copy(), own), name, anchor, tuple(without))
        return functools.partial(
            find_neighbours,
            state.map_model,
            vector,
            name=name,
            anchor=anchor,
            mask=state.visibility.mask,
            stored_slices=self._library.nearest_slices,
            among=state.visibility.among,
            index=self._index,
            features=features,
            weights=state.weights,
            without=tuple(without),
        )

    def _is_fast(self, map_model: MapModel) -> bool:
        """Whether a search may run on the UI thread."""
        vectors, slices = map_model.snapshot.vectors, map_model.snapshot.slices
        tables = (vectors, slices.vectors if slices is not None else None)
        numbers = sum(table.size for table in tables if table is not None)
        return numbers <= INLINE and not map_model.snapshot.slices_omitted and not self._index.ready

    def _begin(self, sample: SampleId, near: Neighbours) -> None:
        if self._state.cursor.sample != sample or self._state.cursor.neighbours is not None:
            return  # the cursor has moved meanwhile
        self._state.cursor.begin_neighbours(near)
        self._presenter.show_list()
        self._step(1)

    def _step(self, by: int) -> None:
        cursor = self._state.cursor
        if cursor.step(by, self._state.map_model) is not None:
            self._cursor.moved()
        elif self._state.guest is not None and by < 0 and cursor.rank == 1:
            cursor.rank = 0
            self._cursor.moved()
        else:
            near = cursor.neighbours
            all_of_them = f"{formatting.neighbours(len(near))}{near.among}" if near is not None else ""
            self._presenter.refuse(f"this is the last of {all_of_them}" if by > 0 else "this is the first neighbour")
        self._presenter.show_status()

    def leave(self) -> bool:
        """End the neighbour list and remove the guest; False where there was neither."""
        if self._state.cursor.neighbours is None and self._state.guest is None:
            return False
        self._state.cursor.end_neighbours()
        self._state.guest = None
        self._presenter.show_list()
        self._presenter.show_cursor(keep_in_view=False)
        return True

    # --- guests ------------------------------------------------------------------------------------------------------

    def show_sample(self, sample: SampleId) -> bool:
        """Move to a sample that was dropped; False where the map does not have it yet."""
        if self._state.map_model.row_of(sample) is None:
            return False
        self._cursor.go(sample)
        return True

    def show_guest(self, guest: Guest) -> None:
        """Put a located file on the map as a guest, with its neighbours in the list."""
        map_model, name = self._state.map_model, formatting.file_name(guest.path)
        vectors = map_model.snapshot.vectors
        if vectors is None or abs(vectors.shape[1] - len(guest.vector)) not in (0, SIZE):
            self._place_guest(guest, Neighbours(name, None, (), ()))
            return
        search = self._search(guest.vector, name=name, anchor=None, features=guest.target.features)
        if self._is_fast(map_model):
            self._place_guest(guest, search())
        else:
            self._worker.submit(search, functools.partial(self._place_guest, guest))

    def _place_guest(self, guest: Guest, near: Neighbours) -> None:
        state, shown = self._state, self._presenter.widgets.map
        state.guest = guest
        state.cursor.begin_neighbours(near)
        if state.guest_place is not None:
            shown.look(shown.viewport.keep_in_view(state.guest_place))
        self._presenter.clear_notice(now=True)
        self._presenter.show_list()
        self._cursor.moved()


def _neighbours_of_slice(read_slice: SliceReader, whole_file: functools.partial[Neighbours]) -> Neighbours:
    """The neighbours of a slice of a long file; of the whole file where the library has lost the slice."""
    part = read_slice()
    if part is None:
        return whole_file()
    vector, onset_s = part
    map_model, _ = whole_file.args
    name = f"{whole_file.keywords['name']} at {onset_s:.2f} s"
    return find_neighbours(map_model, vector, **(whole_file.keywords | {"name": name}))

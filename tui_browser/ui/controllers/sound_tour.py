"""A tour of sounds: the beginnings of what is listed, each followed by a near one, until any key stops it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import MISSING, FloatArray, SampleId
from tui_browser.search.listening_order import MOST, listening_order, path_length
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.browser_state import BrowserState

LONGEST_S = 1.5
"""So much is heard of each sound."""


class SoundTourController:
    """Orders the listed samples in a thread, then plays them in turn; the cursor goes along."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        cursor: CursorController,
        playback: PlaybackController,
        worker: LatestWorker,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._cursor = cursor
        self._playback = playback
        self._worker = worker
        self._remaining: list[SampleId] = []
        self._under_way = False

    @property
    def under_way(self) -> bool:
        """Whether what plays in turn is a tour."""
        return self._under_way and self._state.playback.in_turn

    def start(self) -> str:
        """Begin at the cursor, or at the top of the list; why there is none, or an empty text."""
        state, snapshot = self._state, self._state.map_model.snapshot
        if snapshot.vectors is None:
            return "the vectors are still being loaded"
        listed = self._presenter.widgets.list.rows
        rows = listed[(snapshot.flags[listed] & MISSING) == 0][:MOST]
        if state.row is not None and not state.missing and state.row in listed:
            rows = np.concatenate([[state.row], rows[rows != state.row]]).astype(np.intp)[:MOST]
        rows = rows[np.isfinite(snapshot.vectors[rows]).all(axis=1)]
        if len(rows) < 2:
            return "a tour needs at least two sounds in the list"
        vectors = snapshot.vectors[rows]
        paths = [snapshot.names[row] for row in rows.tolist()]
        ids = snapshot.ids[rows]
        self._presenter.say(f"finding a way through {len(rows):,} sounds")
        self._worker.submit(lambda: _way(vectors, paths), lambda way: self._play(ids, *way))
        return ""

    def _play(self, ids: NDArray[np.int64], order: NDArray[np.intp], share: int) -> None:
        self._remaining = [SampleId(int(sample)) for sample in ids[order]]
        self._under_way = True
        self._playback.play_in_turn(self._next_path, longest_s=LONGEST_S)
        self._presenter.say(f"{len(ids):,} sounds, {share} % as far as by name: any key stops on what you hear")

    def _next_path(self) -> bytes | None:
        map_model = self._state.map_model
        while self._remaining:
            sample = self._remaining.pop(0)
            row = map_model.row_of(sample)
            if row is not None and not map_model.snapshot.flags[row] & MISSING:
                self._cursor.go(sample, silently=True)
                return map_model.snapshot.names[row]
        self._under_way = False
        return None


def _way(vectors: FloatArray, paths: list[bytes]) -> tuple[NDArray[np.intp], int]:
    """The order from the first row on, and its length in percent of that in the order of paths."""
    order = listening_order(vectors)
    by_name = np.array(sorted(range(len(paths)), key=paths.__getitem__), dtype=np.intp)
    alphabetical = path_length(vectors, by_name)
    return order, round(100 * path_length(vectors, order) / alphabetical) if alphabetical else 100

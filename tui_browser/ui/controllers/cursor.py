"""Moves the cursor: by arrows, by the list, by a click, back along the trail; and does what follows each move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import SampleId
from tui_browser.service.messages import ReadSoon, Request
from tui_browser.ui.controllers.events import CursorMoved, Emit
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.prefetch import REST_S, likely_next
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import After, Stoppable
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.cursor import Direction
from tui_browser.ui.widgets.sample_list import SampleList

READ_SOON = 32
"""Samples around the cursor whose long files are read first while the index service reads long files."""


class CursorController:
    """After each move: show it, auto-play, and prefetch what may be played next."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        playback: PlaybackController,
        *,
        after: After,
        send: Callable[[Request], None],
        emit: Emit,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._playback = playback
        self._after = after
        self._send = send
        self._emit = emit
        self._prefetch_timer: Stoppable | None = None

    @property
    def listing(self) -> SampleList:
        """The list: neighbours, matches, or all samples."""
        return self._presenter.widgets.list

    def step(self, direction: Direction) -> int | None:
        """The row that an arrow leads to; None where there is none, or the map is still loading."""
        map_model, row, mask = self._state.map_model, self._state.row, self._state.visibility.mask
        if map_model.walk is None or not map_model.placed:
            return None
        if row is None or not np.isfinite(map_model.snapshot.xy[row]).all():
            return map_model.walk.nearest(self._presenter.widgets.map.viewport.centre, mask=mask)
        return map_model.walk.step(row, direction, mask=mask)

    def go(self, sample: SampleId, *, silently: bool = False) -> None:
        """Move to a sample, by walking or a click; ends the neighbour list."""
        had_neighbours = self._state.cursor.neighbours is not None
        self._state.guest = None
        moved = self._state.cursor.go(sample)
        if had_neighbours:
            self._presenter.show_list()
        if moved or had_neighbours:
            self.moved(silently=silently)

    def go_row(self, row: int) -> None:
        """Move to the sample in a row of the map model."""
        self.go(self._state.map_model.id_at(row))

    def go_in_list(self, sample: SampleId, *, silently: bool = False) -> None:
        """Move to a sample of the list; a neighbour list stays."""
        near = self._state.cursor.neighbours
        if near is not None and sample in near.ids:
            self._state.cursor.step(near.ids.index(sample) + 1 - self._state.cursor.rank, self._state.map_model)
            self.moved(silently=silently)
        else:
            self.go(sample, silently=silently)

    def back(self) -> bool:
        """Go back along the trail; False where it begins."""
        if self._state.cursor.back(self._state.map_model) is None:
            return False
        self._state.guest = None
        self._presenter.show_list()
        self.moved()
        return True

    def moved(self, *, silently: bool = False) -> None:
        """The cursor is on another sample."""
        self._presenter.show_cursor()
        if self._prefetch_timer is not None:
            self._prefetch_timer.stop()
        self._prefetch_timer = self._after(REST_S, self._prefetch)
        path = self._state.path
        if path is not None and not silently:
            self._playback.cursor_moved(path)
        self._emit(CursorMoved())

    def _prefetch(self) -> None:
        arrows: tuple[Direction, ...] = ("left", "right", "up", "down")
        rows = {direction: self.step(direction) for direction in arrows}
        self._playback.prefetch(likely_next(self._state, self.listing, rows))
        if self._state.progress is not None and self._state.progress.phase == "long":
            self._send(ReadSoon(self._nearest(READ_SOON)))

    def _nearest(self, count: int) -> tuple[SampleId, ...]:
        """The samples around the cursor on the map, nearest first."""
        xy = self._state.map_model.xy
        distance = np.square(xy - np.asarray(self.place, dtype=np.float32)).sum(axis=1)
        rows = np.argsort(distance)[:count]  # those without a place are last
        return tuple(self._state.map_model.id_at(int(row)) for row in rows)

    def sample_near(self, point: tuple[float, float], reach: tuple[float, float]) -> SampleId | None:
        """The sample at a place of the map that was clicked, if there is one within reach."""
        map_model = self._state.map_model
        row = map_model.walk.nearest(point, mask=self._state.visibility.mask) if map_model.walk is not None else None
        if row is None:
            return None
        x, y = map_model.place(row)
        return map_model.id_at(row) if abs(x - point[0]) <= reach[0] and abs(y - point[1]) <= reach[1] else None

    def go_nearest(self, among: NDArray[np.bool_]) -> bool:
        """Move to the nearest other visible sample in the mask `among` (N,); False where there is none."""
        map_model, row = self._state.map_model, self._state.row
        if map_model.walk is None:
            return False
        mask = among & np.isfinite(map_model.snapshot.xy[:, 0])
        if self._state.visibility.mask is not None:
            mask &= self._state.visibility.mask
        if row is not None:
            mask[row] = False
        target = map_model.walk.nearest(self.place, mask=mask)
        if target is None:
            return False
        self.go_row(target)
        return True

    @property
    def place(self) -> tuple[float, float]:
        """Where the cursor is on the map; the middle of the view when it is off the map."""
        row = self._state.row
        place = self._state.map_model.place(row) if row is not None else (float("nan"), 0.0)
        return place if np.isfinite(place).all() else self._presenter.widgets.map.viewport.centre

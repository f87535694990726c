"""Moving the cursor: by arrows, by the list, by a click, back along the trail; and what follows when it has moved."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import SampleId
from tui_browser.ui.controllers.app_protocol import After
from tui_browser.ui.controllers.playback import PlaybackController, Stoppable
from tui_browser.ui.controllers.prefetch import LIKELY_REST_S, likely
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.state.cursor import CursorState
from tui_browser.ui.state.visibility_filter import VisibilityFilter
from tui_browser.ui.widgets.sample_list import SampleList

Direction = Literal["left", "right", "up", "down"]


class CursorController:
    """Selects samples; where the walk rests, what may be asked for next is got ready."""

    def __init__(
        self,
        stage: Presenter,
        journey: CursorState,
        sieve: VisibilityFilter,
        audition: PlaybackController,
        *,
        after: After,
    ) -> None:
        self.stage = stage
        self.journey = journey
        self._sieve = sieve
        self._audition = audition
        self._after = after
        self.heading: Direction | None = None
        """The direction of the last arrow; None where the walk went any other way since."""
        self._likely_soon: Stoppable | None = None

    @property
    def listing(self) -> SampleList:
        """The list: neighbours, matches, or all."""
        return self.stage.widgets.list

    def step(self, direction: Direction) -> int | None:
        """The row that an arrow leads to; None while the map is still being made ready or nobody is there."""
        world, row, mask = self.stage.world, self.stage.row, self._sieve.mask
        if world.walk is None or not world.placed:
            return None
        if row is None or not np.isfinite(world.snapshot.xy[row]).all():
            return world.walk.nearest(self.stage.widgets.map.viewport.centre, mask=mask)
        return world.walk.step(row, direction, mask=mask)

    def go(self, sample: SampleId, *, silently: bool = False) -> None:
        """Select a sample by walking or clicking."""
        listed = self.journey.neighbours is not None
        self.stage.guest = None
        moved = self.journey.go(sample)
        if listed:
            self.stage.relist()
        if moved or listed:
            self.arrived(silently=silently)

    def go_row(self, row: int) -> None:
        """Select the sample in a row of the snapshot that is shown."""
        self.go(self.stage.world.id_at(row))

    def pick_from_list(self, sample: SampleId, *, silently: bool = False) -> None:
        """Select a sample of the list; within a neighbour list, which stays."""
        near = self.journey.neighbours
        if near is not None and sample in near.ids:
            self.journey.step(near.ids.index(sample) + 1 - self.journey.rank, self.stage.world)
            self.arrived(silently=silently)
        else:
            self.go(sample, silently=silently)

    def back(self) -> bool:
        """Go back along the trail; False where it begins."""
        if self.journey.back(self.stage.world) is None:
            return False
        self.stage.guest = None
        self.stage.relist()
        self.arrived()
        return True

    def arrived(self, *, silently: bool = False) -> None:
        """The cursor is on another sample."""
        self.stage.moved()
        if self._likely_soon is not None:
            self._likely_soon.stop()
        self._likely_soon = self._after(LIKELY_REST_S, lambda: self._audition.likely(likely(self)))
        path = self.stage.path
        if path is not None and not silently:
            self._audition.moved(path)

    def sample_near(self, point: tuple[float, float], reach: tuple[float, float]) -> SampleId | None:
        """The sample at a place of the map that was clicked, if there is one within reach."""
        world = self.stage.world
        row = world.walk.nearest(point, mask=self._sieve.mask) if world.walk is not None else None
        if row is None:
            return None
        x, y = world.place(row)
        return world.id_at(row) if abs(x - point[0]) <= reach[0] and abs(y - point[1]) <= reach[1] else None

    def go_nearest(self, among: NDArray[np.bool_]) -> bool:
        """Go to the nearest other sample among these (N,) that the search leaves; False when there is none."""
        world, row = self.stage.world, self.stage.row
        if world.walk is None:
            return False
        mask = among & np.isfinite(world.snapshot.xy[:, 0])
        if self._sieve.mask is not None:
            mask &= self._sieve.mask
        if row is not None:
            mask[row] = False
        target = world.walk.nearest(self.place, mask=mask)
        if target is None:
            return False
        self.go_row(target)
        return True

    @property
    def place(self) -> tuple[float, float]:
        """Where the cursor is on the map; the middle of the view when it is not on it."""
        row = self.stage.row
        place = self.stage.world.place(row) if row is not None else (float("nan"), 0.0)
        return place if np.isfinite(place).all() else self.stage.widgets.map.viewport.centre

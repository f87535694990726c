"""A map that breathes: the sample that plays and those around it light up with the loudness of the sound."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from tui_browser.ui.controllers.feature_loader import FeatureLoader
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import Background, Stoppable
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.visualiser.features import frame_at
from tui_browser.visualiser.spectra import FRAME_RATE

NEIGHBOURS = 48
"""Samples around the playing one that the loudest moment lights."""
_FRAME_S = 1 / 15


class BreathController:
    """Off until a person switches it on."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        loader: FeatureLoader,
        background: Background,
        *,
        on: bool,
    ) -> None:
        self.on = on
        self._state = state
        self._presenter = presenter
        self._loader = loader
        self._background = background
        self._timer: Stoppable | None = None
        self._around: NDArray[np.intp] | None = None
        """The rows to light, the playing one first; None until they are looked up."""
        self._path: bytes | None = None

    def switch(self) -> bool:
        """Switch it on or off; returns whether it is on now."""
        self.on = not self.on
        return self.on

    def follow(self) -> None:
        """The sound may have changed: light the map while it plays."""
        playback = self._state.playback
        moves = self.on and self._loader.features is not None and playback.clock is not None
        if playback.path != self._path:
            self._path, self._around = playback.path, None
        if moves and self._timer is None:
            self._timer = self._background.every(_FRAME_S, self._step)
        elif not moves and self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._presenter.widgets.map.light(None)

    def _step(self) -> None:
        playback, features = self._state.playback, self._loader.features
        if features is None or playback.clock is None:
            self.follow()
            return
        if self._around is None:
            self._around = self._rows_around()
        position_s = playback.clock.position(
            time.monotonic(), ahead_s=playback.trip_s, duration_s=features.frames / FRAME_RATE
        )
        level = float(features.level[min(frame_at(position_s), features.frames - 1)])
        self._presenter.widgets.map.light(self._around[: round(level * len(self._around))])

    def _rows_around(self) -> NDArray[np.intp]:
        """The row that plays and the rows nearest to it on the map, nearest first; empty where it has no place."""
        row, map_model = self._state.row, self._state.map_model
        if row is None or self._state.path != self._path or not np.isfinite(map_model.xy[row]).all():
            return np.zeros(0, dtype=np.intp)
        distance = np.square(map_model.xy - map_model.xy[row]).sum(axis=1)
        distance = np.where(np.isfinite(distance), distance, np.inf)
        count = min(NEIGHBOURS, int(np.isfinite(distance).sum()))
        nearest = np.argpartition(distance, count - 1)[:count]
        return nearest[np.argsort(distance[nearest], kind="stable")]

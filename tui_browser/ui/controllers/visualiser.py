"""The visualiser: which scene is shown and where, moved by the features of the sound, in time with it.

Nothing runs while nothing plays: the timer starts when a sound has begun and its features are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from tui_browser.errors import ConfigError
from tui_browser.ui.controllers.feature_loader import FeatureLoader
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import Background, Stoppable
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.widgets.scene_view import SceneView
from tui_browser.visualiser.features import frame_at
from tui_browser.visualiser.parameter_files import SceneFile, load_scenes
from tui_browser.visualiser.spectra import FRAME_RATE
from tui_browser.visualiser.stage import Stage

Place = Literal["off", "full", "beside"]


class VisualiserController:
    """Shows scenes on a `SceneView` while it has a place."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        view: SceneView,
        loader: FeatureLoader,
        background: Background,
        *,
        calm: bool,
        scenes: Callable[[], tuple[list[SceneFile], list[ConfigError]]] = load_scenes,
        seed: int = 1,
    ) -> None:
        """With `calm` scenes move slowly and do not pulse."""
        self.place: Place = "off"
        self._state = state
        self._presenter = presenter
        self._view = view
        self._background = background
        self._loader = loader
        self._calm = calm
        self._load = scenes
        self._scenes: list[SceneFile] = []
        self._number = 0
        self._seed = seed
        self._stage: Stage | None = None
        self._timer: Stoppable | None = None
        self._timer_s = 0.0
        self._stepped_at = 0.0

    # --- what a person asks for --------------------------------------------------------------------------------------

    def show(self, place: Place) -> None:
        """Give the scenes this place on the screen; what they need is loaded when they are first seen."""
        self.place = place
        if place == "off":
            self._stop_timer()
            return
        if not self._scenes:
            self._scenes, problems = self._load()
            for problem in problems[:1]:
                self._presenter.show_error(problem)
        if self._stage is None:
            self._set_stage()
        self.follow()

    def next_scene(self) -> str:
        """Show the scene after this one; returns its title."""
        self._number = (self._number + 1) % len(self._scenes)
        self._set_stage()
        return self._scenes[self._number].title

    def remap(self) -> int:
        """Let other features move other parameters; returns the number of the mapping."""
        self._seed += 1
        if self._stage is not None:
            self._stage.remap(self._seed)
        return self._seed

    @property
    def title(self) -> str:
        """The scene that is shown."""
        return self._scenes[self._number].title if self._scenes else ""

    def _set_stage(self) -> None:
        self._stage = Stage(self._scenes[self._number], seed=self._seed, calm=self._calm)
        self.draw()

    # --- the sound ---------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """The sound, its features or its place may have changed: move while it plays."""
        playback = self._state.playback
        moves = self.place != "off" and self._loader.features is not None and playback.clock is not None
        if moves and (self._timer is None or self._timer_s != self._view.frame_s):
            self._start_timer()
        elif not moves:
            self._stop_timer()

    # --- frames ------------------------------------------------------------------------------------------------------

    def _start_timer(self) -> None:
        self._stop_timer()
        self._stepped_at = time.monotonic()
        self._timer_s = self._view.frame_s
        self._timer = self._background.every(self._timer_s, self._step)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _step(self) -> None:
        """Show the picture of this moment."""
        playback, features, now = self._state.playback, self._loader.features, time.monotonic()
        if self._stage is None or features is None or playback.clock is None:
            self._stop_timer()
            return
        if self._timer_s != self._view.frame_s:
            self._start_timer()
        if not self._view.takes_frame:
            return
        position_s = playback.clock.position(now, ahead_s=playback.trip_s, duration_s=features.frames / FRAME_RATE)
        self._stage.step(features, frame_at(position_s), now_s=now, dt_s=now - self._stepped_at)
        self._stepped_at = now
        self.draw()

    def draw(self) -> None:
        """Draw the present moment of the scene."""
        size = self._view.size
        if self._stage is not None and self.place != "off" and size.width and size.height:
            self._view.show(self._stage.picture(size.height, size.width))

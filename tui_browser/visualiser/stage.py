"""A scene at work: features in, one picture after another out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tui_browser.visualiser.canvas import Canvas, Picture
from tui_browser.visualiser.features import Features
from tui_browser.visualiser.motion_model import FEATURES
from tui_browser.visualiser.parameter_files import SceneFile
from tui_browser.visualiser.parameters import ParameterValues, draw_mapping
from tui_browser.visualiser.scenes.kaleidoscope import Kaleidoscope
from tui_browser.visualiser.scenes.lights import Lights
from tui_browser.visualiser.scenes.particles import Particles
from tui_browser.visualiser.scenes.scene import Scene

_MAKERS: Mapping[str, Callable[[int], Scene]] = {
    "particles": Particles,
    "lights": Lights,
    "kaleidoscope": Kaleidoscope,
}
_LONGEST_STEP_S = 0.1
"""A scene that was held up goes on from where it was."""
_WARM_UP_S, _WARM_UP_STEP_S = 4.0, 0.1
_CALM_PACE, _CALM_LEVEL = 0.35, 0.35


class Stage:
    """One scene with its parameters and their mapping."""

    def __init__(self, file: SceneFile, *, seed: int, calm: bool = False) -> None:
        """`seed` draws the mapping; with `calm` all moves slowly and nothing pulses."""
        self.file = file
        self.seed = seed
        self._calm = calm
        self._scene = _MAKERS[file.scene](seed)
        self._values = ParameterValues(file.parameters, draw_mapping(seed, FEATURES))
        for _ in range(round(_WARM_UP_S / _WARM_UP_STEP_S)):
            self._scene.advance(self._values.glide(_WARM_UP_STEP_S), level=_CALM_LEVEL, dt_s=_WARM_UP_STEP_S)

    def remap(self, seed: int) -> None:
        """Draw another mapping; the scene goes on from what it shows."""
        before, self.seed = self._values, seed
        self._values = ParameterValues(self.file.parameters, draw_mapping(seed, FEATURES))
        self._values.keep_from(before)

    def step(self, features: Features, frame: int, *, now_s: float, dt_s: float) -> None:
        """Move on by `dt_s`, as this frame of the features says; `now_s` is a clock that goes on between sounds."""
        if not features.frames:
            return
        dt_s = min(dt_s, _LONGEST_STEP_S) * (_CALM_PACE if self._calm else 1)
        self._values.follow(features, frame, now_s=now_s)
        values = self._values.glide(dt_s)
        level = float(features.level[min(max(frame, 0), features.frames - 1)])
        self._scene.advance(values, level=_CALM_LEVEL if self._calm else level, dt_s=dt_s)

    def picture(self, rows: int, columns: int) -> Picture:
        """The present moment in so many cells."""
        canvas = Canvas(rows, columns)
        self._scene.draw(canvas, self._values.glide(0.0))
        return canvas.picture()

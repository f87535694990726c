"""A kaleidoscope: curves in a wedge, mirrored around the middle."""

from __future__ import annotations

import numpy as np

from tui_browser.visualiser.canvas import Canvas
from tui_browser.visualiser.scenes.scene import Values, crowd, followed, to_dots

_CURVES = 5
_POINTS = 520
"""Points of all curves in all wedges of a full screen, each of which is about one dot."""
_WIDE = 1.25
"""Its width beside its height: a terminal is wide."""
_FLASH = 0.5
"""How much brighter a loud moment makes the middle; the rim stays as it is."""
_COLOURS = 0.45
"""How far around the circle of hues it is from the middle to the rim."""


class Kaleidoscope:
    """Closed curves that turn and breathe."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._starts = rng.uniform(0, 2 * np.pi, (_CURVES, 3))
        self._paces = rng.uniform(0.5, 1.0, (_CURVES, 3)) * rng.choice([-1, 1], (_CURVES, 3))
        self._turn = 0.0
        self._time_s = 0.0
        self._pulse = 0.0

    def advance(self, values: Values, *, level: float, dt_s: float) -> None:
        self._pulse = followed(self._pulse, level, dt_s)
        self._turn += values["turn"] * dt_s
        self._time_s += values["flow"] * dt_s

    def draw(self, canvas: Canvas, values: Values) -> None:
        sides = round(values["sides"])
        wedge = np.pi / sides
        shown = max(1, round(values["curves"]))
        curve = np.arange(shown)
        along = np.linspace(0, 1, max(12, round(_POINTS * crowd(canvas) / sides)), dtype=np.float32)
        phase = self._starts[:shown, :, None] + self._paces[:shown, :, None] * self._time_s
        ripple = np.sin(2 * np.pi * values["petals"] * along[None] + phase[:, 0])
        base = (curve[:, None] + 1) / shown
        reach = base * (0.72 + 0.3 * values["depth"] * ripple) * (0.94 + 0.06 * self._pulse)
        reach = reach + 0.08 * np.sin(phase[:, 1])
        angle = wedge * (along[None] + 0.25 * values["depth"] * np.sin(4 * np.pi * along[None] + phase[:, 2]))
        angle = angle + values["twist"] * reach
        both = np.concatenate([angle, -angle], axis=0)
        length = np.concatenate([reach, reach], axis=0)
        turns = 2 * wedge * np.arange(sides)[:, None, None] + self._turn
        around = (both[None] + turns).ravel()
        far = np.broadcast_to(length[None], (sides, *length.shape)).ravel() * values["size"]
        far = far * min(1.0, canvas.width / canvas.height / _WIDE)
        xy = np.stack([np.cos(around) * far * _WIDE, np.sin(around) * far], axis=1)
        ring = np.broadcast_to(np.concatenate([base, base])[None], (sides, *length.shape)).ravel()
        hue = values["hue"] + _COLOURS * ring
        light = np.clip((values["glow"] + _FLASH * self._pulse * (1 - ring)) * (1.2 - 0.45 * ring), 0.03, 1)
        canvas.plot(*to_dots(canvas, xy.astype(np.float32)), hue, light)

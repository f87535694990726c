"""Lights that wander, and lines between those that are near each other."""

from __future__ import annotations

import numpy as np

from tui_browser.visualiser.canvas import Canvas
from tui_browser.visualiser.scenes.scene import Values, crowd, discs, followed, to_dots

_MOST = 40
_STEPS = 240
"""Most dots of a line."""


class Lights:
    """At most `_MOST` lights on smooth paths of their own."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._turns = rng.uniform(0.35, 1.0, (_MOST, 4)) * rng.choice([-1, 1], (_MOST, 4))
        self._starts = rng.uniform(0, 2 * np.pi, (_MOST, 4))
        self._hue = rng.normal(0, 1, _MOST)
        self._size = rng.uniform(0.5, 1.0, _MOST)
        self._time_s = 0.0
        self._pulse = 0.0

    def advance(self, values: Values, *, level: float, dt_s: float) -> None:
        self._pulse = followed(self._pulse, level, dt_s)
        self._time_s += dt_s * values["speed"]

    def draw(self, canvas: Canvas, values: Values) -> None:
        room_for = min(1.0, crowd(canvas)) ** 0.5
        shown = max(4, min(_MOST, round(values["lights"] * room_for)))
        phase = self._starts + self._turns * self._time_s
        wander = values["wander"]
        x = np.sin(phase[:, 0]) + wander * np.sin(1.7 * phase[:, 1])
        y = np.sin(phase[:, 2]) + wander * np.sin(1.9 * phase[:, 3])
        room = np.array([canvas.width / canvas.height, 1.0]) * 0.94 / (1 + wander)
        place = (np.stack([x, y], axis=1) * room * values["spread"])[:shown].astype(np.float32)
        hue = values["hue"] + 0.12 * values["colours"] * self._hue[:shown]
        glow = values["glow"] + 0.4 * self._pulse
        self._draw_lines(canvas, place, hue, values["reach"] / room_for, values["lines"])
        radius = values["size"] * self._size[:shown] * (0.7 + 0.6 * self._pulse) * (0.55 + 0.45 * crowd(canvas))
        light = np.full(shown, min(1.0, 0.45 + 0.55 * glow))
        discs(canvas, place, *(each.astype(np.float32) for each in (radius, hue, light)))

    def _draw_lines(self, canvas: Canvas, place: np.ndarray, hue: np.ndarray, reach: float, light: float) -> None:
        first, second = np.triu_indices(len(place), 1)
        distance = np.hypot(*(place[first] - place[second]).T)
        near = distance < reach
        first, second, distance = first[near], second[near], distance[near]
        if not len(first):
            return
        x, y = to_dots(canvas, place)
        count = np.maximum(np.abs(x[first] - x[second]), np.abs(y[first] - y[second])).astype(np.int64) + 1
        count = np.minimum(count, _STEPS)
        line = np.repeat(np.arange(len(first)), count)
        part = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / count[line]
        a, b = first[line], second[line]
        strength = light * (1 - distance / reach)
        canvas.plot(
            x[a] + (x[b] - x[a]) * part,
            y[a] + (y[b] - y[a]) * part,
            np.where(part < 0.5, hue[a], hue[b]),
            np.clip(strength, 0.03, 0.74)[line],
        )

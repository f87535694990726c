"""Particles: born around the middle, carried by a slow current, each fading as it ages."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.visualiser.canvas import Canvas
from tui_browser.visualiser.scenes.scene import Values, crowd, discs

_MOST = 900
_EDGE = 1.15


class Particles:
    """A swarm of at most `_MOST` points."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._place = np.zeros((0, 2), dtype=np.float32)
        self._motion = np.zeros((0, 2), dtype=np.float32)
        self._age = np.zeros(0, dtype=np.float32)
        """From 0 at birth to 1 at the end."""
        self._hue = np.zeros(0, dtype=np.float32)
        self._time_s = 0.0
        self._due = 0.0
        self._pulse = 0.0
        self._width = 1.8

    def advance(self, values: Values, *, level: float, dt_s: float) -> None:
        self._time_s += dt_s * (0.3 + values["turbulence"])
        self._pulse += (level - self._pulse) * min(1.0, dt_s * (14 if level > self._pulse else 4))
        self._bear(values, level, dt_s)
        x, y = self._place.T
        time, fold = self._time_s, 1.2 + 2.2 * values["turbulence"]
        current = np.stack(
            [
                np.sin(fold * y + 0.7 * time) + 0.5 * np.cos(1.7 * fold * y - 0.3 * time + x),
                np.sin(fold * x - 0.5 * time) + 0.5 * np.cos(1.9 * fold * x + 0.4 * time - y),
            ],
            axis=1,
        )
        around = np.stack([-y, x], axis=1) * values["swirl"]
        pace = values["speed"] * (0.55 + 0.9 * self._pulse)
        drift = self._motion + current * values["turbulence"] * 0.6 + around
        self._place = (self._place + drift.astype(np.float32) * np.float32(pace * dt_s)).astype(np.float32)
        self._age = self._age + np.float32(dt_s / values["lifetime"])
        alive = (self._age < 1) & (np.abs(self._place[:, 1]) < _EDGE) & (np.abs(self._place[:, 0]) < self._width)
        self._keep(alive)

    def _bear(self, values: Values, level: float, dt_s: float) -> None:
        self._due += values["births"] * (0.35 + 1.3 * level) * dt_s
        count = min(int(self._due), _MOST - len(self._age))
        self._due -= int(self._due)
        if count <= 0:
            return
        rng = self._rng
        angle = rng.uniform(0, 2 * np.pi, count)
        out = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        distance = np.sqrt(rng.uniform(0.02, 1, (count, 1))) * values["scatter"]
        self._place = np.concatenate([self._place, (out * distance * [1.5, 1]).astype(np.float32)])
        push = rng.uniform(0.25, 1.0, (count, 1)) * (0.5 + level)
        self._motion = np.concatenate([self._motion, (out * push).astype(np.float32)])
        self._age = np.concatenate([self._age, np.zeros(count, dtype=np.float32)])
        self._hue = np.concatenate([self._hue, rng.normal(0, 1, count).astype(np.float32)])

    def _keep(self, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        self._place, self._motion = self._place[kept], self._motion[kept]
        self._age, self._hue = self._age[kept], self._hue[kept]

    def draw(self, canvas: Canvas, values: Values) -> None:
        self._width = _EDGE * canvas.width / canvas.height
        shown = slice(None, None, max(1, round(1 / crowd(canvas))))
        age, place = self._age[shown], self._place[shown]
        far = np.hypot(place[:, 0], place[:, 1])
        hue = values["hue"] + 0.08 * values["colours"] * self._hue[shown] + 0.25 * values["colours"] * far
        light = np.sin(np.pi * np.clip(0.12 + 0.88 * age, 0, 1)) * (values["glow"] + 0.35 * self._pulse)
        radius: FloatArray = values["size"] * (1 - 0.7 * age) * (0.6 + 0.4 * crowd(canvas))
        discs(canvas, place, radius.astype(np.float32), hue.astype(np.float32), light.astype(np.float32))

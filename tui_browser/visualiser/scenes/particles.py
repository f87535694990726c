"""Particles: born around the middle, carried by a slow current, each with a trail of the places where it was.

A trail stays where it is until it ends, and a particle keeps the colour that it was born with: colours flow outward,
and few cells change from one frame to the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.visualiser.canvas import Canvas
from tui_browser.visualiser.scenes.scene import Values, crowd, discs, followed, to_dots

_MOST = 700
_EDGE = 1.15
_TRAIL = 6
"""Places that a particle remembers."""
_DROP_S = 0.2
"""Time between two of them, at a speed of 1."""
_COLOURS = 0.05
"""Spread of hues around the one of the moment."""
_FAINT = 0.1
"""A particle as old as this part of its life is as bright as it gets."""


class Particles:
    """A swarm of at most `_MOST` points; row i of every array is one of them."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._place = np.zeros((0, 2), dtype=np.float32)
        self._push = np.zeros((0, 2), dtype=np.float32)
        self._trail = np.zeros((0, _TRAIL, 2), dtype=np.float32)
        """The newest place first."""
        self._drop_in = np.zeros(0, dtype=np.float32)
        """Time until the next place is remembered."""
        self._age = np.zeros(0, dtype=np.float32)
        """From 0 at birth to 1 at the end."""
        self._hue = np.zeros(0, dtype=np.float32)
        self._rank = np.zeros(0, dtype=np.float32)
        """From 0 to 1; a smaller picture shows those of low rank only."""
        self._time_s = 0.0
        self._due = 0.0
        self._pulse = 0.0
        self._edge_x = 2 * _EDGE

    def advance(self, values: Values, *, level: float, dt_s: float) -> None:
        self._time_s += dt_s * (0.3 + values["turbulence"])
        self._pulse = followed(self._pulse, level, dt_s)
        self._bear(values, level, dt_s)
        pace = values["speed"] * (0.6 + 0.8 * self._pulse)
        self._place = self._place + (self._drift(values) * (pace * dt_s)).astype(np.float32)
        self._drop_in = self._drop_in - np.float32(pace * dt_s / values["speed"])
        due = self._drop_in < 0
        self._trail[due, 1:] = self._trail[due, :-1]
        self._trail[due, 0] = self._place[due]
        self._drop_in[due] += _DROP_S
        self._age = self._age + np.float32(dt_s / values["lifetime"])
        x, y = np.abs(self._place.T)
        self._keep((self._age < 1) & (y < _EDGE) & (x < self._edge_x))

    def _drift(self, values: Values) -> NDArray[np.float32]:
        """Where each is carried: away from the middle, around it, and with the current."""
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
        drift: NDArray[np.float32] = self._push + current * (0.6 * values["turbulence"]) + around
        return drift

    def _bear(self, values: Values, level: float, dt_s: float) -> None:
        self._due += values["births"] * (0.4 + 1.2 * level) * dt_s
        count = min(int(self._due), _MOST - len(self._age))
        self._due -= int(self._due)
        if count <= 0:
            return
        rng = self._rng
        angle = rng.uniform(0, 2 * np.pi, count)
        out = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        distance = np.sqrt(rng.uniform(0.02, 1, (count, 1))) * values["scatter"]
        place = (out * distance * [1.5, 1]).astype(np.float32)
        push = (out * rng.uniform(0.3, 1.0, (count, 1)) * (0.6 + 0.8 * level)).astype(np.float32)
        self._place = np.concatenate([self._place, place])
        self._push = np.concatenate([self._push, push])
        self._trail = np.concatenate([self._trail, np.repeat(place[:, None], _TRAIL, axis=1)])
        self._drop_in = np.concatenate([self._drop_in, rng.uniform(0, _DROP_S, count).astype(np.float32)])
        self._age = np.concatenate([self._age, np.zeros(count, dtype=np.float32)])
        hue = values["hue"] + _COLOURS * rng.normal(0, 1, count)
        self._hue = np.concatenate([self._hue, hue.astype(np.float32)])
        self._rank = np.concatenate([self._rank, rng.random(count, dtype=np.float32)])

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        self._place, self._push, self._trail = self._place[kept], self._push[kept], self._trail[kept]
        self._drop_in, self._age, self._hue = self._drop_in[kept], self._age[kept], self._hue[kept]
        self._rank = self._rank[kept]

    def draw(self, canvas: Canvas, values: Values) -> None:
        self._edge_x = _EDGE * canvas.width / canvas.height
        shown = self._rank < crowd(canvas) ** 0.6
        age, hue = self._age[shown], self._hue[shown]
        life = np.clip(age / _FAINT, 0, 1) * np.clip((1 - age) / 0.6, 0, 1)
        length = round(values["tail"])
        trail = self._trail[shown, :length].reshape(-1, 2)
        x, y = to_dots(canvas, trail)
        canvas.plot(x, y, np.repeat(hue, length), np.repeat((0.1 + 0.5 * life), length))
        light = life * (values["glow"] + 0.4 * self._pulse)
        radius = values["size"] * (1 - 0.6 * age) * (0.6 + 0.4 * crowd(canvas))
        discs(canvas, self._place[shown], radius.astype(np.float32), hue, light.astype(np.float32))

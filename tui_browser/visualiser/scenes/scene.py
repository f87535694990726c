"""What all scenes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.visualiser.canvas import Canvas

Values = Mapping[str, float]
"""The ten parameters of a scene by name."""
FULL_DOTS = 320 * 172
"""The dots of a screen of 160 x 43 cells, for which the numbers in the parameter files are made."""

_RISE, _FALL = 12.0, 3.0
"""How fast the pulse follows the loudness, as a part of the difference a second."""


class Scene(Protocol):
    """Something that moves. Its units are half the height of the picture, its origin the middle."""

    def advance(self, values: Values, *, level: float, dt_s: float) -> None:
        """Move on by `dt_s`; `level` is how loud the sound is, 0 to 1."""

    def draw(self, canvas: Canvas, values: Values) -> None:
        """Draw the present moment."""


def followed(pulse: float, level: float, dt_s: float) -> float:
    """The pulse so much later: up with the loudness at once, down slowly."""
    return pulse + (level - pulse) * min(1.0, dt_s * (_RISE if level > pulse else _FALL))


def to_dots(canvas: Canvas, xy: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Columns and rows of points (n, 2) on a canvas."""
    half = canvas.height / 2
    return canvas.width / 2 + xy[:, 0] * half, half + xy[:, 1] * half


def crowd(canvas: Canvas) -> float:
    """How many things fit on a canvas, beside a full screen: fewer on a small one, so that it does not fill up."""
    return float(np.clip(np.sqrt(canvas.width * canvas.height / FULL_DOTS), 0.35, 1.5))


def discs(canvas: Canvas, xy: FloatArray, radius_dots: FloatArray, hue: FloatArray, light: FloatArray) -> None:
    """Draw round spots, brightest in the middle."""
    reach = int(np.ceil(radius_dots.max(initial=0.0)))
    offsets = _offsets(reach)
    x, y = to_dots(canvas, xy)
    distance = np.hypot(offsets[:, 0], offsets[:, 1])[None, :]
    inside = distance <= np.maximum(radius_dots[:, None], 0.5)
    shade = light[:, None] * (1 - 0.45 * distance / np.maximum(radius_dots[:, None], 1))
    canvas.plot(
        (x[:, None] + offsets[None, :, 0])[inside],
        (y[:, None] + offsets[None, :, 1])[inside],
        np.broadcast_to(hue[:, None], inside.shape)[inside],
        shade[inside],
    )


def _offsets(reach: int) -> NDArray[np.float32]:
    span = np.arange(-reach, reach + 1, dtype=np.float32)
    return np.stack(np.meshgrid(span, span), axis=-1).reshape(-1, 2)

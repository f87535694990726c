"""Parameters of a scene: from a feature between 0 and 1 to a number that the scene draws with.

A parameter takes a new value only so often; between two values a scene glides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.visualiser.features import Features

_GLIDE = 0.35
"""How fast a value follows, as a part of the time between two changes."""
_LONGEST_GLIDE_S = 6.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a scene, and how music moves it."""

    name: str
    avg: float
    min: float
    max: float
    step: float
    """Distance between two values that it can have, counted from `min`; 0 is any value."""
    blur: int
    """The smoothing of its feature, one of `features.BLURS`."""
    rate: float
    """Most changes a second, 0.02 to 5."""

    def scale(self, feature: float) -> float:
        """The value for a feature from 0 to 1: 0 gives `min`, one half `avg`, 1 `max`, in two straight lines."""
        feature = min(max(feature, 0.0), 1.0)
        if feature < 0.5:
            value = self.min + 2 * feature * (self.avg - self.min)
        else:
            value = self.avg + (2 * feature - 1) * (self.max - self.avg)
        if self.step:
            value = self.min + round((value - self.min) / self.step) * self.step
        return min(max(value, self.min), self.max)


@dataclass(slots=True)
class ParameterValues:
    """The present values of a scene's parameters; times are seconds of any one clock."""

    parameters: Sequence[Parameter]
    mapping: Sequence[int]
    """The feature that moves each parameter."""
    targets: list[float] = field(init=False)
    """The values as the features last set them."""
    _shown: list[float] = field(init=False)
    _changed_at: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.targets = [parameter.avg for parameter in self.parameters]
        self._shown = list(self.targets)
        self._changed_at = [-math.inf] * len(self.parameters)

    def follow(self, features: Features, frame: int, *, now_s: float) -> None:
        """Take new values from a frame of the features, where a parameter may change again."""
        rows: dict[int, FloatArray] = {}
        for number, parameter in enumerate(self.parameters):
            if now_s - self._changed_at[number] < 1 / parameter.rate:
                continue
            if parameter.blur not in rows:
                rows[parameter.blur] = features.at(frame, parameter.blur)
            value = parameter.scale(float(rows[parameter.blur][self.mapping[number]]))
            if value != self.targets[number]:
                self.targets[number] = value
                self._changed_at[number] = now_s

    def glide(self, dt_s: float) -> Mapping[str, float]:
        """The values to draw with, by name, so much later: on their way to the newest ones, or there if in steps."""
        for number, parameter in enumerate(self.parameters):
            target = self.targets[number]
            if parameter.step:
                self._shown[number] = target
            else:
                span_s = min(_GLIDE / parameter.rate, _LONGEST_GLIDE_S)
                self._shown[number] += (target - self._shown[number]) * (1 - math.exp(-dt_s / span_s))
        return {parameter.name: value for parameter, value in zip(self.parameters, self._shown, strict=True)}

    def keep_from(self, other: ParameterValues) -> None:
        """Go on from the values of another mapping of the same scene, so that nothing jumps."""
        self.targets, self._shown = list(other.targets), list(other._shown)


def draw_mapping(seed: int, count: int) -> tuple[int, ...]:
    """A permutation of `count` features; the same seed gives the same one."""
    return tuple(np.random.default_rng(seed).permutation(count).tolist())

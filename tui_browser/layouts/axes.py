"""Free axes: layouts whose x and y are chosen values of the samples, such as `x=dim3 y=length` or `x=pc1 y=log:pitch`.

Each axis has a linear or logarithmic scale that fills the map. A sample without a value on an axis (the pitch of noise,
the logarithm of 0) is placed at the edge. If all values are equal, samples are placed in the middle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import LayoutError
from tui_browser.records import FEATURES, FloatArray

DESCRIPTORS = {
    "length": "duration_s",
    "brightness": "brightness_hz",
    "noise": "noisiness",
    "pitch": "pitch_hz",
    "attack": "attack_s",
    "loudness": "loudness_db",
    "tempo": "bpm",
}
"""Names of axes, for the columns of `FEATURES`."""
ADDED, DATE = "added", "date"
"""Order in which samples were added to the library; modification time of the file."""
COMPONENTS = 8
"""Principal components that are offered."""
LOW, HIGH = 0.04, 0.98
"""Range of the scale in the unit square."""
UNKNOWN = 0.0
"""Position of a sample without a value."""

Values = NDArray[np.float64]
_NAME = re.compile(r"(log:)?([a-z]+)(\d*)")


@dataclass(frozen=True, slots=True)
class Axis:
    """The value that an axis shows."""

    name: str
    """`dim3` (a latent dimension, from 1), `pc1` (a principal component, from 1), a key of `DESCRIPTORS`, `added` or
    `date`."""
    log: bool = False

    def __str__(self) -> str:
        return f"log:{self.name}" if self.log else self.name

    def number(self, family: str) -> int | None:
        """Index, from 0, within the family "dim" or "pc"; None for other axes."""
        digits = self.name.removeprefix(family)
        return int(digits) - 1 if self.name.startswith(family) and digits.isdigit() else None


@dataclass(frozen=True, slots=True)
class AxisScale:
    """A linear or logarithmic scale from values to positions in the unit square."""

    low: float
    high: float
    log: bool = False

    def apply(self, values: Values) -> FloatArray:
        """Positions (n,) in [0, 1], clipped to the edges; `UNKNOWN` for values that are not known."""
        places = np.full(len(values), UNKNOWN, dtype=np.float32)
        known = _known(values, self.log)
        low, high = _scaled(np.array([self.low, self.high]), self.log)
        part = (_scaled(values[known], self.log) - low) / (high - low) if high > low else np.full(known.sum(), 0.5)
        places[known] = np.clip(LOW + (HIGH - LOW) * part, LOW / 2, 1.0)
        return places

    def invert(self, place: float) -> float:
        """The value that is drawn at a position; the nearest value of the scale for one beyond its ends."""
        low, high = _scaled(np.array([self.low, self.high]), self.log)
        value = low + (high - low) * min(max((place - LOW) / (HIGH - LOW), 0.0), 1.0)
        return float(np.exp(value) if self.log else value)


def axis_names(latent: int) -> tuple[str, ...]:
    """Names of all axes for a model with this many latent dimensions."""
    dims = tuple(f"dim{number + 1}" for number in range(latent))
    return (*DESCRIPTORS, ADDED, DATE, *dims, *(f"pc{number + 1}" for number in range(COMPONENTS)))


def is_axes(text: str) -> bool:
    """Whether the name of a layout describes free axes."""
    return "=" in text


def parse_axes(text: str) -> tuple[Axis, Axis]:
    """The axes of a text such as `x=dim3 y=length`; raises LayoutError with the possible names."""
    given: dict[str, Axis] = {}
    for word in text.replace(",", " ").split():
        side, _, name = word.partition("=")
        match = _NAME.fullmatch(name.lower())
        plain = match is not None and not match[3] and (match[2] in DESCRIPTORS or match[2] in (ADDED, DATE))
        counted = match is not None and match[2] in ("dim", "pc") and match[3] not in ("", "0")
        if side not in ("x", "y") or side in given or match is None or not (plain or counted):
            raise LayoutError(
                f"no axis {word!r}",
                hint=f"x= and y= take {', '.join(DESCRIPTORS)}, added, date, "
                "dim1 ... (latent) or pc1 ..., each optionally after log:",
            )
        given[side] = Axis(f"{match[2]}{int(match[3])}" if match[3] else match[2], bool(match[1]))
    if set(given) != {"x", "y"}:
        raise LayoutError(f"a layout needs an x and a y axis, not {text!r}", hint="for example x=dim3 y=length")
    return given["x"], given["y"]


def latent_axes(layout: str) -> tuple[int | None, int | None]:
    """The latent dimensions, from 0, on the axes of a layout; None for an axis that shows something else."""
    if not is_axes(layout):
        return None, None
    x, y = parse_axes(layout)
    return x.number("dim"), y.number("dim")


def axes_name(axes: tuple[Axis, Axis]) -> str:
    """The name under which a layout with these axes is stored."""
    return f"x={axes[0]} y={axes[1]}"


def fit_scale(values: Values, *, log: bool = False) -> AxisScale:
    """The scale from the smallest to the largest known value."""
    known = values[_known(values, log)]
    if not len(known):
        return AxisScale(1.0, 1.0, log)
    return AxisScale(float(known.min()), float(known.max()), log)


def axis_values(
    axis: Axis,
    *,
    features: FloatArray,
    latent: Callable[[], FloatArray],
    vectors: FloatArray,
    more: Mapping[str, Callable[[], Values]],
) -> Values:
    """(N,) value of each sample on an axis, NaN where unknown; raises LayoutError if the model lacks the axis.

    `features` is (N, F) in the order of `FEATURES`, `latent` returns (N, Z), `vectors` is (N, D); `more` returns the
    values of other axes, by name.
    """
    if axis.name in DESCRIPTORS:
        return features[:, FEATURES.index(DESCRIPTORS[axis.name])].astype(np.float64)
    dim, component = axis.number("dim"), axis.number("pc")
    if dim is not None:
        z = latent()
        if dim >= z.shape[1]:
            raise LayoutError(f"there is no latent dimension {dim + 1}", hint=f"this model has {z.shape[1]}")
        return z[:, dim].astype(np.float64)
    if component is not None:
        if component >= vectors.shape[1]:
            raise LayoutError(f"there is no principal component {component + 1}", hint="pc1 is the first")
        return _component(vectors, component)
    return more[axis.name]()


def _component(vectors: FloatArray, number: int) -> Values:
    finite = np.isfinite(vectors).all(axis=1)
    values = np.full(len(vectors), np.nan)
    if not finite.any():
        return values
    centred = vectors[finite] - vectors[finite].mean(axis=0, dtype=np.float64).astype(np.float32)
    _, eigenvectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    component = eigenvectors[:, -1 - number]
    values[finite] = centred @ (component * np.sign(component[np.abs(component).argmax()]))
    return values


def _known(values: Values, log: bool) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return known & (values > 0) if log else known


def _scaled(values: Values, log: bool) -> Values:
    return np.log(values) if log else values

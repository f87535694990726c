"""Layers of a network of another program, as plain numbers: what they turn a shape into and what weights they have.

Shapes are without the batch, channels last, as TensorFlow has them. Every size is bounded before anything is allocated.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

Shape = tuple[int, ...]

ACTIVATIONS = ("relu", "sigmoid", "tanh", "elu", "selu", "softplus", "swish", "leaky_relu")
"""Functions that `Activation` knows; `linear` is no layer."""
MOST_SIZE = 1 << 17
"""Largest number in a shape."""
MOST_KERNEL = 64
"""Longest side, stride or dilation of a kernel."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """Convolution of a picture; weights `kernel` (height, width, before, after) and `bias`."""

    KIND: ClassVar[str] = "convolution"

    filters: int
    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    same: bool = False
    """Whether zeros are added around the picture, so that strides of 1 keep its size, as TensorFlow adds them."""
    bias: bool = True

    def output(self, shape: Shape) -> Shape:
        rows, columns, _ = _picture(shape)
        sides = []
        for n, k, stride, spread in zip((rows, columns), self.kernel, self.strides, self.dilation, strict=True):
            sides.append(-(-n // stride) if self.same else (n - (k - 1) * spread - 1) // stride + 1)
        return *sides, self.filters

    def padding(self, shape: Shape) -> tuple[int, int, int, int]:
        """Zeros above, below, left and right of a picture of this shape."""
        if not self.same:
            return 0, 0, 0, 0
        zeros: list[int] = []
        for n, k, stride, spread in zip(shape[:2], self.kernel, self.strides, self.dilation, strict=True):
            total = max((-(-n // stride) - 1) * stride + (k - 1) * spread + 1 - n, 0)
            zeros += [total // 2, total - total // 2]
        return zeros[0], zeros[1], zeros[2], zeros[3]

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        return {"kernel": (*self.kernel, shape[-1], self.filters), **({"bias": (self.filters,)} if self.bias else {})}

    def work(self, shape: Shape) -> int:
        return math.prod(self.output(shape)) * math.prod(self.kernel) * shape[-1]


@dataclass(frozen=True, slots=True)
class TransposedConvolution:
    """Transposed convolution of a picture; weights `kernel` (height, width, after, before) and `bias`."""

    KIND: ClassVar[str] = "transposed_convolution"

    filters: int
    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    same: bool = False
    bias: bool = True

    def output(self, shape: Shape) -> Shape:
        rows, columns, _ = _picture(shape)
        sides = [
            n * stride if self.same else n * stride + max(k - stride, 0)
            for n, k, stride in zip((rows, columns), self.kernel, self.strides, strict=True)
        ]
        return *sides, self.filters

    def crop(self) -> tuple[int, int]:
        """Rows and columns that `same` cuts off the beginning of the full output."""
        if not self.same:
            return 0, 0
        first, second = (max(k - stride, 0) // 2 for k, stride in zip(self.kernel, self.strides, strict=True))
        return first, second

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        return {"kernel": (*self.kernel, self.filters, shape[-1]), **({"bias": (self.filters,)} if self.bias else {})}

    def work(self, shape: Shape) -> int:
        return math.prod(shape) * math.prod(self.kernel) * self.filters


@dataclass(frozen=True, slots=True)
class Dense:
    """Linear map of the last axis; weights `kernel` (before, after) and `bias`."""

    KIND: ClassVar[str] = "dense"

    units: int
    bias: bool = True

    def output(self, shape: Shape) -> Shape:
        return *shape[:-1], self.units

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        return {"kernel": (shape[-1], self.units), **({"bias": (self.units,)} if self.bias else {})}

    def work(self, shape: Shape) -> int:
        return math.prod(shape) * self.units


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Batch normalisation of the last axis with stored means and variances."""

    KIND: ClassVar[str] = "normalisation"

    epsilon: float = 1e-3
    scale: bool = True
    centre: bool = True

    def output(self, shape: Shape) -> Shape:
        return shape

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        roles = ["moving_mean", "moving_variance"]
        roles += [role for role, is_used in (("gamma", self.scale), ("beta", self.centre)) if is_used]
        return dict.fromkeys(roles, (shape[-1],))

    def work(self, shape: Shape) -> int:
        return math.prod(shape)


@dataclass(frozen=True, slots=True)
class Reshape:
    """The same values in another shape."""

    KIND: ClassVar[str] = "reshape"

    shape: Shape

    def output(self, shape: Shape) -> Shape:
        if math.prod(shape) != math.prod(self.shape):
            raise ValueError(f"{math.prod(shape):,} values cannot become {self.shape}")
        return self.shape

    def tensors(self, shape: Shape) -> dict[str, Shape]:  # the same for every layer
        return {}

    def work(self, shape: Shape) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of each value, one of `ACTIVATIONS`; `slope` is that of `elu` and `leaky_relu` below 0."""

    KIND: ClassVar[str] = "activation"

    function: str
    slope: float = 1.0

    def output(self, shape: Shape) -> Shape:
        return shape

    def tensors(self, shape: Shape) -> dict[str, Shape]:
        return {}

    def work(self, shape: Shape) -> int:
        return math.prod(shape)


Layer = Convolution | TransposedConvolution | Dense | Normalisation | Reshape | Activation
_KINDS: dict[str, type[Layer]] = {
    kind.KIND: kind for kind in (Convolution, TransposedConvolution, Dense, Normalisation, Reshape, Activation)
}


def layer_config(layer: Layer) -> dict[str, Any]:
    """The layer as JSON values."""
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(layer).items()}
    return {"kind": layer.KIND, **values}


def read_layer(section: Any) -> Layer:
    """The layer of a config.json; raises ValueError with what is wrong."""
    if not isinstance(section, dict) or not isinstance(section.get("kind"), str):
        raise ValueError("a layer has no kind")
    kind = _KINDS.get(section["kind"])
    if kind is None:
        raise ValueError(f"a layer of the kind {section['kind'][:40]!r} is unknown")
    types = {field.name: str(field.type) for field in fields(kind)}
    if differing := set(section) ^ {"kind", *types}:
        raise ValueError(f"{section['kind']}: the keys differ: {', '.join(sorted(differing))[:100]}")
    values = {name: _typed(section[name], types[name], name) for name in types}
    layer: Layer = kind(**values)
    check_layer(layer)
    return layer


def check_layer(layer: Layer) -> None:
    """Raise ValueError if a number of the layer is out of range."""
    match layer:
        case Convolution() | TransposedConvolution():
            _within("filters", (layer.filters,), MOST_SIZE)
            _within("kernel", layer.kernel, MOST_KERNEL)
            _within("strides", layer.strides, MOST_KERNEL)
            if isinstance(layer, Convolution):
                _within("dilation", layer.dilation, MOST_KERNEL)
                if max(layer.dilation) > 1 and max(layer.strides) > 1:
                    raise ValueError("strides and dilation cannot both be above 1")
        case Dense():
            _within("units", (layer.units,), MOST_SIZE)
        case Normalisation():
            if not 0 < layer.epsilon < 1:
                raise ValueError("epsilon is out of range")
        case Reshape():
            if not 1 <= len(layer.shape) <= 4:
                raise ValueError("a shape has 1 to 4 numbers")
            _within("shape", layer.shape, MOST_SIZE)
        case Activation():
            if layer.function not in ACTIVATIONS:
                raise ValueError(f"the activation {layer.function[:40]!r} is unknown")
            if not 0 <= layer.slope <= 1:
                raise ValueError("slope is out of range")


def _within(name: str, numbers: tuple[int, ...], most: int) -> None:
    if not all(1 <= number <= most for number in numbers):
        raise ValueError(f"{name} is out of range: {str(numbers)[:60]} is not between 1 and {most:,}")


def _typed(value: Any, kind: str, name: str) -> Any:
    if kind in ("Shape", "tuple[int, int]"):
        if not isinstance(value, list) or not all(type(number) is int for number in value):
            raise ValueError(f"{name} is not a list of whole numbers")
        if kind != "Shape" and len(value) != 2:
            raise ValueError(f"{name} has not two numbers")
        return tuple(value)
    if kind == "float" and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if type(value) is not {"int": int, "bool": bool, "str": str}.get(kind):
        raise ValueError(f"{name} is of the wrong type")
    return value


def _picture(shape: Shape) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ValueError(f"a convolution needs rows, columns and channels, not {shape}")
    return shape[0], shape[1], shape[2]

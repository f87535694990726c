"""A layer of a Keras model as one or two of our layers; raises ValueError with what is not supported."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tui_browser.model.layers import (
    MOST_SIZE,
    Activation,
    Convolution,
    Dense,
    Layer,
    Normalisation,
    Reshape,
    Shape,
    TransposedConvolution,
    check_layer,
)

_NO_EFFECT = ("InputLayer", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "ActivityRegularization")
"""Layers that do nothing once a model is trained."""
_FUNCTIONS = {
    "relu": Activation("relu"),
    "sigmoid": Activation("sigmoid"),
    "tanh": Activation("tanh"),
    "elu": Activation("elu"),
    "selu": Activation("selu"),
    "softplus": Activation("softplus"),
    "swish": Activation("swish"),
    "silu": Activation("swish"),
    "leaky_relu": Activation("leaky_relu", 0.2),
}


def translate(class_name: str, config: dict[str, Any], shape: Shape) -> list[Layer]:
    """Our layers for one of Keras that gets `shape`; raises ValueError for one that is unknown or does not fit."""
    if class_name in _NO_EFFECT:
        return []
    if class_name not in _TRANSLATORS:
        raise ValueError(f"layers of the kind {class_name[:60]!r} are not supported (known: {', '.join(KNOWN)})")
    if config.get("data_format") not in (None, "channels_last"):
        raise ValueError("it has its channels first, not last")
    layers = [_TRANSLATORS[class_name](config, shape), *_function(config.get("activation"))]
    if class_name == "Activation":
        layers = layers[1:]
    for layer in layers:
        if layer is not None:
            check_layer(layer)
    return [layer for layer in layers if layer is not None]


def _convolution(config: dict[str, Any], shape: Shape) -> Layer:  # noqa: ARG001  # every translator takes it
    if config.get("groups", 1) != 1:
        raise ValueError("groups of channels are not supported")
    return Convolution(
        _number(config, "filters"),
        _pair(config, "kernel_size"),
        _pair(config, "strides", 1),
        _pair(config, "dilation_rate", 1),
        _is_same(config),
        _flag(config, "use_bias"),
    )


def _transposed(config: dict[str, Any], shape: Shape) -> Layer:  # noqa: ARG001
    if config.get("output_padding") is not None or _pair(config, "dilation_rate", 1) != (1, 1):
        raise ValueError("output padding and dilation are not supported")
    return TransposedConvolution(
        _number(config, "filters"),
        _pair(config, "kernel_size"),
        _pair(config, "strides", 1),
        _is_same(config),
        _flag(config, "use_bias"),
    )


def _dense(config: dict[str, Any], shape: Shape) -> Layer:  # noqa: ARG001
    return Dense(_number(config, "units"), _flag(config, "use_bias"))


def _normalisation(config: dict[str, Any], shape: Shape) -> Layer:
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, len(shape)):
        raise ValueError("it normalises another axis than the last one")
    return Normalisation(_real(config, "epsilon", 1e-3), _flag(config, "scale"), _flag(config, "center"))


def _flatten(config: dict[str, Any], shape: Shape) -> Layer:  # noqa: ARG001
    return Reshape((math.prod(shape),))


def _reshape(config: dict[str, Any], shape: Shape) -> Layer:
    target = config.get("target_shape")
    if not isinstance(target, list) or not all(type(n) is int and -1 <= n <= MOST_SIZE for n in target):
        raise ValueError("its target shape is not a list of whole numbers")
    known = math.prod(n for n in target if n != -1)
    if target.count(-1) > 1 or known < 1 or (-1 in target and math.prod(shape) % known):
        raise ValueError(f"{math.prod(shape):,} values cannot become {str(target)[:60]}")
    return Reshape(tuple(math.prod(shape) // known if n == -1 else n for n in target))


def _relu(config: dict[str, Any], shape: Shape) -> Layer:  # noqa: ARG001
    if config.get("max_value") is not None or config.get("threshold") not in (None, 0, 0.0):
        raise ValueError("a limit or a threshold is not supported")
    slope = _real(config, "negative_slope", 0.0)
    return Activation("leaky_relu", slope) if slope else Activation("relu")


def _leaky_relu(config: dict[str, Any], shape: Shape) -> Layer:  # noqa: ARG001
    return Activation("leaky_relu", _real(config, "negative_slope" if "negative_slope" in config else "alpha", 0.3))


def _elu(config: dict[str, Any], shape: Shape) -> Layer:  # noqa: ARG001
    return Activation("elu", _real(config, "alpha", 1.0))


def _no_layer(config: dict[str, Any], shape: Shape) -> None:
    """`Activation` is nothing but its function, which every layer may have."""


_TRANSLATORS: dict[str, Callable[[dict[str, Any], Shape], Layer | None]] = {
    "Conv2D": _convolution,
    "Conv2DTranspose": _transposed,
    "Dense": _dense,
    "BatchNormalization": _normalisation,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "Activation": _no_layer,
}
KNOWN = (*_TRANSLATORS, *_NO_EFFECT)
"""Layers that can be imported."""


def _function(name: Any) -> list[Layer]:
    if isinstance(name, dict):  # {"class_name": "relu", "config": ...}
        name = name.get("class_name")
    if name in (None, "linear"):
        return []
    if not isinstance(name, str) or name not in _FUNCTIONS:
        raise ValueError(f"the activation {str(name)[:60]!r} is not supported (known: {', '.join(_FUNCTIONS)})")
    return [_FUNCTIONS[name]]


def _number(config: dict[str, Any], key: str) -> int:
    value = config.get(key)
    if type(value) is not int or not 1 <= value <= MOST_SIZE:
        raise ValueError(f"{key} is out of range: {str(value)[:40]}")
    return value


def _real(config: dict[str, Any], key: str, default: float) -> float:
    value = config.get(key, default)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"{key} is not a number")
    return float(value)


def _flag(config: dict[str, Any], key: str) -> bool:
    value = config.get(key, True)
    if type(value) is not bool:
        raise ValueError(f"{key} is neither true nor false")
    return value


def _pair(config: dict[str, Any], key: str, default: int | None = None) -> tuple[int, int]:
    value = config.get(key, default)
    pair = [value, value] if type(value) is int else value
    if not isinstance(pair, list) or len(pair) != 2 or not all(type(n) is int and n >= 1 for n in pair):
        raise ValueError(f"{key} is not one or two whole numbers: {str(value)[:40]}")
    return pair[0], pair[1]


def _is_same(config: dict[str, Any]) -> bool:
    padding = config.get("padding", "valid")
    if padding not in ("same", "valid"):
        raise ValueError(f"the padding {str(padding)[:40]!r} is neither same nor valid")
    return bool(padding == "same")

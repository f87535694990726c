"""Keras layers in plain numpy, by their definition and in double precision: what an import is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def run_layers(layers: list[dict[str, Any]], weights: dict[str, NDArray[np.float32]], x: NDArray[Any]) -> Array:
    """(B, ...) -> (B, ...) through layers in a row."""
    y = np.asarray(x, dtype=np.float64)
    for entry in layers:
        y = _run(entry["class_name"], entry["config"], weights, y)
    return y


def output_shape(entry: dict[str, Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    """What a layer makes of a shape without its batch."""
    kind, config = entry["class_name"], entry["config"]
    if kind == "InputLayer":
        return tuple(config["batch_input_shape"][1:])
    if kind == "Flatten":
        return (int(np.prod(shape)),)
    if kind == "Reshape":
        return tuple(config["target_shape"])
    if kind == "Dense":
        return (*shape[:-1], config["units"])
    if kind in ("Conv2D", "Conv2DTranspose"):
        sides = zip(shape[:2], config["kernel_size"], config["strides"], strict=True)
        rule = _transposed_side if kind == "Conv2DTranspose" else _side
        return (*(rule(n, k, s, config["padding"]) for n, k, s in sides), config["filters"])
    return shape


def _side(n: int, k: int, s: int, padding: str) -> int:
    return int(np.ceil(n / s)) if padding == "same" else int(np.ceil((n - k + 1) / s))


def _transposed_side(n: int, k: int, s: int, padding: str) -> int:
    return n * s if padding == "same" else n * s + max(k - s, 0)


def _run(kind: str, config: dict[str, Any], weights: dict[str, NDArray[np.float32]], x: Array) -> Array:
    def weight(role: str) -> Array:
        return weights[f"{config['name']}/{role}"].astype(np.float64)

    match kind:
        case "Conv2D":
            x = _convolve(x, weight("kernel"), config["strides"], config["padding"]) + weight("bias")
        case "Conv2DTranspose":
            x = _convolve_transposed(x, weight("kernel"), config["strides"], config["padding"]) + weight("bias")
        case "Dense":
            x = x @ weight("kernel") + weight("bias")
        case "BatchNormalization":
            spread = np.sqrt(weight("moving_variance") + config["epsilon"])
            x = weight("gamma") * (x - weight("moving_mean")) / spread + weight("beta")
        case "Flatten":
            x = x.reshape(len(x), -1)
        case "Reshape":
            x = x.reshape(len(x), *config["target_shape"])
        case "ReLU":
            x = np.maximum(x, 0)
        case "InputLayer" | "Dropout" | "Activation":
            pass
        case _:
            raise NotImplementedError(kind)
    match config.get("activation", "linear"):
        case "relu":
            return np.maximum(x, 0)
        case "sigmoid":
            return np.asarray(1 / (1 + np.exp(-x)))
        case "tanh":
            return np.tanh(x)
        case _:
            return x


def _convolve(x: Array, kernel: Array, strides: list[int], padding: str) -> Array:
    """Cross-correlation: output (i, j) is the kernel laid on the padded picture at (i stride, j stride)."""
    height, width, _, after = kernel.shape
    rows, columns = (_side(n, k, s, padding) for n, k, s in zip(x.shape[1:3], kernel.shape[:2], strides, strict=True))
    if padding == "same":
        zeros = []
        for n, k, s, out in zip(x.shape[1:3], kernel.shape[:2], strides, (rows, columns), strict=True):
            total = max((out - 1) * s + k - n, 0)
            zeros.append((total // 2, total - total // 2))
        x = np.pad(x, ((0, 0), *zeros, (0, 0)))
    y = np.zeros((len(x), rows, columns, after))
    for i in range(height):
        for j in range(width):
            part = x[:, i : i + rows * strides[0] : strides[0], j : j + columns * strides[1] : strides[1]]
            y += part[:, :rows, :columns] @ kernel[i, j]
    return y


def _convolve_transposed(x: Array, kernel: Array, strides: list[int], padding: str) -> Array:
    """Each value of the picture lays the kernel down at its place; `same` cuts the ends off."""
    height, width, after, _ = kernel.shape
    rows, columns = x.shape[1:3]
    full = np.zeros((len(x), (rows - 1) * strides[0] + height, (columns - 1) * strides[1] + width, after))
    down, across = (rows - 1) * strides[0] + 1, (columns - 1) * strides[1] + 1
    for i in range(height):
        for j in range(width):
            full[:, i : i + down : strides[0], j : j + across : strides[1]] += x @ kernel[i, j].T
    for axis, (k, s, n) in enumerate(zip(kernel.shape[:2], strides, x.shape[1:3], strict=True), 1):
        before = max(k - s, 0) // 2 if padding == "same" else 0
        size = _transposed_side(n, k, s, padding)
        full = np.take(full, range(before, min(before + size, full.shape[axis])), axis=axis)
        zeros = [(0, 0)] * 4
        zeros[axis] = (0, size - full.shape[axis])
        full = np.pad(full, zeros)
    return full

"""Weights of a layers-model: the manifest in model.json says which bytes of which shards are which weight.

Shapes and sizes are compared before a shard is read, and no shard lies outside of the folder of model.json.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tui_browser.errors import BundleError
from tui_browser.model.layers import Shape
from tui_browser.records import FloatArray
from tui_browser.safe_files import read_bounded

MOST_SHARD_BYTES = 1 << 29
"""Most bytes of the shards of one group."""
_MOST_LISTED = 4096
_MOST_SIZE = 1 << 31
_STORED = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "uint16": "<u2", "bool": "u1"}

Source = tuple[str, str]
"""Name of a Keras layer, and which of its weights."""


@dataclass(frozen=True, slots=True)
class _StoredWeight:
    name: str
    shape: Shape
    dtype: str
    """A key of `_STORED`: how the values are stored."""
    scale: float
    minimum: float
    """A quantised value q is minimum + scale * q."""

    @property
    def source(self) -> Source:
        *_, layer, role = ("", *self.name.split("/"))
        return layer, role.partition(":")[0]

    @property
    def size(self) -> int:
        """Bytes in the shards."""
        return math.prod(self.shape) * np.dtype(_STORED[self.dtype]).itemsize

    def values(self, raw: bytes) -> FloatArray:
        stored = np.frombuffer(raw, dtype=_STORED[self.dtype]).reshape(self.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(stored * np.float32(self.scale) + np.float32(self.minimum), dtype=np.float32)


def read_weights(model: dict[str, Any], wanted: Mapping[Source, Shape], *, path: str) -> dict[Source, FloatArray]:
    """The wanted weights of the model.json at `path`; raises BundleError if one is missing, misshapen or not finite."""
    try:
        groups = [_group(entry) for entry in _listed(model.get("weightsManifest"), "the weights manifest")]
        _check_shapes([weight for _, weights in groups for weight in weights], wanted)
    except ValueError as error:
        raise BundleError(f"the model's weights cannot be imported: {error}", path=path) from error
    found: dict[Source, FloatArray] = {}
    for shards, weights in groups:
        if any(weight.source in wanted for weight in weights):
            found |= _read_group(shards, weights, wanted, path=path)
    return found


def _read_group(
    shards: list[str], weights: list[_StoredWeight], wanted: Mapping[Source, Shape], *, path: str
) -> dict[Source, FloatArray]:
    raw = _read_shards(shards, sum(weight.size for weight in weights), path=path)
    found: dict[Source, FloatArray] = {}
    start = 0
    for weight in weights:
        if weight.source in wanted:
            values = weight.values(raw[start : start + weight.size])
            if not np.isfinite(values).all():
                raise BundleError(f"the model's weights hold values that are not finite: {weight.name}", path=path)
            if weight.source[1] == "moving_variance" and values.min() < 0:
                raise BundleError(f"the model's weights hold a negative variance: {weight.name}", path=path)
            found[weight.source] = values
        start += weight.size
    return found


def _read_shards(names: list[str], total: int, *, path: str) -> bytes:
    """The bytes of the shards, one after the other; raises BundleError unless they are `total`."""
    parts: list[bytes] = []
    left = total
    for name in names:
        shard = _shard_path(name, path)
        try:
            parts.append(read_bounded(shard, left))
        except FileNotFoundError as error:
            raise BundleError("the model lacks a shard of weights", path=shard) from error
        except OSError as error:
            if error.errno == errno.EFBIG:
                raise BundleError("a shard of weights is longer than the manifest says", path=shard) from error
            raise BundleError("a shard of weights cannot be read", path=shard, hint=error.strerror or "") from error
        left -= len(parts[-1])
    if left:
        what = f"the shards of weights are {left:,} bytes shorter than the manifest says"
        raise BundleError(what, path=path, hint="download them again")
    return b"".join(parts)


def _shard_path(name: str, model_json: str) -> str:
    """The path of a shard; raises BundleError if it would leave the folder of model.json, also by a link."""
    folder = os.path.realpath(os.path.dirname(os.path.abspath(model_json)))
    shard = os.path.join(folder, name)
    real = os.path.realpath(shard)
    if os.path.isabs(name) or os.path.commonpath([folder, real]) != folder or real == folder:
        raise BundleError(f"the manifest names a shard outside of its folder: {name[:80]}", path=model_json)
    return shard


def _check_shapes(stored: list[_StoredWeight], wanted: Mapping[Source, Shape]) -> None:
    """Raise ValueError unless each wanted weight is there once, in its shape."""
    shapes: dict[Source, Shape] = {}
    for weight in stored:
        if weight.source in shapes and weight.source in wanted:
            raise ValueError(f"{weight.name} is there twice")
        shapes[weight.source] = weight.shape
    for source, shape in wanted.items():
        name = "/".join(source)
        if source not in shapes:
            raise ValueError(f"{name} is missing")
        if shapes[source] != shape:
            raise ValueError(f"{name} has the shape {str(shapes[source])[:60]}, the layer needs {shape}")


def _group(entry: Any) -> tuple[list[str], list[_StoredWeight]]:
    if not isinstance(entry, dict):
        raise ValueError("a group of the manifest is not an object")
    paths = _listed(entry.get("paths"), "the paths of a group")
    if not all(isinstance(name, str) and name and "\0" not in name for name in paths):
        raise ValueError("the path of a shard is not a name")
    weights = [_weight(item) for item in _listed(entry.get("weights"), "the weights of a group")]
    if (total := sum(weight.size for weight in weights)) > MOST_SHARD_BYTES:
        raise ValueError(f"a group has {total:,} bytes, more than {MOST_SHARD_BYTES:,}")
    return paths, weights


def _weight(entry: Any) -> _StoredWeight:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise ValueError("a weight has no name")
    name, shape, dtype = entry["name"], entry.get("shape"), entry.get("dtype")
    if not isinstance(shape, list) or len(shape) > 8 or not all(type(n) is int and 0 <= n < _MOST_SIZE for n in shape):
        raise ValueError(f"{name[:80]} has no valid shape")
    quantised = entry.get("quantization")
    scale, minimum = 1.0, 0.0
    if quantised is not None:
        dtype = quantised.get("dtype") if isinstance(quantised, dict) else None
        if dtype in ("uint8", "uint16"):
            scale, minimum = (_finite(quantised.get(key), name) for key in ("scale", "min"))
        elif dtype != "float16":
            raise ValueError(f"{name[:80]} is quantised in an unknown way")
    if not isinstance(dtype, str) or dtype not in _STORED:
        raise ValueError(f"{name[:80]} has the type {str(dtype)[:40]}, which is not supported")
    return _StoredWeight(name, tuple(shape), dtype, scale, minimum)


def _finite(value: Any, name: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > 1e30:
        raise ValueError(f"{name[:80]} is quantised by something that is not a number")
    return float(value)


def _listed(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST_LISTED:
        raise ValueError(f"{what} is not a list, or too long a list")
    return value

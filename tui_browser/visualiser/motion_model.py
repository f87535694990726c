"""The encoder that turns a spectrum into ten features, in numpy: a stack of seven dense layers from a model bundle.

The bundle also holds the mirrored decoder, which measures what the features keep of a spectrum; playing needs it not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tui_browser.config.places import shipped
from tui_browser.errors import BundleError
from tui_browser.model.bundle import read_tensors
from tui_browser.records import FloatArray
from tui_browser.safe_files import read_bounded
from tui_browser.visualiser.spectra import BINS

FEATURES = 10
LAYERS = 7
FORMAT = 1
NAME = "motion"
_MOST_CONFIG_BYTES = 1 << 20
_MOST_WIDTH = 8192

Layer = tuple[FloatArray, FloatArray]
"""Weights (out, in) and bias (out,)."""


@dataclass(frozen=True, slots=True, eq=False)
class MotionModel:
    """The network: sigmoid linear units between the layers, linear features."""

    mean: FloatArray
    """(BINS,) the mean spectrum."""
    scale: float
    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]

    def encode(self, spectra: FloatArray) -> FloatArray:
        """(n, BINS) -> (n, FEATURES)."""
        return _stack(self.encoder, (spectra - self.mean) * np.float32(1 / self.scale))

    def decode(self, features: FloatArray) -> FloatArray:
        """(n, FEATURES) -> (n, BINS), the spectra that the features stand for."""
        return _stack(self.decoder, features) * np.float32(self.scale) + self.mean


def _stack(layers: tuple[Layer, ...], values: FloatArray) -> FloatArray:
    for number, (weights, bias) in enumerate(layers):
        values = values @ weights.T + bias
        if number < len(layers) - 1:
            values *= 1 / (1 + np.exp(-np.clip(values, -60, 60)))
    return values


def load_motion_model(folder: str = "") -> MotionModel:
    """The bundle in `folder`, by default the shipped one; raises BundleError with the reason and the path."""
    folder = folder or os.path.join(shipped("models"), NAME)
    path = os.path.join(folder, "config.json")
    widths, scale = _read_config(path)
    tensors = read_tensors(os.path.join(folder, "weights.safetensors"), tensor_shapes(widths))

    def layers(part: str) -> tuple[Layer, ...]:
        return tuple((tensors[f"{part}.{n}.weight"], tensors[f"{part}.{n}.bias"]) for n in range(LAYERS))

    return MotionModel(tensors["mean"], scale, layers("encoder"), layers("decoder"))


def tensor_shapes(widths: tuple[int, ...]) -> Mapping[str, tuple[int, ...]]:
    """Name and shape of each tensor of a network whose encoder has these widths, from the spectrum to the features."""
    shapes: dict[str, tuple[int, ...]] = {"mean": (widths[0],)}
    for part, steps in (("encoder", widths), ("decoder", widths[::-1])):
        for number in range(len(steps) - 1):
            shapes[f"{part}.{number}.weight"] = (steps[number + 1], steps[number])
            shapes[f"{part}.{number}.bias"] = (steps[number + 1],)
    return shapes


def _read_config(path: str) -> tuple[tuple[int, ...], float]:
    try:
        config: Any = json.loads(read_bounded(path, _MOST_CONFIG_BYTES))
    except OSError as error:
        what = "the model lacks a file" if isinstance(error, FileNotFoundError) else "the model cannot be read"
        raise BundleError(what, path=path, hint=error.strerror or "") from error
    except (ValueError, RecursionError) as error:
        raise BundleError("the model's config is not JSON", path=path) from error
    if not isinstance(config, dict) or config.get("format") != FORMAT or config.get("kind") != NAME:
        raise BundleError("not a model of motion features that this version reads", path=path)
    widths, scale = config.get("widths"), config.get("scale")
    if (
        not isinstance(widths, list)
        or len(widths) != LAYERS + 1
        or not all(type(width) is int and 1 <= width <= _MOST_WIDTH for width in widths)
        or (widths[0], widths[-1]) != (BINS, FEATURES)
    ):
        raise BundleError(f"the model's config is wrong: widths must be {LAYERS + 1} numbers", path=path)
    if not isinstance(scale, float) or not 1e-6 < scale < 1e6:
        raise BundleError("the model's config is wrong: scale must be a positive number", path=path)
    return tuple(widths), scale

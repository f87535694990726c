"""Model bundles with random weights: tiny, deterministic, good for everything but the quality of what they hear."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tui_browser.dsp.mel import DEFAULT
from tui_browser.encode.bundle import Bundle, write_bundle
from tui_browser.encode.shape import Shape
from tui_browser.records import CLASSES


def tiny_bundle(folder: Path, *, seed: int = 0, has_map: bool = True, classes: bool = True) -> Bundle:
    """A bundle with the default front end and a very small network of random weights."""
    shape = Shape(
        n_mels=DEFAULT.n_mels,
        frames=DEFAULT.frames,
        channels=(4, 8, 8, 8),
        blocks=(0, 0, 0, 0),
        features=32,
        dim=16,
        z_dim=8,
        classes=len(CLASSES) if classes else 0,
        map_hidden=8 if has_map else 0,
    )
    rng = np.random.default_rng(seed)
    weights = {}
    for name, size in shape.tensors().items():
        fan_in = int(np.prod(size[1:])) or 1
        value = rng.standard_normal(size) * (2.0 / fan_in) ** 0.5 if len(size) > 1 else np.zeros(size)
        if name.endswith(("running_var", ".1.weight")):
            value = np.ones(size)
        weights[name] = value.astype(np.float32)
    return write_bundle(
        str(folder), shape=shape, front_end=DEFAULT, weights=weights, classes=CLASSES if classes else None, about={}
    )

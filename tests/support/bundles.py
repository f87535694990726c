"""Model bundles with random weights: tiny, deterministic, good for everything but the quality of what they hear."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tui_browser.config.places import shipped
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.model.bundle import Bundle, holds_model, write_bundle
from tui_browser.model.decoder_bundle import write_decoder
from tui_browser.model.decoder_shape import DecoderShape
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import DRUM_CLASSES


def shipped_names() -> list[str]:
    """The shipped models of sounds."""
    folder = shipped("models")
    return sorted(name for name in os.listdir(folder) if holds_model(os.path.join(folder, name)))


def tiny_bundle(
    folder: Path,
    *,
    seed: int = 0,
    has_map: bool = True,
    classes: Sequence[str] | None = DRUM_CLASSES,
    sound: bool = False,
    dim: int = 16,
    z_dim: int = 8,
) -> Bundle:
    """A bundle with the default front end and a very small network of random weights."""
    shape = EncoderShape(
        n_mels=DEFAULT_FRONT_END.n_mels,
        frames=DEFAULT_FRONT_END.frames,
        channels=(4, 8, 8, 8),
        blocks=(0, 0, 0, 0),
        features=32,
        dim=dim,
        z_dim=z_dim,
        classes=len(classes or ()),
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
    bundle = write_bundle(
        str(folder),
        shape=shape,
        front_end=DEFAULT_FRONT_END,
        weights=weights,
        classes=classes,
        about={},
    )
    return tiny_sound(bundle, seed=seed) if sound else bundle


def tiny_sound(bundle: Bundle, *, seed: int = 0) -> Bundle:
    """The bundle with a very small decoder of random weights: what it makes is sound, no more."""
    shape = DecoderShape(z_dim=bundle.z_dim, hidden=16, channels=(8, 8, 8, 4), centres=3)
    rng = np.random.default_rng(seed)
    weights = {}
    for name, size in shape.tensors(classes=len(bundle.classes or ())).items():
        scale = 1.0 / int(np.prod(size[1:])) ** 0.5
        weights[name] = (rng.standard_normal(size) * scale).astype(np.float32)
    falling = np.zeros((3, shape.bands, shape.frames), dtype=np.float32)
    falling[0] = np.linspace(1.0, 0.3, shape.frames)
    weights["line.bias"] = falling.reshape(-1)
    weights["prior.weights"] = np.abs(weights["prior.weights"])
    weights["prior.means"][:, -1] = np.log(0.3)
    weights["prior.factors"] = np.tile(0.1 * np.eye(bundle.z_dim + 1, dtype=np.float32), (3, 1, 1))
    return write_decoder(bundle.folder, shape=shape, weights=weights, about={})

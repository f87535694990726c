"""The end of decoder training: write latent head and decoder into the bundle, fit the prior."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tui_browser.errors import BundleError
from tui_browser.model.bundle import Bundle, config_bytes, load_bundle
from tui_browser.model.decoder_bundle import write_decoder
from tui_browser.model.decoder_shape import DecoderShape
from tui_browser.model.encoder_network import load_encoder
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import FloatArray
from tui_browser.safe_files import replace_file
from tui_browser.training.decoder.evaluation import classify_latents
from tui_browser.training.decoder.trainer import DecoderTrainer
from tui_browser.training.decoder.training_data import DecoderExamples
from tui_browser.training.labels import UNKNOWN
from tui_browser.training.prior_fit import fit_prior, refine_prior

_MAX_SOUNDS = 180
"""Sounds of each class that the prior is fitted to, recordings first."""
_MIN_CORRECT = 20
"""Sounds of a class that must be classified correctly; with fewer, the prior is fitted to all sounds of the class."""


def finish_training(
    bundle: Bundle,
    trainer: DecoderTrainer,
    examples: DecoderExamples,
    latent_inputs: NDArray[np.float16],
    rows: NDArray[np.intp],
    *,
    about: Mapping[str, Any],
) -> Bundle:
    """Write the EMA weights, then a prior fitted to the sounds that keep their class when they are decoded.

    `latent_inputs` (E, H) belong to the examples, `rows` are those used for training.
    """
    bundle = _write_latent_head(bundle, trainer, examples.mels[:: max(1, len(examples.mels) // 64)][:64])
    head, decoder = trainer.ema.head, trainer.ema.decoder
    weights = {name: value.numpy() for name, value in decoder.state_dict().items()}
    classes = len(bundle.classes or ())
    shape = DecoderShape.from_config(trainer.shape.to_config() | {"centres": 1})
    size = shape.z_dim + 1
    standard_normal = {
        "prior.weights": np.ones((1, max(1, classes)), dtype=np.float32),
        "prior.means": np.zeros((1, size), dtype=np.float32),
        "prior.factors": np.eye(size, dtype=np.float32)[None],
    }
    bundle = write_decoder(bundle.folder, shape=shape, weights=weights | standard_normal, about=about)
    rng = np.random.default_rng(0)
    all_labels = examples.labels[rows]
    known = [label for label in np.unique(all_labels) if label != UNKNOWN]
    rows = np.concatenate([_prior_rows(examples, rows[all_labels == label], rng) for label in known])
    blocks = np.array_split(latent_inputs[rows], len(rows) // 256 + 1)
    with torch.inference_mode():
        z = np.concatenate([head(torch.from_numpy(block.astype(np.float32)))[0].numpy() for block in blocks])
    seconds, labels = examples.seconds[rows], examples.labels[rows]
    correct = classify_latents(bundle, z, seconds, seed=1) == labels
    for label in np.unique(labels):
        members = labels == label
        if correct[members].sum() < _MIN_CORRECT:
            correct |= members
    kept = np.flatnonzero(correct)
    points = np.concatenate([z, np.log(seconds)[:, None]], axis=1)[kept]
    prior = fit_prior(points, labels[kept], classes=classes, seed=0)
    if classes:
        prior = refine_prior(prior, lambda p: classify_latents(bundle, p[:, :-1], np.exp(p[:, -1]), seed=2), seed=0)
    shape = DecoderShape.from_config(trainer.shape.to_config() | {"centres": len(prior.means)})
    tensors = {"prior.weights": prior.weights, "prior.means": prior.means, "prior.factors": prior.factors}
    return write_decoder(bundle.folder, shape=shape, weights=weights | tensors, about=about)


def _prior_rows(examples: DecoderExamples, rows: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows of one class that the prior is fitted to: recordings as they are, then varied, then synthesised sounds."""
    shuffled = rng.permutation(rows)
    rank = np.where(examples.clean[shuffled], 0, np.where(examples.kits[shuffled] == "synth", 2, 1))
    return np.asarray(shuffled[np.argsort(rank, kind="stable")][:_MAX_SOUNDS])


def _write_latent_head(bundle: Bundle, trainer: DecoderTrainer, mels: NDArray[np.uint8]) -> Bundle:
    """Replace the latent head of the bundle if it was trained.

    Raises BundleError if other outputs change for the test log-mels.
    """
    from safetensors.numpy import load_file, save

    inputs = torch.from_numpy(mels.astype(np.float32) / np.float32(255))
    before = _fixed_outputs(bundle, inputs)
    weights = load_file(bundle.weights_path)
    head = {name: value.numpy().astype(weights[name].dtype) for name, value in trainer.ema.head.folded().items()}
    if bundle.config["network"].get("z_wide") and all(np.array_equal(weights[name], head[name]) for name in head):
        return bundle  # libraries that were encoded with it stay valid
    weights |= head
    shape = EncoderShape.from_config(bundle.config["network"] | {"z_wide": 1})
    config = bundle.config | {"network": shape.to_config()}
    replace_file(bundle.weights_path, save(weights))
    replace_file(os.path.join(bundle.folder, "config.json"), config_bytes(json.loads(json.dumps(config))))
    changed = load_bundle(bundle.folder, folders=())
    after = _fixed_outputs(changed, inputs)
    if not all(np.array_equal(old, new) for old, new in zip(before, after, strict=True)):
        raise BundleError("writing the latent head changed other outputs of the encoder", path=bundle.folder)
    return changed


def _fixed_outputs(bundle: Bundle, mels: torch.Tensor) -> list[FloatArray]:
    """All outputs of the encoder except z."""
    with torch.inference_mode():
        embedding, _, probabilities, xy = load_encoder(bundle)(mels)
    return [value.numpy() for value in (embedding, probabilities, xy) if value is not None]

"""The end of the decoder's training: z and decoder go into the bundle, and a prior is fitted to where sounds lie."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tui_browser.errors import BundleError
from tui_browser.model.bundle import Bundle, config_bytes, load_bundle, replace_file
from tui_browser.model.decoder_bundle import write_decoder
from tui_browser.model.decoder_shape import DecoderShape
from tui_browser.model.encoder_network import load_encoder
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import FloatArray
from tui_browser.training.decoder.evaluation import classify_latents
from tui_browser.training.decoder.trainer import DecoderTrainer
from tui_browser.training.decoder.training_data import DecoderExamples
from tui_browser.training.prior_fit import fit_prior, refine_prior

EACH = 160
"""Sounds of a class that the prior is fitted to, at most."""
FEWEST = 20
"""Sounds of a class that must be heard as what they are."""


def finish_training(
    bundle: Bundle,
    trainer: DecoderTrainer,
    made: DecoderExamples,
    heard: NDArray[np.float16],
    rows: NDArray[np.intp],
    *,
    about: Mapping[str, Any],
) -> Bundle:
    """Write the averaged weights, then the prior of the sounds that the model hears back as what they were."""
    bundle = set_z(bundle, trainer, made.pictures[:: max(1, len(made.pictures) // 64)][:64])
    head, decoder = trainer.average.head, trainer.average.decoder
    weights = {name: value.numpy() for name, value in decoder.state_dict().items()}
    classes = len(bundle.classes or ())
    plain = DecoderShape.from_config(trainer.shape.to_config() | {"centres": 1})
    size = plain.z_dim + 1
    empty = {
        "prior.weights": np.ones((1, max(1, classes)), dtype=np.float32),
        "prior.means": np.zeros((1, size), dtype=np.float32),
        "prior.factors": np.eye(size, dtype=np.float32)[None],
    }
    bundle = write_decoder(bundle.folder, shape=plain, weights=weights | empty, about=about)
    rng = np.random.default_rng(0)
    rows = np.concatenate(
        [rng.permutation(rows[made.labels[rows] == label])[:EACH] for label in np.unique(made.labels[rows])]
    )
    with torch.inference_mode():
        z = np.concatenate([head(torch.from_numpy(part.astype(np.float32)))[0].numpy() for part in _parts(heard[rows])])
    seconds, labels = made.seconds[rows], made.labels[rows]
    right = classify_latents(bundle, z, seconds, seed=1) == labels
    for label in np.unique(labels):  # where too few are heard right, all of the class must do
        mine = labels == label
        right |= mine if right[mine].sum() < FEWEST else False
    kept = np.flatnonzero(right)
    points = np.concatenate([z, np.log(seconds)[:, None]], axis=1)[kept]
    prior = fit_prior(points, labels[kept], classes=classes, seed=0)
    if classes:
        prior = refine_prior(prior, lambda p: classify_latents(bundle, p[:, :-1], np.exp(p[:, -1]), seed=2), seed=0)
    shape = DecoderShape.from_config(trainer.shape.to_config() | {"centres": len(prior.means)})
    tensors = {"prior.weights": prior.weights, "prior.means": prior.means, "prior.factors": prior.factors}
    return write_decoder(bundle.folder, shape=shape, weights=weights | tensors, about=about)


def _parts(heard: NDArray[np.float16]) -> list[NDArray[np.float16]]:
    return np.array_split(heard, len(heard) // 256 + 1)


def set_z(bundle: Bundle, trainer: DecoderTrainer, pictures: NDArray[np.uint8]) -> Bundle:
    """The bundle with the trained z in the place of its own; raises BundleError where anything else would move."""
    from safetensors.numpy import load_file, save

    some = torch.from_numpy(pictures.astype(np.float32) / np.float32(255))
    before = _said(bundle, some)
    weights = load_file(bundle.weights_path)
    for name, value in trainer.average.head.folded().items():
        weights[name] = value.numpy().astype(weights[name].dtype)
    shape = EncoderShape.from_config(bundle.config["network"] | {"z_wide": 1})
    config = bundle.config | {"network": shape.to_config()}
    replace_file(bundle.weights_path, save(weights))
    replace_file(os.path.join(bundle.folder, "config.json"), config_bytes(json.loads(json.dumps(config))))
    changed = load_bundle(bundle.folder, folders=())
    if any(not np.array_equal(one, two) for one, two in zip(before, _said(changed, some), strict=True)):
        raise BundleError("the model hears otherwise than before: only z may change", path=bundle.folder)
    return changed


def _said(bundle: Bundle, pictures: torch.Tensor) -> list[FloatArray]:
    """Embedding, probabilities and places, whichever there are."""
    with torch.inference_mode():
        embedding, _, probabilities, xy = load_encoder(bundle)(pictures)
    return [value.numpy() for value in (embedding, probabilities, xy) if value is not None]

"""The decoder of a bundle: the section "sound" of config.json, and sound.safetensors. No torch, no pickle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.errors import BundleError
from tui_browser.model.bundle import MAX_WEIGHTS_BYTES, Bundle, config_bytes, load_bundle, read_tensors
from tui_browser.model.decoder_shape import DecoderShape
from tui_browser.model.layer_chain import LayerChain, read_layer_decoder
from tui_browser.records import FloatArray
from tui_browser.safe_files import read_bounded, replace_file

_WEIGHTS = "sound.safetensors"
_PRIOR = "prior.weights"


def decoder_network(bundle: Bundle) -> DecoderShape | LayerChain:
    """The network of the bundle's decoder: one of this program, or layers that give a spectrogram.

    Raises BundleError if it has none or an invalid one.
    """
    owner = decoder_owner(bundle)
    path = os.path.join(owner.folder, "config.json")
    section = owner.config["sound"]
    network = section.get("network") if isinstance(section, dict) else None
    try:
        if isinstance(owner.front_end, StftFrontEnd):
            return read_layer_decoder(network, z_dim=owner.z_dim, size=owner.front_end.size)
        shape = DecoderShape.from_config(network)
    except ValueError as error:
        raise BundleError(f"the model's config is wrong: {error}", path=path) from error
    if shape.z_dim != bundle.z_dim:
        raise BundleError("the model's config is wrong: decoder and encoder differ in the size of z", path=path)
    return shape


def decoder_owner(bundle: Bundle) -> Bundle:
    """The bundle whose decoder this one uses: itself, or that beside it which `sound.of` of its config names.

    A model that was trained on from another one and kept its z can lend it a decoder. Raises BundleError.
    """
    if not bundle.has_decoder:
        raise BundleError(
            f"the model {bundle.name} cannot generate sounds: it has no decoder",
            path=bundle.folder,
            hint="use a model with a decoder, such as `general`",
        )
    section = bundle.config["sound"]
    if not isinstance(section, dict) or "of" not in section:
        return bundle
    name, path = section["of"], os.path.join(bundle.folder, "config.json")
    if not isinstance(name, str) or not name or name != os.path.basename(name) or name.startswith("."):
        raise BundleError("the model's config is wrong: sound.of is no name of a model beside it", path=path)
    owner = load_bundle(os.path.join(os.path.dirname(bundle.folder), name), folders=())
    if not owner.has_decoder or "of" in owner.config["sound"]:
        raise BundleError(f"the model {bundle.name} uses the decoder of {name}, which has none", path=path)
    return owner


def decoder_shape(bundle: Bundle) -> DecoderShape:
    """The shape of the bundle's decoder; raises BundleError as `decoder_network`, and for a decoder made of layers."""
    network = decoder_network(bundle)
    if isinstance(network, LayerChain):
        raise BundleError(f"the model {bundle.name} has the decoder of another program", path=bundle.folder)
    return network


def read_layer_network(bundle: Bundle) -> tuple[LayerChain, StftFrontEnd, dict[str, FloatArray]]:
    """Layers, spectrogram and tensors of a decoder made of layers; raises BundleError if they are damaged."""
    network = decoder_network(bundle)
    if not isinstance(network, LayerChain) or not isinstance(bundle.front_end, StftFrontEnd):
        raise BundleError(f"the decoder of the model {bundle.name} is not made of layers", path=bundle.folder)
    return network, bundle.front_end, read_tensors(os.path.join(bundle.folder, _WEIGHTS), network.tensors())


def read_decoder(bundle: Bundle) -> tuple[DecoderShape, dict[str, FloatArray]]:
    """Shape and tensors of the bundle's decoder and prior; raises BundleError if they are missing or damaged."""
    shape, owner = decoder_shape(bundle), decoder_owner(bundle)
    path = os.path.join(owner.folder, _WEIGHTS)
    tensors = read_tensors(path, shape.tensors(classes=len(owner.classes or ())))
    if owner is not bundle:
        tensors |= {_PRIOR: _weights_for(bundle.classes or (), tensors[_PRIOR], owner.classes or ())}
    return shape, tensors


def _weights_for(classes: Sequence[str], weights: FloatArray, known: Sequence[str]) -> FloatArray:
    """(K, C) weights of the prior for these classes, from (K, D) for those that are known.

    A class that is not known stands for all known ones that are not among `classes`, as `other` does.
    """
    others = [index for index, name in enumerate(known) if name not in classes] or list(range(len(known)))
    columns = [weights[:, [known.index(name)] if name in known else others].mean(axis=1) for name in classes]
    return np.stack(columns, axis=1).astype(np.float32) if columns else weights.mean(axis=1, keepdims=True)


def decoder_hash(bundle: Bundle) -> str:
    """Hash of the bundle's decoder: equal hashes render the same sound from the same latent and seed."""
    digest = hashlib.blake2b(json.dumps(bundle.config.get("sound"), sort_keys=True).encode(), digest_size=6)
    try:
        digest.update(read_bounded(os.path.join(decoder_owner(bundle).folder, _WEIGHTS), MAX_WEIGHTS_BYTES))
    except OSError as error:
        raise BundleError("the model lacks a file", path=error.filename, hint=error.strerror or "") from error
    return digest.hexdigest()


def write_decoder(
    folder: str,
    *,
    shape: DecoderShape | LayerChain,
    weights: Mapping[str, FloatArray],
    about: Mapping[str, Any],
    half: bool = True,
) -> Bundle:
    """Add a decoder to the bundle at `folder`, or replace its decoder.

    `half` stores float16. `about` is merged into the section "sound" of config.json.
    """
    from safetensors.numpy import save

    bundle = load_bundle(os.path.abspath(folder), folders=())
    dtype = np.float16 if half else np.float32
    tensors = {name: np.ascontiguousarray(value, dtype=dtype) for name, value in weights.items()}
    config = bundle.config | {"sound": {"network": shape.to_config(), **about}}
    replace_file(os.path.join(bundle.folder, _WEIGHTS), save(tensors))
    replace_file(os.path.join(bundle.folder, "config.json"), config_bytes(json.loads(json.dumps(config))))
    bundle = load_bundle(bundle.folder, folders=())
    network = decoder_network(bundle)
    classes = len(bundle.classes or ())
    expected = network.tensors() if isinstance(network, LayerChain) else network.tensors(classes=classes)
    read_tensors(os.path.join(bundle.folder, _WEIGHTS), expected)
    return bundle

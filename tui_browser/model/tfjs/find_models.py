"""Finds the encoder and the decoder in a folder, by what they take and give and not by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from tui_browser.errors import BundleError
from tui_browser.model.bundle import read_model_file
from tui_browser.model.layer_chain import LayerChain
from tui_browser.model.tfjs.topology import MOST_JSON_BYTES, parse_model_json, read_topology

_MOST_FILES = 200


def find_autoencoder(folder: str, *, latent: str | None = None) -> tuple[str, str]:
    """Paths of the model.json of the encoder and of the decoder in a folder, or in folders in it.

    Raises BundleError unless there is one of each; it says what was found instead.
    """
    if not os.path.isdir(folder):
        hint = "give the model.json of the encoder and that of the decoder, or a folder with both"
        raise BundleError("this is no folder", path=folder, hint=hint)
    encoders, decoders, refusals = [], [], []
    for path in _json_files(folder):
        try:
            file = parse_model_json(read_model_file(path, MOST_JSON_BYTES), path=path)
        except BundleError:
            continue  # some other JSON file
        try:
            chain = _read_chain(file, latent, path=path)
        except BundleError as error:
            refusals.append(error)
            continue
        if (len(chain.input), len(chain.output)) == (3, 1):
            encoders.append(path)
        elif (len(chain.input), len(chain.output)) == (1, 3):
            decoders.append(path)
    if len(encoders) == len(decoders) == 1:
        return encoders[0], decoders[0]
    if refusals and not (encoders and decoders):
        raise refusals[0]
    found = f"{len(encoders)} encoders and {len(decoders)} decoders"
    raise BundleError(f"this folder holds {found}, not one of each", path=folder, hint="name both model.json files")


def is_autoencoder(folder: str) -> bool:
    """Whether there are an encoder and a decoder in a folder, or in folders in it."""
    try:
        find_autoencoder(folder)
    except BundleError:
        return False
    return True


def _read_chain(file: dict[str, Any], latent: str | None, *, path: str) -> LayerChain:
    """The layers of a model; `latent` is an output of the encoder, which a decoder has not."""
    try:
        return read_topology(file, output=latent, path=path).chain
    except BundleError:
        if latent is None:
            raise
        return read_topology(file, path=path).chain


def _json_files(folder: str) -> Iterator[str]:
    """JSON files in the folder and in the folders in it, a bounded number."""
    count = 0
    for base, folders, files in os.walk(folder):
        folders.sort()
        if os.path.abspath(base) != os.path.abspath(folder):
            folders.clear()
        for name in sorted(files):
            if name.lower().endswith(".json") and count < _MOST_FILES:
                count += 1
                yield os.path.join(base, name)

"""Whatever a model.json says, the answer is a model or one sentence."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.tfjs_models import (
    conv,
    dense,
    functional,
    keras_3,
    layer,
    norm,
    seeded_weights,
    sequential,
    write_model,
)
from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.errors import BundleError
from tui_browser.model.bundle import load_bundle, write_bundle
from tui_browser.model.decoder_bundle import decoder_network, write_decoder
from tui_browser.model.layer_chain import LayerChain, LayerEncoderShape
from tui_browser.model.layers import Activation, Convolution, Dense, Normalisation, Reshape, TransposedConvolution
from tui_browser.model.model_list import model_facts
from tui_browser.model.tfjs.importer import read_model

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 1e308, -0.0, float("nan"), float("inf"), "", "\0", "../x",
    "a" * 5000, "\x1b[31m", [], {}, [[]], [None], {"": None}, [1, 2, 3], ["x", 0, 0], [[["x", 0, 0, {}]]],
    "Conv2D", "Sequential", {"class_name": "Sequential", "config": {"layers": []}}, [-1, -1], [0], [1.5], "same",
)  # fmt: skip


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all values of a JSON tree."""
    found = [path]
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        found += places(value, (*path, key))
    return found


def put(tree: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        tree = tree[key]
    tree[path[-1]] = value


@pytest.mark.parametrize("wrap", [functional, sequential, lambda layers: keras_3(functional(layers))])
def test_any_value_in_any_place_is_a_model_or_one_sentence(tmp_path: Path, wrap: Any) -> None:
    layers = [
        layer("InputLayer", "in", batch_input_shape=[None, 6, 6, 1]), conv("conv", 2, 3, 2, activation="relu"),
        norm("norm"), layer("Flatten", "flat"), layer("Reshape", "shaped", target_shape=[3, 6]), dense("out", 2),
    ]  # fmt: skip
    path = write_model(tmp_path, wrap(layers), seeded_weights(layers, 1))
    file = json.loads(path.read_text())
    rng, where = random.Random(5), [place for place in places(file) if place]
    read = 0
    for _ in range(500):
        changed = copy.deepcopy(file)
        with contextlib.suppress(LookupError, TypeError):  # a second place may lie below the first
            for place in rng.sample(where, rng.choice((1, 1, 2))):
                put(changed, place, copy.deepcopy(rng.choice(JUNK)))
        path.write_text(json.dumps(changed))
        try:
            read_model(str(path))
            read += 1
        except BundleError as error:
            assert "\n" not in str(error) and "\x1b" not in str(error) and len(str(error)) < 1200
    assert 0 < read < 400


@pytest.mark.parametrize("depth", [400, 900, 100_000])
def test_what_is_nested_without_end_is_one_sentence(tmp_path: Path, depth: int) -> None:
    layers = [layer("InputLayer", "in", batch_input_shape=[None, 5]), dense("out", 3)]
    path = write_model(tmp_path, keras_3(functional(layers)), seeded_weights(layers, 1))
    text = path.read_text().replace('"args": [{', '"args": [' + "[" * depth + "{", 1)
    end = text.index("]", text.index('"keras_history"')) + 3  # of the history, of its config, of the tensor
    path.write_text(text[:end] + "]" * depth + text[end:])
    with contextlib.suppress(BundleError):
        read_model(str(path))
    before, after = '{"class_name": "Sequential", "config": {"name": "s", "layers": [', "]}}"
    path.write_text('{"modelTopology": {"model_config": ' + before * depth + after * depth + "}}")
    with pytest.raises(BundleError):
        read_model(str(path))


def test_any_value_in_the_config_of_an_imported_bundle_is_a_bundle_or_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    front_end = StftFrontEnd()
    encoder = LayerChain((256, 64, 1), (Convolution(1, (16, 16), (16, 16), same=True), Reshape((64,)), Dense(3)))
    decoder = LayerChain(
        (3,), (Dense(64), Normalisation(), Activation("sigmoid"), Reshape((16, 4, 1)),
               TransposedConvolution(1, (16, 16), (16, 16), same=True)),
    )  # fmt: skip
    shape, rng = LayerEncoderShape(encoder, 5.0), np.random.default_rng(1)
    weights = {name: rng.random(size).astype(np.float32) for name, size in shape.tensors().items()}
    write_bundle(
        str(folder), shape=shape, front_end=front_end, weights=weights, classes=None,
        about={"imported": {"licence": "x"}}, half=False,
    )  # fmt: skip
    weights = {name: rng.random(size).astype(np.float32) for name, size in decoder.tensors().items()}
    write_decoder(str(folder), shape=decoder, weights=weights, about={}, half=False)
    path = folder / "config.json"
    config = json.loads(path.read_text())
    where, chosen = [place for place in places(config) if place], random.Random(6)
    for _ in range(500):
        changed = copy.deepcopy(config)
        put(changed, chosen.choice(where), copy.deepcopy(chosen.choice(JUNK)))
        path.write_text(json.dumps(changed))
        model_facts(str(folder), shipped=str(tmp_path / "shipped"))  # a refusal at most
        try:
            decoder_network(load_bundle(str(folder), folders=()))
        except BundleError as error:
            assert "\n" not in str(error) and "\x1b" not in str(error) and len(str(error)) < 1200


def test_files_cut_off_anywhere_are_one_sentence(tmp_path: Path) -> None:
    layers = [layer("InputLayer", "in", batch_input_shape=[None, 5]), dense("out", 3)]
    path = write_model(tmp_path, functional(layers), seeded_weights(layers, 1), shards=1)
    raw = path.read_bytes()
    for length in range(0, len(raw) - 1, 7):
        path.write_bytes(raw[:length])
        with pytest.raises(BundleError):
            read_model(str(path))

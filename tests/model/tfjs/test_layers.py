"""Imported layers against the same layers in plain numpy, computed apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.numpy_layers import run_layers
from tests.support.tfjs_models import (
    conv,
    decoder_layers,
    dense,
    encoder_layers,
    functional,
    keras_3,
    layer,
    norm,
    seeded_weights,
    sequential,
    write_model,
)
from tui_browser.model.layer_network import LayerNetwork
from tui_browser.model.tfjs.importer import read_model


def imported(folder: Path, model: dict[str, Any], weights: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """What the imported model makes of a batch."""
    import torch

    keras, tensors = read_model(str(write_model(folder, model, weights)))
    network = LayerNetwork(keras.chain, {name: torch.from_numpy(value) for name, value in tensors.items()})
    with torch.inference_mode():
        found: np.ndarray = network(torch.from_numpy(np.asarray(x, dtype=np.float32))).numpy()
    return found


def pictures(rows: int = 256, frames: int = 64, count: int = 2) -> np.ndarray:
    return np.random.default_rng(5).random((count, rows, frames, 1))


@pytest.mark.parametrize(("rows", "latent"), [(256, 4), (512, 20)])
def test_b6_encoders_of_both_sizes_give_the_same_numbers(tmp_path: Path, rows: int, latent: int) -> None:
    layers = encoder_layers(rows=rows, latent=latent)
    weights = seeded_weights(layers, 1)
    expected = run_layers(layers, weights, pictures(rows))
    assert expected.shape == (2, latent) and expected.std() > 0.05
    assert imported(tmp_path, functional(layers), weights, pictures(rows)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("rows", "latent"), [(256, 4), (512, 20)])
def test_b6_decoders_of_both_sizes_give_the_same_numbers(tmp_path: Path, rows: int, latent: int) -> None:
    layers = decoder_layers(rows=rows, latent=latent)
    weights, z = seeded_weights(layers, 2), np.random.default_rng(3).standard_normal((2, latent))
    expected = run_layers(layers, weights, z)
    assert expected.shape == (2, rows, 64, 1) and expected.std() > 0.01
    assert imported(tmp_path, functional(layers), weights, z) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (4, 2), (5, 2), (3, 3), (2, 3), (5, 1)])
def test_convolutions_pad_as_tensorflow_does(
    tmp_path: Path, padding: str, transposed: bool, size: int, stride: int
) -> None:
    layers = [
        layer("InputLayer", "in", batch_input_shape=[None, 11, 8, 3]),
        conv("conv", 4, size, stride, transposed=transposed, padding=padding),
    ]
    weights, x = seeded_weights(layers, 4), np.random.default_rng(6).standard_normal((3, 11, 8, 3))
    expected = run_layers(layers, weights, x)
    found = imported(tmp_path, functional(layers), weights, x)
    assert found.shape == expected.shape
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_convolution_by_hand(tmp_path: Path) -> None:
    layers = [layer("InputLayer", "in", batch_input_shape=[None, 2, 2, 1]), conv("conv", 1, 2, 2, transposed=True)]
    weights = {"conv/kernel": np.arange(4, dtype=np.float32).reshape(2, 2, 1, 1), "conv/bias": np.ones(1, np.float32)}
    found = imported(tmp_path, functional(layers), weights, np.array([1.0, 2, 3, 4]).reshape(1, 2, 2, 1))
    assert found[0, :, :, 0].tolist() == [[1, 2, 1, 3], [3, 4, 5, 7], [1, 4, 1, 5], [7, 10, 9, 13]]


@pytest.mark.parametrize("wrap", [functional, sequential, lambda layers: keras_3(functional(layers))])
def test_all_spellings_of_a_topology_give_the_same(tmp_path: Path, wrap: Any) -> None:
    layers = [
        layer("InputLayer", "in", batch_input_shape=[None, 6, 6, 1]),
        conv("conv", 3, 3, 2, activation="tanh"), norm("norm"), layer("Flatten", "flat"), dense("out", 2),
    ]  # fmt: skip
    weights, x = seeded_weights(layers, 7), np.random.default_rng(8).standard_normal((4, 6, 6, 1))
    assert imported(tmp_path, wrap(layers), weights, x) == pytest.approx(run_layers(layers, weights, x), abs=1e-5)


def test_weights_that_are_quantised_are_near(tmp_path: Path) -> None:
    import json

    layers = [layer("InputLayer", "in", batch_input_shape=[None, 5]), dense("out", 3)]
    weights, x = seeded_weights(layers, 9), np.random.default_rng(10).standard_normal((2, 5))
    path = write_model(tmp_path, functional(layers), weights, shards=1)
    kernel, file = weights["out/kernel"], json.loads(path.read_text())
    scale = float((kernel.max() - kernel.min()) / 255)
    levels = np.rint((kernel - kernel.min()) / scale).astype(np.uint8)
    listed = file["weightsManifest"][0]["weights"]
    listed[0]["quantization"] = {"dtype": "uint8", "scale": scale, "min": float(kernel.min())}
    listed[1]["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
    raw = levels.tobytes() + weights["out/bias"].astype("<f2").tobytes()
    (tmp_path / "group1-shard1of1.bin").write_bytes(raw)
    path.write_text(json.dumps(file))
    _, tensors = read_model(str(path))
    assert tensors["0.kernel"] == pytest.approx(kernel, abs=scale)
    assert tensors["0.bias"] == pytest.approx(weights["out/bias"], rel=1e-3)
    assert x @ tensors["0.kernel"] == pytest.approx(x @ kernel, abs=0.05)

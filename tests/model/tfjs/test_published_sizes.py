"""The networks of Audio Intellimixer in their own sizes: as many weights as published, the same numbers as numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.numpy_layers import run_layers
from tests.support.tfjs_models import conv, dense, functional, layer, norm, seeded_weights, write_model
from tui_browser.model.layer_network import LayerNetwork
from tui_browser.model.tfjs.importer import ImportOptions, read_autoencoder


def encoder(latent: int, rows: int) -> list[dict[str, Any]]:
    """Of 4 dimensions with a dense layer before the heads; the older one of 20 without."""
    before = [layer("Dropout", "dropout", rate=0.2), dense("dense", 30), norm("norm_4", axis=1)] if latent == 4 else []
    return [
        layer("InputLayer", "in", batch_input_shape=[None, rows, 64, 1]),
        conv("conv_1", 256, 5, 2), layer("ReLU", "relu_1"), norm("norm_1"),
        conv("conv_2", 128, 3, 2), layer("ReLU", "relu_2"), norm("norm_2"),
        conv("conv_3", 64, 3, 1), layer("ReLU", "relu_3"), norm("norm_3"),
        layer("Flatten", "flatten"), *before, dense("mu", latent),
    ]  # fmt: skip


def decoder(latent: int, rows: int) -> list[dict[str, Any]]:
    return [
        layer("InputLayer", "in", batch_input_shape=[None, latent]), dense("dense", rows // 4 * 16 * 64),
        layer("Reshape", "shaped", target_shape=[rows // 4, 16, 64]),
        conv("up_1", 64, 3, 2, transposed=True), layer("ReLU", "relu_1"), norm("norm_1"),
        conv("up_2", 128, 3, 1, transposed=True), layer("ReLU", "relu_2"), norm("norm_2"),
        conv("up_3", 1, 5, 2, transposed=True, activation="sigmoid"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("latent", "rows", "encoder_weights", "decoder_weights"),
    [(4, 256, 2_343_758, 442_433), (20, 512, 5_620_200, 2_867_265)],
)
def test_b6_both_published_models_are_read(
    tmp_path: Path, latent: int, rows: int, encoder_weights: int, decoder_weights: int
) -> None:
    import torch

    first, second = encoder(latent, rows), decoder(latent, rows)
    weights, more = seeded_weights(first, 1), seeded_weights(second, 2)
    head = {"log_variance/kernel": weights["mu/kernel"] * np.float32(0.5), "log_variance/bias": weights["mu/bias"]}
    assert sum(value.size for value in (weights | head).values()) == encoder_weights
    assert sum(value.size for value in more.values()) == decoder_weights
    heads = functional([*first, dense("log_variance", latent)], outputs=["mu", "log_variance"])
    files = (
        write_model(tmp_path / "encoder", heads, weights | head, shards=3),
        write_model(tmp_path / "decoder", functional(second), more),
    )
    model = read_autoencoder(str(files[0]), str(files[1]), ImportOptions())
    assert model.front_end.size == (rows, 64)
    picture = np.random.default_rng(3).random((1, rows, 64, 1))
    z = np.random.default_rng(4).standard_normal((1, latent))
    for chain, tensors, layers, held, x in (
        (model.encoder.chain, model.encoder_weights, first, weights, picture),
        (model.decoder.chain, model.decoder_weights, second, more, z),
    ):
        network = LayerNetwork(chain, {name: torch.from_numpy(value) for name, value in tensors.items()})
        with torch.inference_mode():
            found = network(torch.from_numpy(x.astype(np.float32))).numpy()
        assert found == pytest.approx(run_layers(layers, held, x), abs=1e-4)

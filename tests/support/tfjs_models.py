"""TensorFlow.js models made in code: model.json and shards as Keras' converter writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]
"""By the name in the manifest: `conv/kernel`, `conv/bias` ..."""


def layer(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer as a topology lists it."""
    return {"class_name": class_name, "config": {"name": name, **config}}


def conv(name: str, filters: int, size: int, stride: int, *, transposed: bool = False, **more: Any) -> dict[str, Any]:
    config = {"filters": filters, "kernel_size": [size, size], "strides": [stride, stride], "padding": "same",
              "use_bias": True, "data_format": "channels_last", "activation": "linear"} | more  # fmt: skip
    return layer("Conv2DTranspose" if transposed else "Conv2D", name, **config)


def dense(name: str, units: int, **more: Any) -> dict[str, Any]:
    return layer("Dense", name, **({"units": units, "use_bias": True, "activation": "linear"} | more))


def norm(name: str, axis: int = 3) -> dict[str, Any]:
    return layer("BatchNormalization", name, axis=[axis], epsilon=0.001, center=True, scale=True)


def encoder_layers(
    *, latent: int = 4, rows: int = 256, frames: int = 64, channels: tuple[int, int, int] = (6, 5, 4)
) -> list[dict[str, Any]]:
    """The trunk of an encoder and its head `mu`; by default as narrow as tests allow."""
    a, b, c = channels
    return [
        layer("InputLayer", "encoder_input", batch_input_shape=[None, rows, frames, 1], dtype="float32"),
        conv("conv_1", a, 5, 2), layer("ReLU", "relu_1"), norm("norm_1"),
        conv("conv_2", b, 3, 2, activation="relu"), conv("conv_3", c, 3, 1, activation="relu"),
        layer("Flatten", "flatten"), layer("Dropout", "dropout", rate=0.2),
        dense("dense", 30), norm("norm_2", axis=1), dense("mu", latent),
    ]  # fmt: skip


def decoder_layers(
    *, latent: int = 4, rows: int = 256, frames: int = 64, channels: tuple[int, int] = (4, 4)
) -> list[dict[str, Any]]:
    a, b = channels
    return [
        layer("InputLayer", "decoder_input", batch_input_shape=[None, latent], dtype="float32"),
        dense("dense", rows // 4 * (frames // 4) * a, activation="relu"),
        layer("Reshape", "reshape", target_shape=[rows // 4, frames // 4, a]),
        conv("up_1", b, 3, 2, transposed=True), layer("ReLU", "relu_1"), norm("norm_1"),
        conv("up_2", b, 3, 2, transposed=True, activation="relu"), conv("up_3", 1, 3, 1, transposed=True),
        layer("Activation", "sigmoid", activation="sigmoid"),
    ]  # fmt: skip


def functional(layers: list[dict[str, Any]], *, outputs: list[str] | None = None) -> dict[str, Any]:
    """A functional model of layers in a row. Layers after the first of `outputs` are heads beside it."""
    names = [entry["config"]["name"] for entry in layers]
    outputs = outputs or names[-1:]
    trunk = names[names.index(outputs[0]) - 1]
    placed = []
    for number, entry in enumerate(layers):
        origin = names[number - 1] if number <= names.index(outputs[0]) else trunk
        inbound = [[[origin, 0, 0, {}]]] if number else []
        placed.append({**entry, "name": names[number], "inbound_nodes": inbound})
    return {"class_name": "Functional", "config": {
        "name": "model", "layers": placed, "input_layers": [[names[0], 0, 0]],
        "output_layers": [[name, 0, 0] for name in outputs],
    }}  # fmt: skip


def keras_3(model: dict[str, Any]) -> dict[str, Any]:
    """The same functional model as Keras 3 writes it."""
    model = json.loads(json.dumps(model))
    for entry in model["config"]["layers"]:
        if "batch_input_shape" in entry["config"]:
            entry["config"]["batch_shape"] = entry["config"].pop("batch_input_shape")
        entry["inbound_nodes"] = [
            {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": reference[:3]}}], "kwargs": {}}
            for node in entry["inbound_nodes"] for reference in node
        ]  # fmt: skip
    outputs = model["config"]["output_layers"]
    model["config"]["output_layers"] = outputs[0] if len(outputs) == 1 else outputs
    return model


def sequential(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """A sequential model, whose first layer says what it takes."""
    first, *others = layers
    others[0] = {**others[0], "config": {**others[0]["config"], **{
        key: value for key, value in first["config"].items() if key == "batch_input_shape"}}}  # fmt: skip
    return {"class_name": "Sequential", "config": {"name": "model", "layers": others}}


def seeded_weights(layers: list[dict[str, Any]], seed: int) -> Weights:
    """Random weights for layers in a row, of a scale that keeps values about 1."""
    from tests.support.numpy_layers import output_shape

    rng = np.random.default_rng(seed)
    weights: Weights = {}
    shape: tuple[int, ...] = ()
    for entry in layers:
        name, config, kind = entry["config"]["name"], entry["config"], entry["class_name"]
        if kind in ("Conv2D", "Conv2DTranspose", "Dense"):
            size = config.get("kernel_size", [])
            after = config.get("filters", config.get("units"))
            ends = (after, shape[-1]) if kind == "Conv2DTranspose" else (shape[-1], after)
            spread = np.sqrt(2 / (np.prod(size, initial=1) * shape[-1]))
            weights[f"{name}/kernel"] = rng.normal(0, spread, (*size, *ends)).astype(np.float32)
            weights[f"{name}/bias"] = rng.normal(0, 0.1, after).astype(np.float32)
        elif kind == "BatchNormalization":
            weights[f"{name}/gamma"] = rng.uniform(0.5, 1.5, shape[-1]).astype(np.float32)
            for role in ("beta", "moving_mean"):
                weights[f"{name}/{role}"] = rng.normal(0, 0.2, shape[-1]).astype(np.float32)
            weights[f"{name}/moving_variance"] = rng.uniform(0.3, 2, shape[-1]).astype(np.float32)
        shape = output_shape(entry, shape)
    return weights


def write_model(
    folder: Path, model: dict[str, Any], weights: Weights, *, shards: int = 2, name: str = "model.json"
) -> Path:
    """Write model.json and its shards; the path of model.json."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = b"".join(np.ascontiguousarray(value, dtype="<f4").tobytes() for value in weights.values())
    paths = [f"group1-shard{number + 1}of{shards}.bin" for number in range(shards)]
    step = -(-len(raw) // shards)
    for number, path in enumerate(paths):
        (folder / path).write_bytes(raw[number * step : (number + 1) * step])
    listed = [{"name": name, "shape": list(value.shape), "dtype": "float32"} for name, value in weights.items()]
    file = folder / name
    file.write_text(json.dumps({
        "format": "layers-model", "generatedBy": "keras v2.7.0", "convertedBy": "TensorFlow.js Converter v3.11.0",
        "modelTopology": {"keras_version": "2.7.0", "backend": "tensorflow", "model_config": model},
        "weightsManifest": [{"paths": paths, "weights": listed}],
    }))  # fmt: skip
    return file


def write_autoencoder(folder: Path, *, latent: int = 4, rows: int = 256, seed: int = 0) -> tuple[Path, Path]:
    """A small autoencoder of Intellimixer's kind with random weights: paths of both model.json."""
    layers = encoder_layers(latent=latent, rows=rows)
    heads = [*layers, dense("log_variance", latent)]
    weights = seeded_weights(layers, seed)
    head = np.random.default_rng(seed + 1).normal(0, 0.1, weights["mu/kernel"].shape).astype(np.float32)
    weights |= {"log_variance/kernel": head, "log_variance/bias": np.zeros(latent, np.float32)}
    encoder = write_model(folder / "encoder_model", functional(heads, outputs=["mu", "log_variance"]), weights)
    layers = decoder_layers(latent=latent, rows=rows)
    decoder = write_model(folder / "decoder_model", functional(layers), seeded_weights(layers, seed + 2), shards=3)
    return encoder, decoder

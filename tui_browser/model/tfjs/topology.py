"""The topology of a layers-model (model.json): the layers from its input to one of its outputs, in order.

Sequential models and functional ones are read, as Keras 2, Keras 3 and TensorFlow.js itself write them. Layers that
lead to other outputs (a sampling layer, log variances) are left out and may be of any kind.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from tui_browser.errors import BundleError
from tui_browser.model.layer_chain import MOST_LAYERS, MOST_VALUES, LayerChain
from tui_browser.model.layers import Layer, Shape
from tui_browser.model.tfjs.keras_layers import translate

MOST_JSON_BYTES = 4 << 20
_MEAN = re.compile(r"(^|[^a-z])(z_?mean|mean|mu)([^a-z]|$)", re.IGNORECASE)
_MOST_LISTED = 4096


@dataclass(frozen=True, slots=True)
class KerasModel:
    """The layers of a model.json, and where their weights come from."""

    chain: LayerChain
    sources: dict[str, tuple[str, str]]
    """Name of a tensor of the chain -> name of the Keras layer, and which of its weights."""


@dataclass(frozen=True, slots=True)
class _KerasLayer:
    name: str
    class_name: str
    config: dict[str, Any]


def parse_model_json(raw: bytes, *, path: str) -> dict[str, Any]:
    """The content of a model.json; raises BundleError unless it is a layers-model."""
    try:
        model = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BundleError("this is not the model.json of a TensorFlow.js model: not JSON", path=path) from error
    if not isinstance(model, dict) or not isinstance(model.get("modelTopology"), dict):
        raise BundleError("this is not the model.json of a TensorFlow.js model: it has no modelTopology", path=path)
    if model.get("format") not in (None, "layers-model") or "node" in model["modelTopology"]:
        raise BundleError(
            "this is a graph model, whose layers cannot be told apart",
            path=path,
            hint="convert the Keras model with tensorflowjs_converter --output_format=tfjs_layers_model",
        )
    return model


def read_topology(model: dict[str, Any], *, output: str | None = None, path: str) -> KerasModel:
    """The layers up to the output of this name; without one, to the only one or the one that is called mu or mean.

    Raises BundleError that names the layer at fault.
    """
    topology = model["modelTopology"]
    topology = topology.get("model_config", topology)
    try:
        if not isinstance(topology, dict):
            raise ValueError("the model's config is not an object")
        class_name, config = topology.get("class_name"), topology.get("config")
        if class_name == "Sequential":
            layers = _sequential(config)
        elif class_name in ("Functional", "Model"):
            layers = _functional(config, output)
        else:
            raise ValueError(f"a model of the kind {str(class_name)[:60]!r} is neither Sequential nor Functional")
        return _translate_all(layers)
    except ValueError as error:
        raise BundleError(f"the model cannot be imported: {error}", path=path) from error
    except RecursionError as error:
        raise BundleError("the model cannot be imported: its layers are nested too deep", path=path) from error


def _sequential(config: Any) -> list[_KerasLayer]:
    listed = config.get("layers") if isinstance(config, dict) else config
    layers: list[_KerasLayer] = []
    for layer in map(_layer, _listed(listed, "layers")):
        layers += _sequential(layer.config) if layer.class_name == "Sequential" else [layer]
        if len(layers) > 2 * MOST_LAYERS:
            raise ValueError(f"it has more than {MOST_LAYERS} layers")
    return layers


def _functional(config: Any, output: str | None) -> list[_KerasLayer]:
    """The layers from the input to the chosen output, found backwards from there."""
    if not isinstance(config, dict):
        raise ValueError("the model's config is not an object")
    nodes: dict[str, tuple[_KerasLayer, list[list[tuple[str, int]]]]] = {}
    for entry in _listed(config.get("layers"), "layers"):
        layer = _layer(entry)
        if layer.name in nodes:
            raise ValueError(f"two layers are called {layer.name!r}")
        nodes[layer.name] = layer, [_origins(node) for node in _listed(entry.get("inbound_nodes", []), "inbound nodes")]
    at = _chosen(_references(config.get("output_layers")), output)
    chain: list[_KerasLayer] = []
    while at[0] in nodes:
        layer, calls = nodes[at[0]]
        chain.append(layer)
        if not calls:
            return chain[::-1]
        if len(chain) > 2 * MOST_LAYERS:
            raise ValueError(f"it has more than {MOST_LAYERS} layers, or they form a circle")
        origins = calls[at[1]] if 0 <= at[1] < len(calls) else []
        if len(origins) != 1:
            what = f"layer {layer.name!r} ({layer.class_name[:60]}) has {len(origins)} inputs"
            raise ValueError(f"{what}: only chains are read")
        at = origins[0]
    raise ValueError(f"there is no layer {at[0][:60]!r}")


def _origins(node: Any) -> list[tuple[str, int]]:
    """The layers that a call of a layer takes its inputs from."""
    if isinstance(node, dict):  # Keras 3
        return [reference for argument in _listed(node.get("args"), "arguments") for reference in _tensors(argument)]
    return [_reference(origin) for origin in _listed(node, "inbound nodes")]


def _tensors(argument: Any) -> list[tuple[str, int]]:
    if isinstance(argument, list):
        return [reference for item in argument[:_MOST_LISTED] for reference in _tensors(item)]
    if isinstance(argument, dict) and isinstance(argument.get("config"), dict):
        return [_reference(argument["config"].get("keras_history"))]
    return []


def _references(value: Any) -> list[tuple[str, int]]:
    """The layers of `output_layers`: a list of references, or one reference."""
    listed = _listed(value, "output layers")
    return [_reference(listed)] if listed and isinstance(listed[0], str) else [_reference(item) for item in listed]


def _reference(value: Any) -> tuple[str, int]:
    if isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and type(value[1]) is int:
        return value[0], value[1]
    raise ValueError("a reference to a layer cannot be read")


def _chosen(outputs: list[tuple[str, int]], name: str | None) -> tuple[str, int]:
    """The output of this name; without one the only one, or the one that is called mu or mean."""
    wanted = [output for output in outputs if output[0] == name]
    if name is None:
        wanted = outputs if len(outputs) == 1 else [output for output in outputs if _MEAN.search(output[0])]
    if len(wanted) != 1:
        known = ", ".join(output[0][:60] for output in outputs[:10])
        what = "which output is the latent is not clear" if name is None else f"no output is called {name[:60]!r}"
        raise ValueError(f"{what}: choose one of {known} with --latent")
    return wanted[0]


def _layer(entry: Any) -> _KerasLayer:
    if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
        raise ValueError("a layer has no kind")
    config = entry.get("config")
    if not isinstance(config, (dict, list)):
        raise ValueError(f"a layer of the kind {entry['class_name'][:60]!r} has no config")
    inner = config if isinstance(config, dict) else {"layers": config}
    name = entry.get("name", inner.get("name"))
    if not isinstance(name, str) or not 1 <= len(name) <= 200:
        raise ValueError(f"a layer of the kind {entry['class_name'][:60]!r} has no name")
    return _KerasLayer(name, entry["class_name"], inner)


def _listed(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST_LISTED:
        raise ValueError(f"the {what} are not a list, or too long a list")
    return value


def _translate_all(keras_layers: list[_KerasLayer]) -> KerasModel:
    """Our chain for the layers of Keras; the first of them says what it takes."""
    shape = first = _input_shape(keras_layers)
    layers: list[Layer] = []
    sources: dict[str, tuple[str, str]] = {}
    for keras_layer in keras_layers:
        try:
            translated = translate(keras_layer.class_name, keras_layer.config, shape)
            for layer in translated:
                for role in layer.tensors(shape):
                    sources[f"{len(layers)}.{role}"] = keras_layer.name, role
                shape = layer.output(shape)
                if min(shape) < 1 or math.prod(shape) > MOST_VALUES:
                    raise ValueError(f"it would give {shape}")
                layers.append(layer)
        except ValueError as error:
            raise ValueError(f"layer {keras_layer.name!r} ({keras_layer.class_name[:60]}): {error}") from error
    chain = LayerChain(first, tuple(layers))
    chain.check()
    return KerasModel(chain, sources)


def _input_shape(layers: list[_KerasLayer]) -> Shape:
    """What the model takes, without the batch."""
    config = layers[0].config if layers else {}
    size = config.get("batch_input_shape", config.get("batch_shape"))
    if not isinstance(size, list) or not 2 <= len(size) <= 4:
        raise ValueError("its first layer does not say what shape it takes")
    if not all(type(n) is int and 1 <= n <= MOST_VALUES for n in size[1:]):
        raise ValueError(f"its input has the shape {str(size)[:60]}, which is out of range")
    return tuple(size[1:])

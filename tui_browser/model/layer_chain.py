"""A chain of layers with its sizes checked, and the encoder and decoder that are such chains; no torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tui_browser.model.layers import MOST_SIZE, Layer, Shape, layer_config, read_layer

MOST_LAYERS = 128
MOST_VALUES = 1 << 23
"""Most values between two layers: 32 MB."""
MOST_WEIGHTS = 1 << 26
"""Most values of all weights: 256 MB."""
MOST_WORK = 20_000_000_000
"""Most multiplications for one sound: some seconds on one core."""
MOST_LATENT = 512
"""Most dimensions of a latent space."""


@dataclass(frozen=True, slots=True)
class LayerChain:
    """Layers, each of which takes what the one before it gives."""

    KIND: ClassVar[str] = "layers"

    input: Shape
    layers: tuple[Layer, ...]

    @property
    def output(self) -> Shape:
        """Shape of what the last layer gives."""
        return self.shapes[-1]

    @property
    def shapes(self) -> list[Shape]:
        """Shapes of the input and of each layer's output; raises ValueError with the layer that does not fit."""
        shapes = [self.input]
        for number, layer in enumerate(self.layers, 1):
            try:
                shape = layer.output(shapes[-1])
                if min(shape) < 1 or math.prod(shape) > MOST_VALUES:
                    raise ValueError(f"it would give {shape}")
            except ValueError as error:
                raise ValueError(f"layer {number} ({layer.KIND}) does not fit: {error}") from error
            shapes.append(shape)
        return shapes

    def tensors(self, prefix: str = "") -> dict[str, Shape]:
        """Name and shape of every tensor of weights: `0.kernel`, `0.bias` ..."""
        return {f"{prefix}{name}": shape for name, shape in self._tensors()}

    def _tensors(self) -> Iterator[tuple[str, Shape]]:
        for number, (layer, shape) in enumerate(zip(self.layers, self.shapes, strict=False)):
            for role, size in layer.tensors(shape).items():
                yield f"{number}.{role}", size

    def check(self) -> None:
        """Raise ValueError if the layers do not fit each other, or would need too much memory or time."""
        if not 1 <= len(self.layers) <= MOST_LAYERS:
            raise ValueError(f"a network has 1 to {MOST_LAYERS} layers, not {len(self.layers)}")
        if not 1 <= len(self.input) <= 3 or not all(1 <= size <= MOST_SIZE for size in self.input):
            raise ValueError(f"the input {str(self.input)[:60]} is out of range")
        shapes = self.shapes
        weights = sum(math.prod(shape) for _, shape in self._tensors())
        if weights > MOST_WEIGHTS:
            raise ValueError(f"{weights:,} weights are more than {MOST_WEIGHTS:,}")
        work = sum(layer.work(shape) for layer, shape in zip(self.layers, shapes, strict=False))
        if work > MOST_WORK:
            raise ValueError(f"{work:,} multiplications for a sound are more than {MOST_WORK:,}")

    def to_config(self) -> dict[str, Any]:
        """The chain as JSON values."""
        return {"kind": self.KIND, "input": list(self.input), "layers": [layer_config(layer) for layer in self.layers]}

    @classmethod
    def from_config(cls, section: dict[str, Any]) -> LayerChain:
        """The chain of a config.json, checked; raises ValueError with what is wrong."""
        size, layers = section.get("input"), section.get("layers")
        if not isinstance(size, list) or not all(type(number) is int for number in size):
            raise ValueError("the input is not a list of whole numbers")
        if not isinstance(layers, list) or len(layers) > MOST_LAYERS:
            raise ValueError(f"layers is not a list of at most {MOST_LAYERS}")
        chain = cls(tuple(size), tuple(read_layer(layer) for layer in layers))
        chain.check()
        return chain


@dataclass(frozen=True, slots=True)
class LayerEncoderShape:
    """An encoder that is a chain of layers from a picture (rows, columns, 1) to z (Z,); see `LayerEncoder`."""

    chain: LayerChain
    reach: float
    """Largest value of z that keeps its distances in the embedding."""
    classes: ClassVar[int] = 0
    map_hidden: ClassVar[int] = 0

    @property
    def input_size(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        return self.chain.input[0], self.chain.input[1]

    @property
    def z_dim(self) -> int:
        return self.chain.output[0]

    @property
    def dim(self) -> int:
        """Size of an embedding: cosine and sine of each dimension of z."""
        return 2 * self.z_dim

    def tensors(self) -> dict[str, Shape]:
        return self.chain.tensors()

    def to_config(self) -> dict[str, Any]:
        return {**self.chain.to_config(), "reach": self.reach}

    @classmethod
    def from_config(cls, section: dict[str, Any]) -> LayerEncoderShape:
        """The encoder of a config.json, checked; raises ValueError."""
        _check_keys(section, ("kind", "input", "layers", "reach"))
        reach = section["reach"]
        if type(reach) not in (int, float) or not 1e-3 <= reach <= 1e6:
            raise ValueError("reach is out of range")
        shape = cls(LayerChain.from_config(section), float(reach))
        shape.check()
        return shape

    def check(self) -> None:
        """Raise ValueError unless the chain leads from a picture to a latent."""
        if len(self.chain.input) != 3 or self.chain.input[2] != 1:
            raise ValueError(f"the encoder takes {self.chain.input}, not rows, columns and one channel")
        if len(self.chain.output) != 1 or not 1 <= self.chain.output[0] <= MOST_LATENT:
            raise ValueError(f"the encoder gives {self.chain.output}, not one row of 1 to {MOST_LATENT} numbers")


def read_layer_decoder(section: Any, *, z_dim: int, size: Sequence[int]) -> LayerChain:
    """The chain from z to a picture (rows, columns, 1) of a config.json; raises ValueError."""
    if not isinstance(section, dict) or section.get("kind") != LayerChain.KIND:
        raise ValueError("sound: the network is not a list of layers")
    _check_keys(section, ("kind", "input", "layers"))
    chain = LayerChain.from_config(section)
    check_layer_decoder(chain, z_dim=z_dim, size=size)
    return chain


def check_layer_decoder(chain: LayerChain, *, z_dim: int, size: Sequence[int]) -> None:
    """Raise ValueError unless the decoder takes what the encoder gives, and gives what it takes."""
    if chain.input != (z_dim,):
        raise ValueError(f"the decoder takes {_sizes(chain.input)} numbers, the encoder gives {z_dim}")
    if chain.output != (*size, 1):
        raise ValueError(f"the decoder gives {_sizes(chain.output)}, the encoder takes {_sizes((*size, 1))}")


def _sizes(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _check_keys(section: dict[str, Any], keys: Sequence[str]) -> None:
    if set(section) != set(keys):
        raise ValueError(f"network keys differ: {', '.join(sorted(set(section) ^ set(keys)))[:200]}")

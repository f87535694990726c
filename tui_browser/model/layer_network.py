"""Networks made of layers, for inference: `LayerNetwork` runs a chain, `LayerEncoder` makes embeddings with it.

Values lie channels last between the layers, as in TensorFlow, so that weights and flattened pictures keep their order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch  # 1.6 s: imported by the encoder process and the generator process
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.errors import BundleError
from tui_browser.model.layer_chain import LayerChain, LayerEncoderShape
from tui_browser.model.layers import (
    Activation,
    Convolution,
    Dense,
    Layer,
    Normalisation,
    Reshape,
    Shape,
    TransposedConvolution,
)

_AT_ONCE = 8
"""Sounds in one pass: a fixed number, so that a result does not depend on the batch, and a bound on memory."""


class LayerNetwork(nn.Module):
    """(B, *input) -> (B, *output) by a chain of layers."""

    def __init__(self, chain: LayerChain, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.chain = chain
        self._shapes = chain.shapes
        for number, layer in enumerate(chain.layers):
            for role, value in _prepared(layer, {role: weights[f"{number}.{role}"] for role in
                                                 layer.tensors(self._shapes[number])}).items():  # fmt: skip
                self.register_buffer(f"layer{number}_{role}", value)

    def forward(self, x: Tensor) -> Tensor:
        for number, layer in enumerate(self.chain.layers):
            x = self._run(layer, number, x)
        return x

    def _weight(self, number: int, role: str) -> Tensor | None:
        value: Tensor | None = getattr(self, f"layer{number}_{role}", None)
        return value

    def _run(self, layer: Layer, number: int, x: Tensor) -> Tensor:
        kernel, bias = self._weight(number, "kernel"), self._weight(number, "bias")
        match layer:
            case Convolution():
                assert kernel is not None
                return _convolve(layer, x, kernel, bias, shape=self._shapes[number])
            case TransposedConvolution():
                assert kernel is not None
                return _convolve_transposed(layer, x, kernel, bias, shape=self._shapes[number + 1])
            case Dense():
                assert kernel is not None
                return functional.linear(x, kernel, bias)
            case Normalisation():
                factor, offset = self._weight(number, "factor"), self._weight(number, "offset")
                assert factor is not None and offset is not None
                return x * factor + offset
            case Reshape():
                return x.reshape(len(x), *layer.shape)
            case Activation():
                return _activate(layer, x)


def _prepared(layer: Layer, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a layer in torch's order; a normalisation becomes one factor and one offset."""
    match layer:
        case Convolution():
            weights["kernel"] = weights["kernel"].permute(3, 2, 0, 1).contiguous()
        case TransposedConvolution():
            weights["kernel"] = weights["kernel"].permute(3, 2, 0, 1).contiguous()
        case Dense():
            weights["kernel"] = weights["kernel"].t().contiguous()
        case Normalisation():
            factor = (weights["moving_variance"].double() + layer.epsilon).rsqrt()
            factor = factor * weights["gamma"] if "gamma" in weights else factor
            offset = -weights["moving_mean"] * factor
            offset = offset + weights["beta"] if "beta" in weights else offset
            return {"factor": factor.float(), "offset": offset.float()}
    return weights


def _convolve(layer: Convolution, x: Tensor, kernel: Tensor, bias: Tensor | None, *, shape: Shape) -> Tensor:
    above, below, left, right = layer.padding(shape)
    x = functional.pad(x.permute(0, 3, 1, 2), (left, right, above, below))
    return functional.conv2d(x, kernel, bias, stride=layer.strides, dilation=layer.dilation).permute(0, 2, 3, 1)


def _convolve_transposed(
    layer: TransposedConvolution, x: Tensor, kernel: Tensor, bias: Tensor | None, *, shape: Shape
) -> Tensor:
    full = functional.conv_transpose2d(x.permute(0, 3, 1, 2), kernel, stride=layer.strides)
    rows, columns = shape[:2]
    top, left = layer.crop()
    part = full[:, :, top : top + rows, left : left + columns]
    part = functional.pad(
        part, (0, columns - part.shape[3], 0, rows - part.shape[2])
    )  # a stride longer than the kernel
    return (part if bias is None else part + bias[:, None, None]).permute(0, 2, 3, 1)


def _activate(layer: Activation, x: Tensor) -> Tensor:
    match layer.function:
        case "relu":
            return torch.relu(x)
        case "sigmoid":
            return torch.sigmoid(x)
        case "tanh":
            return torch.tanh(x)
        case "elu":
            return functional.elu(x, alpha=layer.slope)
        case "selu":
            return functional.selu(x)
        case "softplus":
            return functional.softplus(x)
        case "swish":
            return functional.silu(x)
        case _:
            return functional.leaky_relu(x, layer.slope)


class LayerEncoder(nn.Module):
    """Pictures -> z by a chain of layers, and unit vectors whose distances are those of z.

    Each dimension of z goes around a half circle: v = (cos a, sin a) / sqrt(Z) with a = z pi / (2 reach). This flat
    torus bends nothing: where values are much closer than `reach`, distances are those of z but for one factor, the
    same everywhere. (z divided by its length would lose how far a sound lies from the origin: of 4 numbers one.)
    """

    def __init__(self, shape: LayerEncoderShape, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.shape = shape
        self.network = LayerNetwork(shape.chain, weights)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        """(B, rows, columns) -> embedding (B, 2 Z) of unit length, z (B, Z), and no class and no place."""
        count = len(pictures)
        padded = functional.pad(pictures, (0, 0, 0, 0, 0, -count % _AT_ONCE)).unsqueeze(3)
        z = torch.cat([self.network(part) for part in torch.split(padded, _AT_ONCE)])[:count]
        angle = (z / self.shape.reach).clamp(-1.0, 1.0) * (math.pi / 2)
        embedding = torch.cat([angle.cos(), angle.sin()], dim=1) / math.sqrt(z.shape[1])
        return embedding, z, None, None

    def place(self, embedding: Tensor) -> Tensor:
        """Raises BundleError: these models have no map head."""
        raise BundleError("this model has no map head")

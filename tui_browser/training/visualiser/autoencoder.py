"""The stacked autoencoder in torch, its losses and its training.

The first layer and the last are principal components, found at once; the layers between them begin as PCA of ten and
are then trained, so that they become better than it. A pair of units of opposite sign passes a number through a sigmoid
linear unit unchanged: silu(x) - silu(-x) = x.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tui_browser.records import FloatArray

WIDTHS = (5513, 240, 192, 128, 96, 64, 32, 10)
"""From the spectrum to the features; the decoder mirrors them."""
COMPONENTS = WIDTHS[1] // 2
"""Principal components that the first layer takes of a spectrum, each with both signs."""
_BATCH = 256
_RATE = 1e-3
_DECAY = 0.02
_CORRELATION, _SPREAD = 0.02, 0.02
"""Weights of the losses beside reconstruction."""
_RANDOM = 0.5
"""Size of the random weights of units that PCA leaves free, beside those that keep the size of a signal."""
_NOISE = 0.05
"""Noise on the inputs, beside their own spread."""


class MotionAutoencoder(nn.Module):
    """Dense layers with sigmoid linear units between them; the features are linear."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(WIDTHS))
        self.decoder = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(WIDTHS[::-1]))

    def encode(self, spectra: torch.Tensor) -> torch.Tensor:
        """(B, 5513) -> (B, 10)."""
        return _stack(self.encoder, spectra)

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        """(B, 10) -> (B, 5513)."""
        return _stack(self.decoder, features)

    def inner_encode(self, components: torch.Tensor) -> torch.Tensor:
        """As `encode`, from the components of the first layer, (B, COMPONENTS)."""
        first = nn.functional.silu(torch.cat([components, -components], dim=1))
        return _stack(self.encoder[1:], first)

    def inner_decode(self, features: torch.Tensor) -> torch.Tensor:
        """As `decode`, to the components that the last layer turns into a spectrum."""
        last = nn.functional.silu(_stack(self.decoder[:-1], features))
        return last[:, :COMPONENTS] - last[:, COMPONENTS:]

    def begin_with(self, axes: torch.Tensor, size: float, spread: torch.Tensor) -> None:
        """Make it PCA: `axes` (COMPONENTS, 5513), components divided by `size`, features by their `spread` (10,)."""
        with torch.no_grad():
            first, last = self.encoder[0], self.decoder[-1]
            assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
            nn.init.zeros_(first.bias)
            nn.init.zeros_(last.bias)
            first.weight.copy_(torch.cat([axes, -axes]) / size)
            last.weight.copy_(torch.cat([axes, -axes]).T * size)
            for layer, size_in, size_out in _inner(self):
                nn.init.zeros_(layer.bias)
                nn.init.normal_(layer.weight, std=_RANDOM / math.sqrt(layer.in_features))
                self._pass_through(layer, size_in, size_out, spread)

    @staticmethod
    def _pass_through(layer: nn.Linear, size_in: int, size_out: int, spread: torch.Tensor) -> None:
        """Let ten numbers through a layer, as pairs of units whose second halves begin at `size_in` and `size_out`.

        A size of 0 is the features, which are no pairs and are divided by `spread`.
        """
        weight = layer.weight
        one = torch.arange(len(spread))
        outs = ((one, 1.0),) if not size_out else ((one, 1.0), (one + size_out, -1.0))
        ins = ((one, 1.0),) if not size_in else ((one, 1.0), (one + size_in, -1.0))
        factor = torch.ones_like(spread) if size_in and size_out else spread if not size_in else 1 / spread
        for rows, sign in outs:
            weight[rows] = 0.0
            for columns, other in ins:
                weight[rows, columns] = sign * other * factor


def _inner(network: MotionAutoencoder) -> list[tuple[nn.Linear, int, int]]:
    """The layers between the first and the last, and where in their inputs and outputs the second halves begin."""
    ten = WIDTHS[-1]
    encoder, decoder = list(network.encoder)[1:], list(network.decoder)[:-1]
    sizes = [COMPONENTS, *[ten] * (len(encoder) - 1), 0]
    steps = [*zip(encoder, sizes, sizes[1:], strict=False)]
    steps += zip(decoder, sizes[::-1], sizes[-2::-1], strict=False)
    return [(layer, size_in, size_out) for layer, size_in, size_out in steps if isinstance(layer, nn.Linear)]


def _stack(layers: nn.ModuleList, values: torch.Tensor) -> torch.Tensor:
    for number, layer in enumerate(layers):
        values = layer(values)
        if number < len(layers) - 1:
            values = nn.functional.silu(values)
    return values


def feature_losses(features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(mean squared correlation between two features, how far their spreads are from 1)."""
    centred = features - features.mean(0)
    spread = centred.square().mean(0).add(1e-6).sqrt()
    correlation = (centred / spread).T @ (centred / spread) / len(features)
    others = correlation - torch.diag(torch.diag(correlation))
    count = features.shape[1] * (features.shape[1] - 1)
    return others.square().sum() / count, (spread - 1).square().mean()


def train_autoencoder(
    spectra: NDArray[np.float16],
    *,
    mean: FloatArray,
    scale: float,
    minutes: float,
    steps: int,
    seed: int,
    log: Callable[[str], None],
) -> tuple[MotionAutoencoder, int]:
    """The trained network and its number of steps: `steps` of them, or by default as many as fit into `minutes`."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = MotionAutoencoder()
    components, axes = principal_components(spectra, mean=mean, scale=scale)
    size = float(components[:, 0].std()) / 2
    components = components / size
    network.begin_with(axes, size, components[:, : WIDTHS[-1]].std(dim=0).clamp(min=1e-3))
    total = float(components.square().mean())
    log(f"{COMPONENTS} principal components")
    inner = [each for layer, _, _ in _inner(network) for each in layer.parameters()]
    optimiser = torch.optim.AdamW(inner, lr=_RATE, weight_decay=_DECAY)
    noise = _NOISE * components.std(dim=0)
    began, step, done = time.monotonic(), 0, 0.0
    while done < 1:
        target = components[torch.from_numpy(rng.integers(0, len(components), _BATCH))]
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, step / 500) * 0.5 * (1 + math.cos(math.pi * done))
        features = network.inner_encode(target + noise * torch.randn_like(target))
        loss = (network.inner_decode(features) - target).square().mean() / total
        correlation, spread = feature_losses(features)
        optimiser.zero_grad(set_to_none=True)
        (loss + _CORRELATION * correlation + _SPREAD * spread).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(inner, 1.0)
        optimiser.step()
        step += 1
        done = step / steps if steps else (time.monotonic() - began) / (60 * minutes)
        if step % 1000 == 1:
            log(
                f"step {step}, {100 * min(done, 1):.0f} %: reconstruction {loss.item():.4f}, "
                f"correlation {correlation.item():.4f}, spread {spread.item():.4f}"
            )
    return network.eval(), step


def principal_components(
    spectra: NDArray[np.float16], *, mean: FloatArray, scale: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, COMPONENTS) components of the standardised spectra, and their axes, (COMPONENTS, 5513)."""
    standard = torch.from_numpy((spectra.astype(np.float32) - mean) / np.float32(scale))
    count = min(COMPONENTS, len(standard) - 1)
    axes = torch.zeros(COMPONENTS, standard.shape[1])
    axes[:count] = torch.pca_lowrank(standard, q=count, center=False, niter=3)[2].T
    return standard @ axes.T, axes

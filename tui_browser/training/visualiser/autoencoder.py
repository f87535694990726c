"""The stacked autoencoder in torch, its losses and its training."""

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
from tui_browser.training.visualiser.augmentation import varied

WIDTHS = (5513, 240, 192, 128, 96, 64, 32, 10)
"""From the spectrum to the features; the decoder mirrors them."""
_POWER = 2.8
"""Mean square of a value relative to that of its sigmoid linear unit: fourteen layers neither fade nor swell."""
_BATCH = 256
_RATE = 1e-3
_DECAY = 0.02
_CORRELATION, _SPREAD = 0.3, 0.1
"""Weights of the losses beside reconstruction."""
_SPREAD_WANTED = 1.0
"""Standard deviation of a feature."""


class Autoencoder(nn.Module):
    """Dense layers with sigmoid linear units between them; the features are linear."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(WIDTHS))
        mirror = WIDTHS[::-1]
        self.decoder = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(mirror))
        for layer in (*self.encoder, *self.decoder):
            assert isinstance(layer, nn.Linear)
            nn.init.normal_(layer.weight, std=math.sqrt(_POWER / layer.in_features))
            nn.init.zeros_(layer.bias)

    def encode(self, spectra: torch.Tensor) -> torch.Tensor:
        return _stack(self.encoder, spectra)

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        return _stack(self.decoder, features)


def _stack(layers: nn.ModuleList, values: torch.Tensor) -> torch.Tensor:
    for number, layer in enumerate(layers):
        values = layer(values)
        if number < len(layers) - 1:
            values = nn.functional.silu(values)
    return values


def feature_losses(features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(mean squared correlation between two features, how far their spreads are from the wanted one)."""
    centred = features - features.mean(0)
    spread = centred.square().mean(0).add(1e-6).sqrt()
    correlation = (centred / spread).T @ (centred / spread) / len(features)
    others = correlation - torch.diag(torch.diag(correlation))
    count = features.shape[1] * (features.shape[1] - 1)
    return others.square().sum() / count, (spread - _SPREAD_WANTED).square().mean()


def train_autoencoder(
    spectra: NDArray[np.float16],
    *,
    mean: FloatArray,
    scale: float,
    minutes: float,
    steps: int,
    seed: int,
    log: Callable[[str], None],
) -> tuple[Autoencoder, int]:
    """The trained network and its number of steps: `steps` of them, or by default as many as fit into `minutes`."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Autoencoder()
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    centre = torch.from_numpy(mean)
    began, step, done = time.monotonic(), 0, 0.0
    while done < 1:
        rows = rng.integers(0, len(spectra), _BATCH)
        batch = varied(torch.from_numpy(spectra[rows].astype(np.float32)), rng)
        inputs = (batch - centre) / scale
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, step / 100) * 0.5 * (1 + math.cos(math.pi * done))
        features = network.encode(inputs)
        loss = (network.decode(features) - inputs).square().mean()
        correlation, spread = feature_losses(features)
        optimiser.zero_grad(set_to_none=True)
        (loss + _CORRELATION * correlation + _SPREAD * spread).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        done = step / steps if steps else (time.monotonic() - began) / (60 * minutes)
        if step % 200 == 0:
            log(
                f"step {step}, {100 * min(done, 1):.0f} %: reconstruction {loss.item():.4f}, "
                f"correlation {correlation.item():.4f}, spread {spread.item():.4f}"
            )
    return network.eval(), step

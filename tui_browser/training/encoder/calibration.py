"""Calibration of the class head on kits that it did not learn from: one temperature, and a bias for each class.

This is vector scaling (Guo et al. 2017, arXiv 1706.04599) with a single scale: a scale for each class would have to be
learned from a handful of sounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from tui_browser.model.encoder_network import EncoderNetwork
from tui_browser.records import FloatArray

_COOLEST = 1.0
"""Held-out kits are easier than recordings from elsewhere, where a temperature below 1 would be overconfident."""
_STEPS = 60
PULLS = (0.02, 0.2, 2.0, 20.0)
"""How strongly biases may be kept near 0; a few kits say little about what is common elsewhere."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns logits into probabilities that mean what they say."""

    temperature: float
    biases: FloatArray
    """(C,)"""

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """(N, C) for logits (N, C); rows sum to 1."""
        scaled = logits.astype(np.float64) / self.temperature + self.biases
        p = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(p / p.sum(axis=1, keepdims=True), dtype=np.float32)

    def fold_into(self, network: EncoderNetwork) -> None:
        """Change the class head so that its softmax gives these probabilities."""
        assert network.to_classes is not None
        with torch.no_grad():
            network.to_classes.weight.div_(self.temperature)
            network.to_classes.bias.div_(self.temperature).add_(torch.from_numpy(self.biases))


def fit_calibration(logits: FloatArray, labels: NDArray[np.int64], *, pull: float) -> Calibration:
    """The calibration under which labels (N,) are likeliest given logits (N, C); `pull` keeps the biases near 0."""
    x, truth = torch.from_numpy(logits.astype(np.float32)), torch.from_numpy(labels)
    warmth = torch.zeros((), requires_grad=True)
    biases = torch.zeros(x.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([warmth, biases], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        temperature = _COOLEST + functional.softplus(warmth)
        value = functional.cross_entropy(x / temperature + biases, truth) + pull * biases.square().sum()
        value.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    temperature = _COOLEST + float(functional.softplus(warmth.detach()))
    return Calibration(temperature, biases.detach().numpy().astype(np.float32))


def probabilities_of_strangers(
    logits: FloatArray, labels: NDArray[np.int64], groups: NDArray[np.str_]
) -> tuple[FloatArray, Calibration]:
    """(N, C) probabilities, those of each group by a calibration that did not see it; and the one fitted on all.

    The biases are kept as near to 0 as suits groups that were not seen.
    """
    tried = {pull: _leave_one_out(logits, labels, groups, pull) for pull in PULLS}
    best = min(PULLS, key=lambda pull: -np.log(tried[pull][np.arange(len(labels)), labels] + 1e-9).mean())
    return tried[best], fit_calibration(logits, labels, pull=best)


def _leave_one_out(logits: FloatArray, labels: NDArray[np.int64], groups: NDArray[np.str_], pull: float) -> FloatArray:
    p = np.empty(logits.shape, dtype=np.float32)
    for group in np.unique(groups):
        apart = groups == group
        rest = apart if apart.all() else ~apart
        p[apart] = fit_calibration(logits[rest], labels[rest], pull=pull).probabilities(logits[apart])
    return p

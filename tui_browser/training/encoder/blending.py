"""An encoder between two: the weights of a fine-tuned network averaged with those that it started from.

On recordings unlike the new training data it is better than either (Wortsman et al. 2022, Robust fine-tuning of
zero-shot models, arXiv 2109.01903). Statistics of batch normalisation are no average of others, so they are measured
anew (Izmailov et al. 2018, arXiv 1803.05407), and the class head is fitted to what the network then says.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.model.encoder_network import EncoderNetwork

_SHARED = ("trunk.", "to_embedding.")
_SMOOTHING = 0.05
_MOST_STEPS = 150

Draw = Callable[[], Tensor]
"""Log-mels (B, M, T) as they are trained on."""


def blend(network: EncoderNetwork, other: EncoderNetwork, share: float) -> None:
    """Move trunk and embedding, in place, by `share` of the way to those of `other`, which has the same shape."""
    theirs = other.state_dict()
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name.startswith(_SHARED) and value.is_floating_point():
                value.lerp_(theirs[name], share)


@torch.no_grad()
def measure_statistics(network: EncoderNetwork, draw: Draw, *, batches: int = 60) -> None:
    """Replace the running statistics of batch normalisation by those of some batches."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
        norm.train()
    for _ in range(batches):
        network.trunk.conv_features(draw())
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()


def fit_class_head(
    network: EncoderNetwork, embedding: Tensor, labels: Tensor, weights: Tensor, *, pull: float = 1e-4
) -> None:
    """Fit the class head to embeddings (N, D) with labels (N,) and weights (N,) that sum to 1: logistic regression."""
    assert network.to_classes is not None
    head = network.to_classes
    with torch.no_grad():
        head.weight.zero_()
        head.bias.zero_()
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=_MOST_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        each = functional.cross_entropy(head(embedding), labels, reduction="none", label_smoothing=_SMOOTHING)
        value = (each * weights).sum() + pull * head.weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]

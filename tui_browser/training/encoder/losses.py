"""What training pulls on: views of one sound together, sounds of one class together, pictures back from z."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def supervised_contrastive_loss(embedding: Tensor, labels: Tensor, *, temperature: float, lone: int | None) -> Tensor:
    """Supervised contrast over two views of B clips, `embedding` (2B, D), `labels` (B,).

    Clips of one class attract each other; the label `lone` (`other`) is no class, there only a clip's own views do.
    """
    count = len(labels)
    both = torch.cat([labels, labels])
    clip = torch.arange(count, device=embedding.device).repeat(2)
    alike = both[:, None] == both[None]
    if lone is not None:
        alike &= (both != lone)[:, None]
    alike = (alike | (clip[:, None] == clip[None])).float()
    itself = torch.eye(2 * count, dtype=torch.bool, device=embedding.device)
    alike = alike.masked_fill(itself, 0.0)
    similarity = (embedding @ embedding.T / temperature).masked_fill(itself, -1e4)
    log_p = similarity - torch.logsumexp(similarity, dim=1, keepdim=True)
    return -((log_p * alike).sum(dim=1) / alike.sum(dim=1)).mean()


def view_contrastive_loss(embedding: Tensor, *, temperature: float) -> Tensor:
    """Each of two views (2B, D) finds the other one of its clip among the batch."""
    count = len(embedding) // 2
    similarity = embedding @ embedding.T / temperature
    similarity = similarity.masked_fill(torch.eye(2 * count, dtype=torch.bool, device=embedding.device), -1e4)
    partner = torch.arange(2 * count, device=embedding.device).roll(count)
    return functional.cross_entropy(similarity, partner)


def vae_loss(
    picture: Tensor, again: Tensor, mean: Tensor, log_variance: Tensor, *, spread: float, beta: float
) -> Tensor:
    """The negative evidence bound per cell: pictures (B, M, T) under Gaussian noise of `spread`, z against N(0, 1)."""
    error = 0.5 * (picture - again).square().sum(dim=(1, 2)) / spread**2
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(dim=1)
    return (error + beta * divergence).mean() / picture[0].numel()

"""Losses of the encoder: supervised contrastive, view contrastive, VAE and distillation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

_PAIRS = 10.0
"""Weight of the similarities of pairs beside the class probabilities."""


def supervised_contrastive_loss(embedding: Tensor, labels: Tensor, *, temperature: float, lone: int | None) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020) over two views of B clips: `embedding` (2B, D), `labels` (B,).

    Clips with the same label are positives. For the label `lone` (`other`) only the views of the same clip are.
    """
    count = len(labels)
    view_labels = torch.cat([labels, labels])
    clip = torch.arange(count, device=embedding.device).repeat(2)
    positive = view_labels[:, None] == view_labels[None]
    if lone is not None:
        positive &= (view_labels != lone)[:, None]
    positive = (positive | (clip[:, None] == clip[None])).float()
    diagonal = torch.eye(2 * count, dtype=torch.bool, device=embedding.device)
    positive = positive.masked_fill(diagonal, 0.0)
    similarity = (embedding @ embedding.T / temperature).masked_fill(diagonal, -1e4)
    log_p = similarity - torch.logsumexp(similarity, dim=1, keepdim=True)
    return -((log_p * positive).sum(dim=1) / positive.sum(dim=1)).mean()


def view_contrastive_loss(embedding: Tensor, *, temperature: float) -> Tensor:
    """NT-Xent loss (Chen et al. 2020, SimCLR) over two views of B clips, `embedding` (2B, D)."""
    count = len(embedding) // 2
    similarity = embedding @ embedding.T / temperature
    similarity = similarity.masked_fill(torch.eye(2 * count, dtype=torch.bool, device=embedding.device), -1e4)
    partner = torch.arange(2 * count, device=embedding.device).roll(count)
    return functional.cross_entropy(similarity, partner)


def vae_loss(
    mel: Tensor, reconstruction: Tensor, mean: Tensor, log_variance: Tensor, *, sigma: float, beta: float
) -> Tensor:
    """Negative ELBO per cell of log-mels (B, M, T), with Gaussian noise of deviation `sigma` and KL weight `beta`."""
    error = 0.5 * (mel - reconstruction).square().sum(dim=(1, 2)) / sigma**2
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(dim=1)
    return (error + beta * divergence).mean() / mel[0].numel()


def distillation_loss(
    embedding: Tensor, logits: Tensor, teachers: Sequence[tuple[Tensor, Tensor]], *, temperature: float
) -> Tensor:
    """How far embeddings (B, D) and logits (B, C) are from what several teachers say of the same clips.

    The student learns the mean of their class probabilities (Hinton et al. 2015, arXiv 1503.02531) and of the
    similarities of all pairs of clips (relational distillation: Park et al. 2019, arXiv 1904.05068), which do not
    depend on how each teacher has turned its embedding.
    """
    said = torch.stack([torch.softmax(theirs / temperature, dim=1) for _, theirs in teachers]).mean(dim=0)
    classes = functional.kl_div(torch.log_softmax(logits / temperature, dim=1), said, reduction="batchmean")
    alike = torch.stack([theirs @ theirs.T for theirs, _ in teachers]).mean(dim=0)
    pairs = (embedding @ embedding.T - alike).square().mean()
    return temperature**2 * classes + _PAIRS * pairs

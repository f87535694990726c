"""What training pulls on: views of one sound together, sounds of one class together, pictures back from z."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from tui_browser.records import CLASSES

OTHER = CLASSES.index("other")


def class_contrast(embedding: Tensor, labels: Tensor, *, temperature: float) -> Tensor:
    """Supervised contrast over two views of B clips, `embedding` (2B, D), `labels` (B,).

    Clips of one class attract each other; `other` is no class of sounds, there only a clip's own views do.
    """
    count = len(labels)
    both = torch.cat([labels, labels])
    clip = torch.arange(count).repeat(2)
    alike = (both[:, None] == both[None]) & (both != OTHER)[:, None]
    alike = (alike | (clip[:, None] == clip[None])).float()
    itself = torch.eye(2 * count, dtype=torch.bool)
    alike = alike.masked_fill(itself, 0.0)
    similarity = (embedding @ embedding.T / temperature).masked_fill(itself, -1e4)
    log_p = similarity - torch.logsumexp(similarity, dim=1, keepdim=True)
    return -((log_p * alike).sum(dim=1) / alike.sum(dim=1)).mean()


def view_contrast(embedding: Tensor, *, temperature: float) -> Tensor:
    """Each of two views (2B, D) finds the other one of its clip among the batch."""
    count = len(embedding) // 2
    similarity = embedding @ embedding.T / temperature
    similarity = similarity.masked_fill(torch.eye(2 * count, dtype=torch.bool), -1e4)
    partner = torch.arange(2 * count).roll(count)
    return functional.cross_entropy(similarity, partner)


def vae_loss(
    picture: Tensor, again: Tensor, mean: Tensor, log_variance: Tensor, *, spread: float, beta: float
) -> Tensor:
    """The negative evidence bound per cell: pictures (B, M, T) under Gaussian noise of `spread`, z against N(0, 1)."""
    error = 0.5 * (picture - again).square().sum(dim=(1, 2)) / spread**2
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(dim=1)
    return (error + beta * divergence).mean() / picture[0].numel()


def neighbour_map_loss(embedding: Tensor, xy: Tensor, *, perplexity: float) -> Tensor:
    """t-SNE's divergence within a batch: who is near in the embedding (N, D) is near on the map (N, 2).

    Distances on the map are measured in units of a tenth of its side.
    """
    count = len(embedding)
    itself = torch.eye(count, dtype=torch.bool)
    with torch.no_grad():
        square = (2.0 - 2.0 * embedding @ embedding.T).clamp(min=0.0)
        square = square.masked_fill(itself, float("inf"))
        p = _affinities(square, perplexity)
        p = ((p + p.T) / (2 * count)).clamp(min=1e-12)
    place = xy * 10.0
    flat = torch.cdist(place, place, compute_mode="donot_use_mm_for_euclid_dist").square()
    weight = (1.0 / (1.0 + flat)).masked_fill(itself, 0.0)
    q = (weight / weight.sum()).clamp(min=1e-12)
    return (p * (p.log() - q.log())).sum()


def _affinities(square: Tensor, perplexity: float) -> Tensor:
    """(N, N) rows of Gaussian neighbourhoods, each with this perplexity."""
    target = torch.log(torch.tensor(perplexity))
    low, high = torch.full((len(square), 1), 1e-2), torch.full((len(square), 1), 1e5)
    p = torch.empty_like(square)
    for _ in range(30):
        sharp = (low * high).sqrt()
        p = torch.softmax(-square * sharp, dim=1)
        entropy = -(p * (p + 1e-12).log()).sum(dim=1, keepdim=True)
        broad = entropy > target
        low, high = torch.where(broad, sharp, low), torch.where(broad, high, sharp)
    return p

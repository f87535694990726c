"""Training of the map head by parametric t-SNE (van der Maaten 2009), after the rest of the encoder.

A kNN graph is built over the embeddings of many training sounds. Each step takes a batch of whole neighbourhoods and
minimises the t-SNE loss within it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tui_browser.model.encoder_network import EncoderNetwork

_NEIGHBOURS = 30
_START_SCALE = 12.0
_EDGE = 1.1
"""Before the squashing; nearly all sounds lie nearer to the middle."""


def train_map_head(
    network: EncoderNetwork,
    embedding: Tensor,
    *,
    steps: int,
    seed: int,
    anchors: int = 72,
    perplexity: float = 20.0,
    class_weight: float = 1.0,
    groups: Tensor | None = None,
    group_weight: float = 0.5,
    places: Tensor | None = None,
    keep: float = 0.5,
    rate: float = 3e-3,
    log: Callable[[str], None] = print,
) -> None:
    """Train only `network.to_map`, in place, on embeddings (N, D).

    Neighbours are found by embedding, by class probabilities with `class_weight`, and by the probabilities of groups of
    classes (C, G) with `group_weight`. The map is turned, mirrored and scaled onto `places` (N, 2), from 0 to 1 and NaN
    where free, and pulled towards them by `keep`, so that what people know stays where they know it; the head then goes
    on from its weights.
    """
    assert network.to_map is not None
    rng = torch.Generator().manual_seed(seed)
    vectors = embedding
    if network.to_classes is not None and class_weight:
        with torch.no_grad():
            probabilities = torch.softmax(network.to_classes(embedding), dim=1)
        vectors = torch.cat([embedding, class_weight * probabilities], dim=1)
        if groups is not None:
            vectors = torch.cat([vectors, group_weight * probabilities @ groups], dim=1)
    neighbours, weights = _knn_graph(vectors, perplexity)
    head = network.to_map.train()
    wanted = None if places is None else _unsquashed(places)
    if wanted is not None:
        _scale_output(head, _START_SCALE)  # the distances at which t-SNE's kernel works
    ema = copy.deepcopy(head)
    optimizer = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=1e-3)
    scratch = torch.full((len(embedding),), -1)
    total = 0.0
    for step in range(steps):
        chosen = torch.randint(len(embedding), (anchors,), generator=rng)
        batch = torch.unique(torch.cat([chosen, neighbours[chosen, :10].flatten()]))
        p = _batch_affinities(batch, neighbours, weights, scratch)
        # Noise keeps the map smooth between the training sounds.
        noisy = embedding[batch] + 0.02 * torch.randn(len(batch), embedding.shape[1], generator=rng)
        xy = head(noisy)
        loss = _tsne_loss(p, xy)
        if wanted is not None:
            known = wanted[batch].isfinite().all(dim=1)
            turned = _Similarity.between(xy.detach()[known], wanted[batch][known])
            loss = loss + keep * (turned(xy[known]) - wanted[batch][known]).square().sum(dim=1).mean()
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * step / steps)) + 1e-6
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        optimizer.step()
        with torch.no_grad():
            for mean, value in zip(ema.parameters(), head.parameters(), strict=True):
                mean.lerp_(value, 1 - min(0.99, (1 + step) / (10 + step)))
        total += float(loss.detach())
        if (step + 1) % 200 == 0:
            log(f"map step {step + 1} of {steps}: {total / 200:.3f}")
            total = 0.0
    head.load_state_dict(ema.state_dict())
    head.eval()
    if wanted is None:
        _normalise_output(head, embedding)
    else:
        _align_output(head, embedding, wanted)


def _knn_graph(vectors: Tensor, perplexity: float) -> tuple[Tensor, Tensor]:
    """(N, K) nearest neighbours of each sound, nearest first, and their t-SNE affinities; rows of these sum to 1."""
    count = min(_NEIGHBOURS, len(vectors) - 1)
    rows, distances = [], []
    size = vectors.square().sum(dim=1)
    for start in range(0, len(vectors), 1024):
        block = vectors[start : start + 1024]
        square = size[start : start + 1024, None] + size[None] - 2.0 * block @ vectors.T
        square[torch.arange(len(block)), torch.arange(start, start + len(block))] = float("inf")
        nearest = square.topk(count, dim=1, largest=False)
        rows.append(nearest.indices)
        distances.append(nearest.values.clamp(min=0.0))
    square = torch.cat(distances)
    square = square - square[:, :1]
    target_entropy = math.log(min(perplexity, 0.6 * count))
    low, high = torch.full((len(square), 1), 1e-2), torch.full((len(square), 1), 1e6)
    p = torch.softmax(-square, dim=1)
    for _ in range(40):
        precision = (low * high).sqrt()
        p = torch.softmax(-square * precision, dim=1)
        too_broad = -(p * (p + 1e-12).log()).sum(dim=1, keepdim=True) > target_entropy
        low, high = torch.where(too_broad, precision, low), torch.where(too_broad, high, precision)
    return torch.cat(rows), p


def _batch_affinities(batch: Tensor, neighbours: Tensor, weights: Tensor, scratch: Tensor) -> Tensor:
    """(B, B) symmetric affinities within a batch, summing to 1; `scratch` (N,) must be -1 and is left so."""
    count = len(batch)
    scratch[batch] = torch.arange(count)
    column = scratch[neighbours[batch]]
    scratch[batch] = -1
    inside = column >= 0
    p = torch.zeros(count, count)
    row = torch.arange(count).unsqueeze(1).expand_as(column)
    p[row[inside], column[inside]] = weights[batch][inside]
    p = p + p.T
    return p / p.sum()


def _tsne_loss(p: Tensor, xy: Tensor) -> Tensor:
    """KL divergence between affinities (B, B) and those of positions (B, 2)."""
    square = xy.square().sum(dim=1)
    distance = (square[:, None] + square[None] - 2.0 * xy @ xy.T).clamp(min=0.0)
    weight = 1.0 / (1.0 + distance)
    weight = weight * (1.0 - torch.eye(len(xy)))
    log_q = torch.log1p(distance).neg() - weight.sum().log()
    return (torch.xlogy(p, p) - p * log_q).sum()


@torch.no_grad()
def _normalise_output(head: nn.Sequential, embedding: Tensor) -> None:
    """Fold shift and scale into the last layer, so that nearly all sounds lie in the linear range of the squashing."""
    xy = head(embedding)
    low, high = torch.quantile(xy, 0.005, dim=0), torch.quantile(xy, 0.995, dim=0)
    last = _last(head)
    scale = 1.7 / (high - low).clamp(min=1e-6)
    last.weight.mul_(scale.unsqueeze(1))
    last.bias.sub_((low + high) / 2).mul_(scale)


def _last(head: nn.Sequential) -> nn.Linear:
    last = head[-1]
    assert isinstance(last, nn.Linear)
    return last


@torch.no_grad()
def _scale_output(head: nn.Sequential, factor: float) -> None:
    last = _last(head)
    last.weight.mul_(factor)
    last.bias.mul_(factor)


def _unsquashed(places: Tensor) -> Tensor:
    """What the head gives for places from 0 to 1, the inverse of `EncoderNetwork.place`."""
    squashed = (2.0 * places - 1.0).clamp(-0.99, 0.99)
    return squashed * (1.0 - squashed.square().square()).pow(-0.25)


@dataclass(frozen=True, slots=True)
class _Similarity:
    """A turn or mirroring with scale and shift."""

    matrix: Tensor
    """(2, 2)"""
    shift: Tensor
    """(2,)"""

    def __call__(self, xy: Tensor) -> Tensor:
        return xy @ self.matrix + self.shift

    @classmethod
    @torch.no_grad()
    def between(cls, xy: Tensor, wanted: Tensor) -> _Similarity:
        """The one that brings (N, 2) nearest to `wanted` in the least squares sense (Procrustes; Schoenemann 1966)."""
        middle, target = xy.mean(dim=0), wanted.mean(dim=0)
        a, b = xy - middle, wanted - target
        u, sizes, v = torch.linalg.svd(a.T @ b)
        matrix = (u @ v) * (sizes.sum() / a.square().sum().clamp(min=1e-9))
        return cls(matrix, target - middle @ matrix)


@torch.no_grad()
def _align_output(head: nn.Sequential, embedding: Tensor, wanted: Tensor) -> None:
    """Fold the similarity onto `wanted` into the last layer, made smaller where sounds would lie at the very edge."""
    xy = head(embedding)
    known = wanted.isfinite().all(dim=1)
    turned = _Similarity.between(xy[known], wanted[known])
    last = _last(head)
    last.weight.copy_(turned.matrix.T @ last.weight)
    last.bias.copy_(last.bias @ turned.matrix + turned.shift)
    reach = torch.quantile(head(embedding).abs().amax(dim=1), 0.99)
    _scale_output(head, min(1.0, _EDGE / float(reach)))

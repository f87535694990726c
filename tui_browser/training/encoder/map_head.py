"""The map head: learns, once the rest is done, to lay sounds out so that who is near stays near.

t-SNE by a network: a graph of nearest neighbours among the embeddings of many training sounds, and steps on batches
of whole neighbourhoods that pull neighbours together and everything else apart.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from tui_browser.model.encoder_network import EncoderNetwork

NEIGHBOURS = 30


def train_map_head(
    network: EncoderNetwork,
    embedding: Tensor,
    *,
    steps: int,
    seed: int,
    anchors: int = 72,
    perplexity: float = 20.0,
    class_weight: float = 1.0,
    rate: float = 3e-3,
    tell: Callable[[str], None] = print,
) -> None:
    """Train `network.to_map` in place on (N, D) embeddings; nothing else of the network changes.

    Who is near is judged by the embedding and, with `class_weight`, by what the class head says of the sounds.
    """
    assert network.to_map is not None
    rng = torch.Generator().manual_seed(seed)
    heard = embedding
    if network.to_classes is not None and class_weight:
        with torch.no_grad():
            said = torch.softmax(network.to_classes(embedding), dim=1)
        heard = torch.cat([embedding, class_weight * said], dim=1)
    near, weight = _graph(heard, perplexity)
    head = network.to_map.train()
    average = copy.deepcopy(head)
    optimizer = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=1e-3)
    place_of = torch.full((len(embedding),), -1)
    total = 0.0
    for step in range(steps):
        some = torch.randint(len(embedding), (anchors,), generator=rng)
        batch = torch.unique(torch.cat([some, near[some, :10].flatten()]))
        p = _within(batch, near, weight, place_of)
        # A little noise keeps the map smooth between the sounds that it has seen.
        noisy = embedding[batch] + 0.02 * torch.randn(len(batch), embedding.shape[1], generator=rng)
        loss = _divergence(p, head(noisy))
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * step / steps)) + 1e-6
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        optimizer.step()
        with torch.no_grad():
            for mine, live in zip(average.parameters(), head.parameters(), strict=True):
                mine.lerp_(live, 1 - min(0.99, (1 + step) / (10 + step)))
        total += float(loss.detach())
        if (step + 1) % 200 == 0:
            tell(f"map step {step + 1} of {steps}: {total / 200:.3f}")
            total = 0.0
    head.load_state_dict(average.state_dict())
    _centre(head.eval(), embedding)


def _graph(heard: Tensor, perplexity: float) -> tuple[Tensor, Tensor]:
    """(N, K) nearest others of each sound, nearest first, and the weights of those ties, a row's sum being 1."""
    count = min(NEIGHBOURS, len(heard) - 1)
    rows, distances = [], []
    size = heard.square().sum(dim=1)
    for start in range(0, len(heard), 1024):
        block = heard[start : start + 1024]
        square = size[start : start + 1024, None] + size[None] - 2.0 * block @ heard.T
        square[torch.arange(len(block)), torch.arange(start, start + len(block))] = float("inf")
        found = square.topk(count, dim=1, largest=False)
        rows.append(found.indices)
        distances.append(found.values.clamp(min=0.0))
    square = torch.cat(distances)
    square = square - square[:, :1]
    target = math.log(min(perplexity, 0.6 * count))
    low, high = torch.full((len(square), 1), 1e-2), torch.full((len(square), 1), 1e6)
    p = torch.softmax(-square, dim=1)
    for _ in range(40):
        sharp = (low * high).sqrt()
        p = torch.softmax(-square * sharp, dim=1)
        broad = -(p * (p + 1e-12).log()).sum(dim=1, keepdim=True) > target
        low, high = torch.where(broad, sharp, low), torch.where(broad, high, sharp)
    return torch.cat(rows), p


def _within(batch: Tensor, near: Tensor, weight: Tensor, place_of: Tensor) -> Tensor:
    """(B, B) symmetric weights of the ties inside a batch, their sum being 1. `place_of` is scratch, all -1."""
    count = len(batch)
    place_of[batch] = torch.arange(count)
    column = place_of[near[batch]]
    place_of[batch] = -1
    inside = column >= 0
    p = torch.zeros(count, count)
    row = torch.arange(count).unsqueeze(1).expand_as(column)
    p[row[inside], column[inside]] = weight[batch][inside]
    p = p + p.T
    return p / p.sum()


def _divergence(p: Tensor, place: Tensor) -> Tensor:
    """t-SNE's divergence of places (B, 2) from ties (B, B)."""
    square = place.square().sum(dim=1)
    flat = (square[:, None] + square[None] - 2.0 * place @ place.T).clamp(min=0.0)
    weight = 1.0 / (1.0 + flat)
    weight = weight * (1.0 - torch.eye(len(place)))
    log_q = torch.log1p(flat).neg() - weight.sum().log()
    return (torch.xlogy(p, p) - p * log_q).sum()


@torch.no_grad()
def _centre(head: nn.Sequential, embedding: Tensor) -> None:
    """Fold shift and scale into the last layer, so that nearly all sounds lie where the map is not bent."""
    place = head(embedding)
    low, high = torch.quantile(place, 0.005, dim=0), torch.quantile(place, 0.995, dim=0)
    last = head[-1]
    assert isinstance(last, nn.Linear)
    scale = 1.7 / (high - low).clamp(min=1e-6)
    last.weight.mul_(scale.unsqueeze(1))
    last.bias.sub_((low + high) / 2).mul_(scale)

"""Variations that are cheaper on the picture than on the waveform, for a whole batch at once."""

from __future__ import annotations

import torch
from torch import Tensor

from tui_browser.records import CLASSES

_LONG = tuple(CLASSES.index(name) for name in ("hat_open", "cymbal"))


def augment_mels(
    x: Tensor, labels: Tensor, *, seconds: Tensor, floor_db: float, clean: float, rng: torch.Generator
) -> Tensor:
    """(B, M, T) pictures with random equalisers, band limits, decay, noise floors and holes; levels set anew.

    `seconds` is (T,), the time of each frame; a share of `clean` pictures is left as it is.
    """
    before = x
    x = x.clone()
    count, bands, _ = x.shape
    per_db = 1.0 / -floor_db
    sounding = x > 0.0

    def some(chance: float) -> Tensor:
        return (torch.rand(count, 1, 1, generator=rng) < chance).float()

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, generator=rng)

    band = torch.linspace(0, 1, bands).view(1, bands, 1)
    change = torch.zeros(count, bands, 1)
    for wave, spread in ((1, 6.0), (2, 4.0), (3, 3.0), (5, 2.0), (9, 1.5)):
        size = torch.randn(count, 1, 1, generator=rng) * spread * per_db * some(0.7)
        change = change + size * torch.cos(torch.pi * wave * band + between(-0.5, 0.5) * torch.pi)
    top = between(0.68, 1.0)
    change = change - (band - top).clamp(min=0) * between(2, 12) * some(0.3)
    bottom = between(0.0, 0.12)
    change = change - (bottom - band).clamp(min=0) * between(2, 8) * some(0.2)
    gentle = torch.isin(labels, torch.tensor(_LONG)).view(-1, 1, 1)
    rate = torch.where(gentle, between(-3, 6), between(-8, 40)) * per_db * some(0.4)
    x += (change - rate * seconds.view(1, 1, -1)) * sounding
    x += torch.randn(x.shape, generator=rng) * (between(0, 2.0) * per_db * some(0.5)) * sounding
    x -= x.amax(dim=(1, 2), keepdim=True) - 1.0
    noise = between(0.0, 0.5) + between(-0.15, 0.15) * band - (1 - some(0.2)) * 9.0
    torch.maximum(x, noise + 0.03 * torch.randn(x.shape, generator=rng), out=x)
    x.clamp_(0.0, 1.0)
    return torch.where(some(clean) > 0, before, _holes(x, rng))


def _holes(x: Tensor, rng: torch.Generator) -> Tensor:
    """Some bands and some late frames wiped out."""
    count, bands, frames = x.shape
    for size, most, axis, start in ((bands, 10, 1, 0), (frames, 8, 2, 6)):
        width = torch.randint(1, most + 1, (count, 1, 1), generator=rng)
        at = torch.randint(start, size, (count, 1, 1), generator=rng)
        place = torch.arange(size).view((1, -1, 1) if axis == 1 else (1, 1, -1))
        hole = (place >= at) & (place < at + width) & (torch.rand(count, 1, 1, generator=rng) < 0.3)
        x.masked_fill_(hole, 0.0)
    return x

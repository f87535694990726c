"""Augmentation of log-mels, for a whole batch at once; cheaper than augmentation of waveforms."""

from __future__ import annotations

import torch
from torch import Tensor

from tui_browser.records import CLASSES

_LONG = tuple(CLASSES.index(name) for name in ("hat_open", "cymbal"))


def augment_mels(
    x: Tensor, labels: Tensor, *, seconds: Tensor, floor_db: float, clean: float, rng: torch.Generator
) -> Tensor:
    """(B, M, T) log-mels with random equalisers, band limits, decay, noise floors and SpecAugment masks.

    `seconds` (T,) are the times of the frames. A share of `clean` log-mels stays unchanged. Peaks are set to 1 again.
    """
    before = x
    x = x.clone()
    count, bands, _ = x.shape
    per_db = 1.0 / -floor_db
    sounding = x > 0.0

    def mask(share: float) -> Tensor:
        return (torch.rand(count, 1, 1, generator=rng) < share).float()

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, generator=rng)

    band = torch.linspace(0, 1, bands).view(1, bands, 1)
    change = torch.zeros(count, bands, 1)
    for wave, deviation_db in ((1, 6.0), (2, 4.0), (3, 3.0), (5, 2.0), (9, 1.5)):
        size = torch.randn(count, 1, 1, generator=rng) * deviation_db * per_db * mask(0.7)
        change = change + size * torch.cos(torch.pi * wave * band + uniform(-0.5, 0.5) * torch.pi)
    top = uniform(0.68, 1.0)
    change = change - (band - top).clamp(min=0) * uniform(2, 12) * mask(0.3)
    bottom = uniform(0.0, 0.12)
    change = change - (bottom - band).clamp(min=0) * uniform(2, 8) * mask(0.2)
    gentle = torch.isin(labels, torch.tensor(_LONG)).view(-1, 1, 1)
    rate = torch.where(gentle, uniform(-3, 6), uniform(-8, 40)) * per_db * mask(0.4)
    x += (change - rate * seconds.view(1, 1, -1)) * sounding
    x += torch.randn(x.shape, generator=rng) * (uniform(0, 2.0) * per_db * mask(0.5)) * sounding
    x -= x.amax(dim=(1, 2), keepdim=True) - 1.0
    noise = uniform(0.0, 0.5) + uniform(-0.15, 0.15) * band - (1 - mask(0.2)) * 9.0
    torch.maximum(x, noise + 0.03 * torch.randn(x.shape, generator=rng), out=x)
    x.clamp_(0.0, 1.0)
    return torch.where(mask(clean) > 0, before, _mask_bands_and_frames(x, rng))


def _mask_bands_and_frames(x: Tensor, rng: torch.Generator) -> Tensor:
    """Set a range of bands and a range of frames to the floor, each in 30 % of the log-mels (SpecAugment), in place."""
    count, bands, frames = x.shape
    for size, max_width, axis, first in ((bands, 10, 1, 0), (frames, 8, 2, 6)):
        width = torch.randint(1, max_width + 1, (count, 1, 1), generator=rng)
        start = torch.randint(first, size, (count, 1, 1), generator=rng)
        index = torch.arange(size).view((1, -1, 1) if axis == 1 else (1, 1, -1))
        masked = (index >= start) & (index < start + width) & (torch.rand(count, 1, 1, generator=rng) < 0.3)
        x.masked_fill_(masked, 0.0)
    return x

"""The network that draws a sound's charts from z: a straight line, and what convolutions add to it.

    z (B, Z), seconds (B,) -> line ------------------------------------> + -> level, tone and place (B, 3, M, T)
                           -> hidden -> (B, C, M / 16, T / 16) -> ... ->

What `sound_render` makes of the charts is the sound.
"""

from __future__ import annotations

import torch  # 1.6 s: only training and what renders sounds import this module
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.model.decoder_shape import N_CHARTS, DecoderShape

PEAK, RELIEF = 0.3, 0.025
"""Of the whole range of level (80 dB)."""


class DecoderNetwork(nn.Module):
    """Draws level (1 the loudest there may be, 0 the floor), tone (0 to 1) and place (-1 to 1) of every band."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.shape = shape
        step = 2 ** len(shape.channels)
        self.start = (shape.channels[0], shape.bands // step, shape.frames // step)
        size = self.start[0] * self.start[1] * self.start[2]
        self.dense = nn.Sequential(nn.Linear(shape.z_dim + 2, shape.hidden), nn.GELU(), nn.Linear(shape.hidden, size))
        after = (*shape.channels[1:], N_CHARTS)
        self.stages = nn.ModuleList(
            nn.ConvTranspose2d(before, behind, 4, 2, 1) for before, behind in zip(shape.channels, after, strict=True)
        )
        self.line = nn.Linear(shape.z_dim + 2, N_CHARTS * shape.bands * shape.frames)

    def forward(self, z: Tensor, seconds: Tensor) -> Tensor:
        """Charts (B, 3, M, T) before they are bounded: see `bound_charts`."""
        told = self.told(z, seconds)
        straight: Tensor = self.line(told).unflatten(1, (N_CHARTS, self.shape.bands, self.shape.frames))
        x: Tensor = self.dense(told).unflatten(1, self.start)
        x = x.contiguous(memory_format=torch.channels_last)
        for stage in self.stages:
            x = stage(functional.gelu(x))
        return x + straight

    @staticmethod
    def told(z: Tensor, seconds: Tensor) -> Tensor:
        """(B, Z + 2): z, octaves of the length against a second, and a tenth of their square."""
        octaves = torch.log2(seconds.clamp(0.01, 4.0))[:, None]
        return torch.cat([z, octaves, octaves.square() * 0.1], dim=1)


def bound_charts(charts: Tensor) -> Tensor:
    """Charts as they are rendered: level and tone within 0 to 1, place within -1 to 1.

    What is drawn is the middle of what might be, and that has lower peaks: all that lies `PEAK` below the loudest is
    taken down by `RELIEF`, what lies between in proportion.
    """
    level, tone, place = charts.unbind(dim=-3)
    level = level.clamp(0.0, 1.2)
    below = level.amax(dim=(-2, -1), keepdim=True) - level
    level = level - (below / PEAK).clamp(max=1.0) * RELIEF
    return torch.stack([level.clamp(min=0.0), torch.sigmoid(tone), torch.tanh(place)], dim=-3)

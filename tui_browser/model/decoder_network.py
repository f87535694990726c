"""The decoder network: z and a length to charts, as the sum of a linear map and transposed convolutions.

    z (B, Z), seconds (B,) -> linear ------------------------------------> + -> level, tone and place (B, 3, M, T)
                           -> hidden -> (B, C, M / 16, T / 16) -> ... ->

`decoder_render` turns the charts into sound.
"""

from __future__ import annotations

import torch  # 1.6 s: imported by training and by processes that render sounds
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.model.decoder_shape import N_CHARTS, DecoderShape

_CONTRAST_RANGE, _CONTRAST = 0.3, 0.025
"""Fractions of the level range (80 dB); see `bound_charts`."""


class DecoderNetwork(nn.Module):
    """Predicts level (1 loudest, 0 floor), tone (0 to 1) and place (-1 to 1) of every band and frame."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.shape = shape
        step = 2 ** len(shape.channels)
        self.start = (shape.channels[0], shape.bands // step, shape.frames // step)
        size = self.start[0] * self.start[1] * self.start[2]
        self.dense = nn.Sequential(nn.Linear(shape.z_dim + 2, shape.hidden), nn.GELU(), nn.Linear(shape.hidden, size))
        outputs = (*shape.channels[1:], N_CHARTS)
        self.stages = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 4, 2, 1) for before, after in zip(shape.channels, outputs, strict=True)
        )
        self.line = nn.Linear(shape.z_dim + 2, N_CHARTS * shape.bands * shape.frames)

    def forward(self, z: Tensor, seconds: Tensor) -> Tensor:
        """Unbounded charts (B, 3, M, T); `bound_charts` brings them into range."""
        inputs = self.inputs(z, seconds)
        linear: Tensor = self.line(inputs).unflatten(1, (N_CHARTS, self.shape.bands, self.shape.frames))
        x: Tensor = self.dense(inputs).unflatten(1, self.start)
        x = x.contiguous(memory_format=torch.channels_last)
        for stage in self.stages:
            x = stage(functional.gelu(x))
        return x + linear

    @staticmethod
    def inputs(z: Tensor, seconds: Tensor) -> Tensor:
        """(B, Z + 2): z, the length in octaves relative to one second, and a tenth of its square."""
        octaves = torch.log2(seconds.clamp(0.01, 4.0))[:, None]
        return torch.cat([z, octaves, octaves.square() * 0.1], dim=1)


def bound_charts(charts: Tensor) -> Tensor:
    """Charts in the range that is rendered: level and tone 0 to 1, place -1 to 1.

    The network predicts a mean, whose peaks are too flat. Level is therefore lowered by `_CONTRAST` wherever it lies
    `_CONTRAST_RANGE` or more below the loudest cell, and proportionally less above that.
    """
    level, tone, place = charts.unbind(dim=-3)
    level = level.clamp(0.0, 1.2)
    below = level.amax(dim=(-2, -1), keepdim=True) - level
    level = level - (below / _CONTRAST_RANGE).clamp(max=1.0) * _CONTRAST
    return torch.stack([level.clamp(min=0.0), torch.sigmoid(tone), torch.tanh(place)], dim=-3)

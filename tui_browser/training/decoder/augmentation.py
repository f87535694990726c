"""Variations of sounds that are as cheap on picture and charts as they are dear on the waveform."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tui_browser.dsp.mel import FrontEnd
from tui_browser.model.decoder_shape import DecoderShape

_WAVES = ((1, 6.0), (2, 5.0), (3, 3.5), (5, 2.5), (8, 1.5))
"""Waves over the range of hearing that equalisers are made of, and decibels of each."""
_CHANCE = 0.85
_OCTAVES = (0.25, 0.6)
"""Spread of pitch, and its most."""
_STRETCH = 0.6
"""Octaves of time, at most."""
_LAYERED = 0.25
"""Share of sounds that get another one below them ..."""
_BELOW_DB = 24.0
"""... by so much at most."""


class DecoderAugmentation:
    """The same pitch, speed, equaliser, band limits and decay for the picture of a sound and for its charts."""

    def __init__(self, shape: DecoderShape, front_end: FrontEnd) -> None:
        fe = front_end
        corner = torch.tensor(fe.corner_hz)
        low, high = (torch.log1p(torch.tensor(f) / corner) for f in (fe.f_min, fe.f_max))
        heard = torch.expm1(torch.linspace(float(low), float(high), fe.n_mels + 2)[1:-1]) * corner
        drawn = torch.from_numpy(shape.edges_hz[1:-1].copy()).float()
        self._bands = [torch.log2(hertz / 30.0) / 9.4 for hertz in (heard, drawn)]  # 0 at 30 Hz, 1 at 20 kHz
        self._times = [
            torch.from_numpy(fe.positions / fe.sample_rate).float(),
            torch.from_numpy(shape.seconds.copy()).float(),
        ]
        self.decibels = (-fe.floor_db, -shape.floor_db)
        """Ranges of pictures and charts."""
        self._hertz = (heard, drawn)
        self._scales = ((fe.f_min, fe.f_max, fe.corner_hz), (shape.f_min, shape.f_max, shape.corner_hz))

    def __call__(self, pictures: Tensor, charts: Tensor, *, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (B, m, t) and charts (B, 3, M, T), most of them varied, and how much longer (B,) they are.

        The loudest cell of each is as loud as it was.
        """
        pictures, charts, longer = self._turned(pictures, charts, rng)
        count = len(pictures)

        def between(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(count, 1, 1, generator=rng)

        def some(chance: float) -> Tensor:
            return (torch.rand(count, 1, 1, generator=rng) < chance).float()

        varied = some(_CHANCE)
        waves = [
            (wave, torch.randn(count, 1, 1, generator=rng) * size * some(0.7) * varied, between(-0.5, 0.5) * torch.pi)
            for wave, size in _WAVES
        ]
        top, steep = between(0.72, 1.0), between(100, 900) * some(0.25) * varied
        bottom, rise = between(0.0, 0.3), between(40, 300) * some(0.15) * varied
        rate = between(-6, 35) * some(0.4) * varied
        out = []
        levels = (pictures, charts[:, 0])
        for level, band, time, decibels in zip(levels, self._bands, self._times, self.decibels, strict=True):
            x = band.view(1, -1, 1)
            change = torch.zeros(count, len(band), 1)
            for wave, size, phase in waves:
                change = change + size * torch.cos(torch.pi * wave * x + phase)
            change = change - (x - top).clamp(min=0) * steep - (bottom - x).clamp(min=0) * rise
            moved = level + (change - rate * time.view(1, 1, -1)) / decibels * (level > 0)
            moved = moved - (moved.amax(dim=(1, 2), keepdim=True) - level.amax(dim=(1, 2), keepdim=True))
            out.append(moved.clamp(0.0, 1.0))
        return out[0], torch.cat([out[1][:, None], charts[:, 1:]], dim=1), longer

    def _turned(self, pictures: Tensor, charts: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Another pitch for six in ten, another speed for half of them."""
        count = len(pictures)
        some = torch.rand(2, count, generator=rng) < torch.tensor([[0.6], [0.5]])
        octaves = (torch.randn(count, generator=rng) * _OCTAVES[0]).clamp(-_OCTAVES[1], _OCTAVES[1]) * some[0]
        longer = 2.0 ** ((torch.rand(count, generator=rng) * 2 - 1) * _STRETCH * some[1])
        out = []
        for maps, hertz, (low, high, corner), times in zip(
            (pictures[:, None], charts), self._hertz, self._scales, self._times, strict=True
        ):
            ends = torch.log1p(torch.tensor([low, high]) / corner)
            from_hertz = hertz / 2.0 ** octaves[:, None]
            bands = (torch.log1p(from_hertz / corner) - ends[0]) / (ends[1] - ends[0]) * (len(hertz) + 1) - 1
            from_times = times / longer[:, None]
            after = torch.searchsorted(times, from_times).clamp(1, len(times) - 1)
            frames = after - (times[after] - from_times) / (times[after] - times[after - 1])
            moved = _between(bands, len(hertz))[:, None] @ maps @ _between(frames, len(times))[:, None].mT
            over = (from_times > times[-1] + 1e-4)[:, None, None]  # nothing is known of what comes there
            out.append(torch.cat([moved[:, :1].masked_fill(over, 0.0), moved[:, 1:]], dim=1))
        return out[0][:, 0], out[1], longer


def mix_pairs(
    pictures: Tensor, charts: Tensor, seconds: Tensor, *, decibels: tuple[float, float], rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures (B, m, t), charts (B, 3, M, T) and lengths (..., B), some of them with another of the batch below them.

    As machines layer sounds: both start at once, powers add, a band is as tonal as the louder of the two, and the
    longer length counts. `decibels` are the ranges of pictures and charts.
    """
    count = len(pictures)
    other = torch.randperm(count, generator=rng)
    some = torch.rand(count, generator=rng) < _LAYERED
    below = torch.rand(count, 1, 1, generator=rng) * _BELOW_DB

    def both(level: Tensor, range_db: float) -> tuple[Tensor, Tensor]:
        mine = ((level - 1) * range_db).masked_fill(level <= 0, -300.0)
        theirs = mine[other] - below
        sums = 10 / math.log(10) * torch.logaddexp(mine * (math.log(10) / 10), theirs * (math.log(10) / 10))
        top = level.amax(dim=(1, 2), keepdim=True)
        sums = sums - sums.amax(dim=(1, 2), keepdim=True)
        return torch.where(some[:, None, None], (top + sums / range_db).clamp(min=0.0), level), theirs > mine

    heard, _ = both(pictures, decibels[0])
    drawn, louder = both(charts[:, 0], decibels[1])
    rest = torch.where((louder & some[:, None, None])[:, None], charts[other, 1:], charts[:, 1:])
    longest = torch.where(some, torch.maximum(seconds, seconds[..., other]), seconds)
    return heard, torch.cat([drawn[:, None], rest], dim=1), longest


def _between(places: Tensor, size: int) -> Tensor:
    """(B, n, size) weights that read a list of `size` numbers at places (B, n) between its entries."""
    away = places.clamp(0, size - 1)[..., None] - torch.arange(size)
    return (1.0 - away.abs()).clamp(min=0.0)

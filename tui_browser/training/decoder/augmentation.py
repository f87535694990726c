"""Augmentation of log-mels and charts, much cheaper than augmentation of waveforms."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.model.decoder_shape import DecoderShape

_WAVES = ((1, 6.0), (2, 5.0), (3, 3.5), (5, 2.5), (8, 1.5))
"""Random equaliser curves are sums of cosines: half periods from 30 Hz to 20 kHz, and standard deviation in dB."""
_EQ_SHARE = 0.85
"""Share of sounds with an equaliser and band limits."""
_PITCH_OCTAVES, _MAX_PITCH_OCTAVES = 0.25, 0.6
"""Standard deviation and limit of the pitch shift."""
_MAX_STRETCH_OCTAVES = 0.6
_MIXED_SHARE = 0.25
"""Share of sounds that are mixed with another sound."""
_MAX_BELOW_DB = 24.0
"""How much softer the other sound may be."""


class DecoderAugmentation:
    """Random pitch, speed, equaliser, band limits and decay, applied alike to the log-mel and the charts of a sound."""

    def __init__(self, shape: DecoderShape, front_end: MelFrontEnd) -> None:
        fe = front_end
        corner = torch.tensor(fe.corner_hz)
        low, high = (torch.log1p(torch.tensor(f) / corner) for f in (fe.f_min, fe.f_max))
        mel_hz = torch.expm1(torch.linspace(float(low), float(high), fe.n_mels + 2)[1:-1]) * corner
        chart_hz = torch.from_numpy(shape.edges_hz[1:-1].copy()).float()
        self._bands = [torch.log2(hertz / 30.0) / 9.4 for hertz in (mel_hz, chart_hz)]  # 0 at 30 Hz, 1 at 20 kHz
        self._times = [
            torch.from_numpy(fe.positions / fe.sample_rate).float(),
            torch.from_numpy(shape.seconds.copy()).float(),
        ]
        self.ranges_db = (-fe.floor_db, -shape.floor_db)
        """Level range of log-mels and charts."""
        self._hertz = (mel_hz, chart_hz)
        self._scales = ((fe.f_min, fe.f_max, fe.corner_hz), (shape.f_min, shape.f_max, shape.corner_hz))

    def __call__(self, mels: Tensor, charts: Tensor, *, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Augmented log-mels (B, m, t) and charts (B, 3, M, T), and the factors (B,) on the lengths of the sounds.

        The loudest cell of each keeps its level.
        """
        mels, charts, stretch = self._change_pitch_and_speed(mels, charts, rng)
        count = len(mels)

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(count, 1, 1, generator=rng)

        def mask(share: float) -> Tensor:
            return (torch.rand(count, 1, 1, generator=rng) < share).float()

        varied = mask(_EQ_SHARE)
        waves = [
            (wave, torch.randn(count, 1, 1, generator=rng) * size * mask(0.7) * varied, uniform(-0.5, 0.5) * torch.pi)
            for wave, size in _WAVES
        ]
        top, top_slope = uniform(0.72, 1.0), uniform(100, 900) * mask(0.25) * varied
        bottom, bottom_slope = uniform(0.0, 0.3), uniform(40, 300) * mask(0.15) * varied
        decay_db_s = uniform(-6, 35) * mask(0.4) * varied
        augmented = []
        levels = (mels, charts[:, 0])
        for level, band, time, range_db in zip(levels, self._bands, self._times, self.ranges_db, strict=True):
            x = band.view(1, -1, 1)
            gain_db = torch.zeros(count, len(band), 1)
            for wave, size, phase in waves:
                gain_db = gain_db + size * torch.cos(torch.pi * wave * x + phase)
            gain_db = gain_db - (x - top).clamp(min=0) * top_slope - (bottom - x).clamp(min=0) * bottom_slope
            changed = level + (gain_db - decay_db_s * time.view(1, 1, -1)) / range_db * (level > 0)
            changed = changed - (changed.amax(dim=(1, 2), keepdim=True) - level.amax(dim=(1, 2), keepdim=True))
            augmented.append(changed.clamp(0.0, 1.0))
        return augmented[0], torch.cat([augmented[1][:, None], charts[:, 1:]], dim=1), stretch

    def _change_pitch_and_speed(
        self, mels: Tensor, charts: Tensor, rng: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Resample bands and frames: shifts the pitch of 60 % of the sounds, changes the speed of 50 %."""
        count = len(mels)
        changed = torch.rand(2, count, generator=rng) < torch.tensor([[0.6], [0.5]])
        octaves = torch.randn(count, generator=rng) * _PITCH_OCTAVES
        octaves = octaves.clamp(-_MAX_PITCH_OCTAVES, _MAX_PITCH_OCTAVES) * changed[0]
        stretch = 2.0 ** ((torch.rand(count, generator=rng) * 2 - 1) * _MAX_STRETCH_OCTAVES * changed[1])
        resampled = []
        for maps, hertz, (low, high, corner), times in zip(
            (mels[:, None], charts), self._hertz, self._scales, self._times, strict=True
        ):
            ends = torch.log1p(torch.tensor([low, high]) / corner)
            source_hz = hertz / 2.0 ** octaves[:, None]
            bands = (torch.log1p(source_hz / corner) - ends[0]) / (ends[1] - ends[0]) * (len(hertz) + 1) - 1
            source_s = times / stretch[:, None]
            after = torch.searchsorted(times, source_s).clamp(1, len(times) - 1)
            frames = after - (times[after] - source_s) / (times[after] - times[after - 1])
            result = _interpolation(bands, len(hertz))[:, None] @ maps @ _interpolation(frames, len(times))[:, None].mT
            beyond = (source_s > times[-1] + 1e-4)[:, None, None]  # after the end of the source
            resampled.append(torch.cat([result[:, :1].masked_fill(beyond, 0.0), result[:, 1:]], dim=1))
        return resampled[0][:, 0], resampled[1], stretch


def mix_pairs(
    mels: Tensor, charts: Tensor, seconds: Tensor, *, ranges_db: tuple[float, float], rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Log-mels (B, m, t), charts (B, 3, M, T) and lengths (..., B), some of them mixed with another one of the batch.

    Both sounds start together and their powers add. Tone and place are those of the louder sound, the length is the
    longer one. `ranges_db` are the level ranges of log-mels and charts.
    """
    count = len(mels)
    other = torch.randperm(count, generator=rng)
    is_mixed = torch.rand(count, generator=rng) < _MIXED_SHARE
    below_db = torch.rand(count, 1, 1, generator=rng) * _MAX_BELOW_DB

    def mix(level: Tensor, range_db: float) -> tuple[Tensor, Tensor]:
        first = ((level - 1) * range_db).masked_fill(level <= 0, -300.0)
        second = first[other] - below_db
        sums = 10 / math.log(10) * torch.logaddexp(first * (math.log(10) / 10), second * (math.log(10) / 10))
        top = level.amax(dim=(1, 2), keepdim=True)
        sums = sums - sums.amax(dim=(1, 2), keepdim=True)
        return torch.where(is_mixed[:, None, None], (top + sums / range_db).clamp(min=0.0), level), second > first

    mels, _ = mix(mels, ranges_db[0])
    level, louder = mix(charts[:, 0], ranges_db[1])
    tone_place = torch.where((louder & is_mixed[:, None, None])[:, None], charts[other, 1:], charts[:, 1:])
    longest = torch.where(is_mixed, torch.maximum(seconds, seconds[..., other]), seconds)
    return mels, torch.cat([level[:, None], tone_place], dim=1), longest


def _interpolation(positions: Tensor, size: int) -> Tensor:
    """(B, n, size) weights that interpolate a list of `size` numbers linearly at fractional indices (B, n)."""
    distance = positions.clamp(0, size - 1)[..., None] - torch.arange(size)
    return (1.0 - distance.abs()).clamp(min=0.0)

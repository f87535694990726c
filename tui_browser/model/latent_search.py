"""The z whose drawing comes nearest to a recorded sound, sought from where the encoder puts it.

The encoder guesses z at one look; some steps from there mend what it missed (Y. Kim et al., "Semi-amortized variational
autoencoders", 2018). The straight line of the decoder tells the first step, and how much each direction of z moves the
charts, so that four evaluations do what plain descent needs some thirty for.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch  # 1.6 s: only training and what renders sounds import this module
from torch import Tensor

from tui_browser.model.decoder_network import DecoderNetwork
from tui_browser.model.decoder_shape import DecoderShape

EVALUATIONS = 4
"""Of decoder and gradient, some 10 ms each on one busy core."""
_NEAR = 0.05
"""Decibels that a square unit away from the encoder's z costs."""
_TONE, _PLACE = 6.0, 3.0
"""Decibels that a mean square error of 1 weighs."""
_AUDIBLE_DB = 60.0
"""Frames that lie further below the loudest count little ..."""
_INAUDIBLE = 0.15
"""... that is, so much."""


def refine_latent(network: DecoderNetwork, z: Tensor, charts: Tensor, seconds: float) -> Tensor:
    """(Z,) near `z` (Z,), drawn by `network` (whose weights want no gradient) more like `charts` (3, M, T).

    `charts` are those of `sound_charts.charts`; frames behind `seconds` do not count. Where no step helps, as with
    silence, it is `z`. The same arguments give the same bytes.
    """
    truth = _TargetCharts(charts, seconds, network.shape)
    wanted = torch.tensor([seconds], dtype=torch.float32)
    if not bool((charts[0] > 0).any()):
        return z
    with torch.no_grad():
        drawn = network(z[None], wanted)[0]
        best, least = z, float(truth.distance(drawn))
        start, spread = _along_the_line(z, truth.errors(drawn[0]), truth.slopes(drawn[0]), network)
    moved = torch.zeros_like(z, requires_grad=True)
    optimizer = torch.optim.LBFGS([moved], max_iter=EVALUATIONS, max_eval=EVALUATIONS, tolerance_change=0.0)

    def distance() -> Tensor:
        nonlocal best, least
        optimizer.zero_grad()
        here = start + spread @ moved
        total = truth.distance(network(here[None], wanted)[0]) + _NEAR * (here - z).square().sum()
        if float(total.detach()) < least:  # never for what is not finite
            best, least = here.detach(), float(total.detach())
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(distance)  # type: ignore[no-untyped-call]
    return best


class _TargetCharts:
    """The charts to come near to, with what each band and frame weighs."""

    def __init__(self, charts: Tensor, seconds: float, shape: DecoderShape) -> None:
        self._level, self._tone, self._place = charts
        self._range = -shape.floor_db
        times, spacing, self._bands = _weights(shape)
        top = self._level.amax(dim=0)
        audible = (top > top.max() - _AUDIBLE_DB / self._range).float()
        frames = spacing * (times <= seconds + 0.01) * (_INAUDIBLE + (1 - _INAUDIBLE) * audible)
        self._frames = frames / frames.sum()
        loud = self._level.square() * self._frames * self._bands
        self._loud = loud / loud.sum().clamp(min=1e-9)

    def distance(self, drawn: Tensor) -> Tensor:
        """Decibels between `drawn` (3, M, T), not bounded, and the truth."""
        level, tone, place = drawn
        per_frame = ((self.errors(level).square() * self._bands).mean(dim=0) + 1.0).sqrt()
        missed = ((torch.sigmoid(tone) - self._tone).square() * self._loud).sum()
        away = ((torch.tanh(place) - self._place).square() * self._loud * self._tone.square()).sum()
        total: Tensor = (per_frame * self._frames).sum() + _TONE * missed + _PLACE * away
        return total

    def errors(self, level: Tensor) -> Tensor:
        """(M, T) decibels that a drawn level lies above the truth."""
        errors: Tensor = (torch.where(level < 0, 0.1 * level, level) - self._level) * self._range
        return errors

    def slopes(self, level: Tensor) -> Tensor:
        """(M, T) what a decibel of each counts in a sum of squares that is about `distance` near `level`."""
        per_frame = ((self.errors(level).square() * self._bands).mean(dim=0) + 1.0).sqrt()
        slopes: Tensor = (self._bands / len(level) * self._frames / per_frame).sqrt()
        return slopes


def _along_the_line(z: Tensor, errors: Tensor, slopes: Tensor, network: DecoderNetwork) -> tuple[Tensor, Tensor]:
    """Where z (Z,) would be best if there were nothing but the straight line, and steps (Z, Z) that weigh the same."""
    shape = network.shape
    line = network.line.weight[: shape.bands * shape.frames, : shape.z_dim] * -shape.floor_db
    moves = line * slopes.flatten()[:, None]
    square = moves.T @ moves + _NEAR * torch.eye(shape.z_dim)
    steps: Tensor = torch.linalg.inv(torch.linalg.cholesky(square)).T
    best: Tensor = z - steps @ (steps.T @ (moves.T @ (slopes * errors).flatten()))
    return best, steps


@cache
def _weights(shape: DecoderShape) -> tuple[Tensor, Tensor, Tensor]:
    """Seconds and weight of each frame (T,), and the weight of each band (M, 1): as much as an ear has room for it."""
    spacing = np.gradient(shape.seconds) + 0.002
    mel = np.gradient(2595 * np.log10(1 + shape.edges_hz[1:-1] / 700))
    bands = (mel / mel.mean())[:, None]
    times, frames, wide = (torch.from_numpy(a.astype(np.float32)) for a in (shape.seconds, spacing, bands))
    return times, frames, wide

"""Refinement of the encoder's z by gradient descent, so that the decoder reproduces a recorded sound more closely.

As in Y. Kim et al., "Semi-amortized variational autoencoders" (2018). The decoder's linear path gives the first step
and a preconditioner, so that 4 evaluations reach what plain gradient descent reaches in about 30.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch  # 1.6 s: imported by processes that render sounds
from torch import Tensor

from tui_browser.model.decoder_network import DecoderNetwork
from tui_browser.model.decoder_shape import DecoderShape
from tui_browser.records import FloatArray

_EVALUATIONS = 14
"""Evaluations of decoder and gradient, about 10 ms each on one core."""
_PENALTY = 0.01
"""Cost in dB of the squared distance from the encoder's z."""
_TONE_WEIGHT, _PLACE_WEIGHT = 6.0, 3.0
"""Cost in dB of a mean squared error of 1 in the tone and place charts."""
_AUDIBLE_DB = 60.0
_INAUDIBLE_WEIGHT = 0.15
"""Weight of frames that lie more than `_AUDIBLE_DB` below the loudest frame."""


def refine_latent(network: DecoderNetwork, z: Tensor, charts: Tensor, seconds: float) -> Tensor:
    """(Z,) latent near `z` (Z,) whose decoded charts are closer to `charts` (3, M, T).

    `charts` come from `decoder_charts.analyse`; frames after `seconds` are ignored. Returns `z` if no step improves on
    it, as for silence. `network` must have frozen weights. Deterministic.
    """
    target = _TargetCharts(charts, seconds, network.shape)
    length = torch.tensor([seconds], dtype=torch.float32)
    if not bool((charts[0] > 0).any()):
        return z
    with torch.no_grad():
        decoded = network(z[None], length)[0]
        best, best_loss = z, float(target.distance(decoded))
        start, basis = _linear_step(z, target.errors(decoded[0]), target.weights(decoded[0]), network)
    steps = torch.zeros_like(z, requires_grad=True)
    optimizer = torch.optim.LBFGS([steps], max_iter=_EVALUATIONS, max_eval=_EVALUATIONS, tolerance_change=0.0)

    def loss() -> Tensor:
        nonlocal best, best_loss
        optimizer.zero_grad()
        candidate = start + basis @ steps
        total = target.distance(network(candidate[None], length)[0]) + _PENALTY * (candidate - z).square().sum()
        if float(total.detach()) < best_loss:  # False for NaN
            best, best_loss = candidate.detach(), float(total.detach())
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return best


def chart_weights(charts: Tensor, seconds: float, shape: DecoderShape) -> tuple[FloatArray, FloatArray]:
    """Weights of the bands (M,) and frames (T,) of charts (3, M, T) in the distance that is searched by."""
    target = _TargetCharts(charts, seconds, shape)
    return target.bands.numpy()[:, 0], target.frames.numpy()


class _TargetCharts:
    """The charts to approximate, with a weight for each band and frame."""

    def __init__(self, charts: Tensor, seconds: float, shape: DecoderShape) -> None:
        self._level, self._tone, self._place = charts
        self._range = -shape.floor_db
        times, spacing, self.bands = _weights(shape)
        top = self._level.amax(dim=0)
        audible = (top > top.max() - _AUDIBLE_DB / self._range).float()
        frames = spacing * (times <= seconds + 0.01) * (_INAUDIBLE_WEIGHT + (1 - _INAUDIBLE_WEIGHT) * audible)
        self.frames = frames / frames.sum()
        loudness = self._level.square() * self.frames * self.bands
        self._loudness = loudness / loudness.sum().clamp(min=1e-9)

    def distance(self, decoded: Tensor) -> Tensor:
        """Distance in dB of unbounded decoded charts (3, M, T)."""
        level, tone, place = decoded
        per_frame = ((self.errors(level).square() * self.bands).mean(dim=0) + 1.0).sqrt()
        tone_error = ((torch.sigmoid(tone) - self._tone).square() * self._loudness).sum()
        place_error = ((torch.tanh(place) - self._place).square() * self._loudness * self._tone.square()).sum()
        total: Tensor = (per_frame * self.frames).sum() + _TONE_WEIGHT * tone_error + _PLACE_WEIGHT * place_error
        return total

    def errors(self, level: Tensor) -> Tensor:
        """(M, T) decoded level minus target level, in dB."""
        errors: Tensor = (torch.where(level < 0, 0.1 * level, level) - self._level) * self._range
        return errors

    def weights(self, level: Tensor) -> Tensor:
        """(M, T) weights of the errors in a least-squares approximation of `distance` at `level`."""
        per_frame = ((self.errors(level).square() * self.bands).mean(dim=0) + 1.0).sqrt()
        weights: Tensor = (self.bands / len(level) * self.frames / per_frame).sqrt()
        return weights


def _linear_step(z: Tensor, errors: Tensor, weights: Tensor, network: DecoderNetwork) -> tuple[Tensor, Tensor]:
    """Least-squares optimum (Z,) of the decoder's linear path, and a basis (Z, Z) that whitens its Hessian."""
    shape = network.shape
    line = network.line.weight[: shape.bands * shape.frames, : shape.z_dim] * -shape.floor_db
    jacobian = line * weights.flatten()[:, None]
    hessian = jacobian.T @ jacobian + _PENALTY * torch.eye(shape.z_dim)
    basis: Tensor = torch.linalg.inv(torch.linalg.cholesky(hessian)).T
    optimum: Tensor = z - basis @ (basis.T @ (jacobian.T @ (weights * errors).flatten()))
    return optimum, basis


@cache
def _weights(shape: DecoderShape) -> tuple[Tensor, Tensor, Tensor]:
    """Time and weight of each frame (T,), and weight of each band (M, 1): its width on the mel scale."""
    spacing = np.gradient(shape.seconds) + 0.002
    mel = np.gradient(2595 * np.log10(1 + shape.edges_hz[1:-1] / 700))
    bands = (mel / mel.mean())[:, None]
    times, frames, weights = (torch.from_numpy(a.astype(np.float32)) for a in (shape.seconds, spacing, bands))
    return times, frames, weights

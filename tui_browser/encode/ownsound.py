"""The decoder of the model that one's own began with, carried over: z means the same, classes are others.

The prior keeps its Gaussians. How likely a sound of a class lies in each is counted anew, from where the files of that
class lie.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.encode.bundle import Bundle
from tui_browser.encode.sound_bundle import read_sound, write_sound
from tui_browser.encode.sound_shape import LONGEST_S, SHORTEST_S
from tui_browser.records import FloatArray

_DOUBT = 0.05
"""Share of a class that keeps the base's weights: few files do not show all that a class can be."""


def carry_sound(
    base: Bundle, folder: str, *, z: FloatArray, seconds: FloatArray, labels: NDArray[np.int64], classes: int
) -> Bundle:
    """Give the bundle at `folder` the decoder of `base`; `z` (N, Z), `seconds` and `labels` (N,) are of its files.

    `classes` is 0 for a model without any. Raises BundleError where the base has no decoder.
    """
    shape, tensors = read_sound(base)
    lengths = np.log(np.clip(seconds, SHORTEST_S, LONGEST_S)).astype(np.float32)
    points = np.column_stack([z, lengths])
    usual = tensors["prior.weights"].mean(axis=1).astype(np.float64)
    share = belonging(points, tensors["prior.means"], tensors["prior.factors"], usual)
    weights = np.empty((len(usual), max(1, classes)), dtype=np.float64)
    for label in range(max(1, classes)):
        mine = share[labels == label] if classes else share
        weights[:, label] = mine.mean(axis=0) if len(mine) else usual
    weights = (1 - _DOUBT) * weights + _DOUBT * (usual / usual.sum())[:, None]
    tensors = tensors | {"prior.weights": (weights / weights.sum(axis=0)).astype(np.float32)}
    about = {name: value for name, value in base.config["sound"].items() if name != "network"}
    return write_sound(folder, shape=shape, weights=tensors, about={**about, "from": base.space})


def belonging(
    points: FloatArray, means: FloatArray, factors: FloatArray, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, K) how likely each of `points` (N, S) is of each Gaussian: means (K, S), factors (K, S, S), weights (K,)."""
    log_p = np.empty((len(points), len(means)))
    for k, (mean, factor) in enumerate(zip(means.astype(np.float64), factors.astype(np.float64), strict=True)):
        white = np.linalg.solve(factor, (points - mean).T)
        size = np.log(np.abs(np.diagonal(factor))).sum()
        log_p[:, k] = np.log(max(float(weights[k]), 1e-12)) - size - 0.5 * np.square(white).sum(axis=0)
    log_p -= log_p.max(axis=1, keepdims=True)
    p = np.exp(log_p)
    return np.asarray(p / p.sum(axis=1, keepdims=True))

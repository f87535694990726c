"""The prior: a mixture of Gaussians over z and the logarithm of the length, with weights for each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_browser.records import FloatArray


@dataclass(frozen=True, slots=True)
class Prior:
    """K Gaussians in Z + 1 dimensions; the last dimension is the natural logarithm of the length in seconds."""

    weights: FloatArray
    """(K, C) probability of each Gaussian given the class; every column sums to 1."""
    means: FloatArray
    """(K, Z + 1)"""
    factors: FloatArray
    """(K, Z + 1, Z + 1) Cholesky factors of the covariances."""

    def draw(
        self, count: int, *, rng: np.random.Generator, class_index: int | None = None, variance: float = 1.0
    ) -> FloatArray:
        """(count, Z + 1) samples, of one class or of all classes with equal probability.

        `variance` scales the covariances; 0 gives the means of the Gaussians.
        """
        if class_index is None:
            columns = rng.integers(self.weights.shape[1], size=count)
        else:
            columns = np.full(count, class_index if self.weights.shape[1] > 1 else 0)
        cumulative = np.cumsum(self.weights.astype(np.float64), axis=0)
        uniform = rng.random(count)
        rows = np.array(
            [np.searchsorted(cumulative[:, c], p * cumulative[-1, c]) for c, p in zip(columns, uniform, strict=True)],
            dtype=np.intp,
        ).clip(max=len(self.means) - 1)
        noise = rng.standard_normal((count, self.means.shape[1])).astype(np.float32)
        offsets = np.einsum("nij,nj->ni", self.factors[rows], noise) * np.float32(np.sqrt(variance))
        return np.asarray(self.means[rows] + offsets, dtype=np.float32)

    def around(self, z: FloatArray, *, rng: np.random.Generator, variance: float) -> FloatArray:
        """(N, Z) variations of z (N, Z): adds noise with the covariance of the nearest Gaussian times `variance`."""
        noise = rng.standard_normal((len(z), self.means.shape[1])).astype(np.float32)
        distances = np.square(z[:, None] - self.means[None, :, :-1]).sum(axis=2)
        offsets = np.einsum("nij,nj->ni", self.factors[distances.argmin(axis=1)], noise)[:, :-1]
        return np.asarray(z + offsets * np.float32(np.sqrt(variance)), dtype=np.float32)

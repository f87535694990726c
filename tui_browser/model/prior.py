"""Where sounds lie: a mixture of Gaussians over z and the logarithm of the length, with weights for every class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_browser.records import FloatArray


@dataclass(frozen=True, slots=True)
class Prior:
    """K Gaussians in Z + 1 dimensions; the last one is the natural logarithm of the seconds."""

    weights: FloatArray
    """(K, C): how likely a sound of a class lies in a Gaussian; every column sums to 1."""
    means: FloatArray
    """(K, Z + 1)"""
    factors: FloatArray
    """(K, Z + 1, Z + 1): lower triangles whose product with their transpose is the covariance."""

    def draw(
        self, count: int, *, rng: np.random.Generator, class_index: int | None = None, variance: float = 1.0
    ) -> FloatArray:
        """(count, Z + 1) points, of one class or of all alike; `variance` 0 gives the middles of the Gaussians."""
        if class_index is None:
            columns = rng.integers(self.weights.shape[1], size=count)
        else:
            columns = np.full(count, class_index if self.weights.shape[1] > 1 else 0)
        share = np.cumsum(self.weights.astype(np.float64), axis=0)
        chance = rng.random(count)
        rows = np.array(
            [np.searchsorted(share[:, c], p * share[-1, c]) for c, p in zip(columns, chance, strict=True)],
            dtype=np.intp,
        ).clip(max=len(self.means) - 1)
        noise = rng.standard_normal((count, self.means.shape[1])).astype(np.float32)
        spread = np.einsum("nij,nj->ni", self.factors[rows], noise) * np.float32(np.sqrt(variance))
        return np.asarray(self.means[rows] + spread, dtype=np.float32)

    def around(self, z: FloatArray, *, rng: np.random.Generator, variance: float) -> FloatArray:
        """Points around z (N, Z), (N, Z): each moved as the sounds of the nearest Gaussian differ from each other.

        `variance` 1 moves them as far as those lie apart, 0 not at all.
        """
        noise = rng.standard_normal((len(z), self.means.shape[1])).astype(np.float32)
        away = np.square(z[:, None] - self.means[None, :, :-1]).sum(axis=2)
        spread = np.einsum("nij,nj->ni", self.factors[away.argmin(axis=1)], noise)[:, :-1]
        return np.asarray(z + spread * np.float32(np.sqrt(variance)), dtype=np.float32)

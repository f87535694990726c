"""Vectors, places and facts of samples that were never recorded, with neighbourhoods like those of real ones.

Each class is a dozen clusters. A sample is a point in its cluster's flat patch, which is bent into the vector space
with noise: what is near on the map is near in the vectors, mostly, as after a good fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import DRUM_CLASSES, FloatArray

WEIGHTS = np.array([14, 13, 6, 4, 12, 6, 6, 8, 2, 5, 24], dtype=np.float64) / 100
"""How common each class is."""
_CLUSTERS = 12
_DURATION_S = (0.35, 0.3, 0.3, 0.12, 0.09, 0.5, 1.6, 0.5, 0.3, 0.15, 2.5)
_BRIGHTNESS_HZ = (300, 2500, 2800, 3000, 8500, 8000, 7000, 500, 1800, 7500, 1500)
_NOISINESS = (0.02, 0.25, 0.3, 0.15, 0.55, 0.5, 0.45, 0.04, 0.06, 0.5, 0.08)


@dataclass(frozen=True, slots=True)
class Sounds:
    """n samples, column by column."""

    embedding: FloatArray
    """(n, D), unit length."""
    z: FloatArray
    """(n, Z)."""
    probabilities: FloatArray
    """(n, 11)."""
    xy: FloatArray
    """(n, 2) in [0, 1]."""
    features: FloatArray
    """(n, 8) columns of `records.FEATURES`."""


class World:
    """Where the clusters are; draws samples from them."""

    def __init__(self, rng: np.random.Generator, *, dim: int, z_dim: int) -> None:
        count = len(DRUM_CLASSES) * _CLUSTERS
        angles = np.arange(len(DRUM_CLASSES)) * 2 * np.pi / len(DRUM_CLASSES) + rng.normal(0, 0.1, len(DRUM_CLASSES))
        middles = 0.5 + 0.33 * np.column_stack([np.cos(angles), np.sin(angles)])
        self._places = (np.repeat(middles, _CLUSTERS, axis=0) + rng.normal(0, 0.055, (count, 2))).clip(0.04, 0.96)
        self._patches = rng.normal(0, 1, (count, 2, 2)) * rng.uniform(0.006, 0.02, (count, 1, 1))
        classes = rng.normal(0, 1, (len(DRUM_CLASSES), dim)) * 0.7
        self._centres = np.repeat(classes, _CLUSTERS, axis=0) + rng.normal(0, 0.5, (count, dim))
        self._bends = rng.normal(0, 0.25, (count, 2, dim))
        self._into_z = rng.normal(0, dim**-0.5, (dim, z_dim))
        self._rng = rng

    def draw(self, classes: NDArray[np.intp]) -> Sounds:
        """One sample for each of these classes (n,); one in fifty is a copy of the sample before it."""
        rng, n = self._rng, len(classes)
        cluster = classes * _CLUSTERS + rng.integers(_CLUSTERS, size=n)
        flat = rng.normal(0, 1, (n, 2))
        vectors = self._centres[cluster] + np.einsum("ni,nid->nd", flat, self._bends[cluster])
        vectors += rng.normal(0, 0.1, vectors.shape)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        xy = self._places[cluster] + np.einsum("ni,nij->nj", flat, self._patches[cluster])
        stray = rng.random(n) < 0.03
        xy[stray] = rng.random((int(stray.sum()), 2))
        probabilities = rng.dirichlet(np.full(len(DRUM_CLASSES), 0.3), n) * rng.uniform(0, 0.45, (n, 1))
        probabilities[np.arange(n), classes] += 1 - probabilities.sum(axis=1)
        drawn = Sounds(
            vectors.astype(np.float32),
            (vectors @ self._into_z).astype(np.float32),
            probabilities.astype(np.float32),
            xy.clip(0, 1).astype(np.float32),
            self._features(classes),
        )
        copies = copied(n)
        for column in (drawn.embedding, drawn.z, drawn.probabilities, drawn.xy, drawn.features):
            column[copies] = column[copies - 1]
        return drawn

    def _features(self, classes: NDArray[np.intp]) -> FloatArray:
        rng, n = self._rng, len(classes)
        pitched = rng.random(n) < np.where(np.array(_NOISINESS)[classes] < 0.2, 0.8, 0.1)
        columns = [
            np.array(_DURATION_S)[classes] * rng.lognormal(0, 0.5, n),
            np.clip(np.array(_BRIGHTNESS_HZ)[classes] * rng.lognormal(0, 0.3, n), 40, 20_000),
            np.clip(np.array(_NOISINESS)[classes] * rng.lognormal(0, 0.4, n), 0, 1),
            np.where(pitched, 55 * 2 ** rng.uniform(0, 5, n), np.nan),
            np.clip(rng.lognormal(-6, 1, n), 5e-4, 0.5),
            np.clip(rng.normal(-9, 5, n), -60, 0),
            np.full(n, np.nan),
            np.full(n, np.nan),
        ]
        return np.column_stack(columns).astype(np.float32)


def copied(n: int) -> NDArray[np.intp]:
    """Rows of a batch of n that are copies of the row before: same sound, same hash."""
    return np.arange(49, n, 50)

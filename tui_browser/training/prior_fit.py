"""Fits a prior to the latents of sounds: a few Gaussians for every class, each no wider than its sounds lie.

What is drawn from a Gaussian is then listened to: one whose sounds are taken for another class gets narrower, and is
drawn from less often.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.prior import Prior
from tui_browser.records import FloatArray

EACH = 60
"""Sounds to a Gaussian, about ..."""
MOST = 12
"""... and Gaussians to a class, at most."""
SHRINK = 0.3
"""How much of a Gaussian's covariance is that of the whole class around its centres."""
SPREAD = 0.6
"""Standard deviations against those of the sounds: the middle of a class is safer ground than its rim."""


def fit_prior(points: FloatArray, labels: NDArray[np.int64], *, classes: int, seed: int) -> Prior:
    """The prior of points (N, Z + 1) with classes (N,); `classes` 0 takes all points for one class."""
    from sklearn.cluster import KMeans  # 1 s; only training fits a prior

    columns = max(1, classes)
    mine = labels if classes else np.zeros(len(points), dtype=np.int64)
    weights, means, factors = [], [], []
    for label in range(columns):
        some = points[mine == label].astype(np.float64)
        if not len(some):
            some = points.astype(np.float64)  # a class without sounds is drawn from all of them
        count = int(np.clip(len(some) // EACH, 1, MOST))
        groups = KMeans(count, n_init=3, random_state=seed).fit_predict(some)
        centres = np.stack([some[groups == group].mean(axis=0) for group in range(count)])
        pooled = _covariance(some - centres[groups])
        for group in range(count):
            near = some[groups == group] - centres[group]
            share = len(near) / (len(near) + 2 * points.shape[1])
            own = _covariance(near) if len(near) > 1 else pooled
            mixed = share * (1 - SHRINK) * own + (1 - share * (1 - SHRINK)) * pooled
            means.append(centres[group])
            factors.append(np.linalg.cholesky(SPREAD**2 * mixed + 1e-6 * np.eye(len(mixed))))
            column = np.zeros(columns)
            column[label] = len(near) / len(some)
            weights.append(column)
    return Prior(
        weights=np.array(weights, dtype=np.float32),
        means=np.array(means, dtype=np.float32),
        factors=np.array(factors, dtype=np.float32),
    )


ROUNDS, EACH_ROUND = 8, 32
"""How often a Gaussian is listened to, and draws at a time."""
ENOUGH, NARROWER = 0.95, 0.7
"""Share that is to be heard right; what the spread of one that falls short is multiplied by."""


def refine_prior(prior: Prior, hear: Callable[[FloatArray], NDArray[np.int64]], *, seed: int) -> Prior:
    """The prior after its Gaussians were heard; `hear` gives the classes (N,) of points (N, Z + 1)."""
    factors = prior.factors.copy()
    mine = prior.weights.argmax(axis=1)
    right = np.ones(len(mine))
    rng = np.random.default_rng(seed)
    todo = np.arange(len(mine))
    for last in range(ROUNDS):
        noise = rng.standard_normal((len(todo), EACH_ROUND, prior.means.shape[1])).astype(np.float32)
        points = prior.means[todo, None] + np.einsum("kij,knj->kni", factors[todo], noise)
        said = hear(points.reshape(-1, prior.means.shape[1])).reshape(len(todo), EACH_ROUND)
        right[todo] = (said == mine[todo, None]).mean(axis=1)
        todo = np.flatnonzero(right < ENOUGH)
        if not len(todo) or last == ROUNDS - 1:
            break
        factors[todo] *= np.float32(NARROWER)
    weights = prior.weights * (np.maximum(right, 0.02) ** 3)[:, None]
    return Prior(weights=(weights / weights.sum(axis=0)).astype(np.float32), means=prior.means, factors=factors)


def _covariance(away: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(away.T @ away / max(1, len(away)))

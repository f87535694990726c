"""Fitting of the prior: some Gaussians for each class, fitted to the latents of sounds, each around one of them.

The mean of sounds that differ is like none of them: of the class `other`, it is often a drum.
Sounds drawn from each Gaussian are then classified by the encoder. Gaussians whose sounds are often taken for another
class are made narrower and get less weight.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.prior import Prior
from tui_browser.records import FloatArray

_SOUNDS_PER_GAUSSIAN = 30
_MAX_GAUSSIANS = 24
"""Of one class."""
_SHRINKAGE = 0.3
"""Least share of the class's pooled covariance in the covariance of a Gaussian."""
_SCALE = 0.6
"""Factor on standard deviations: sounds near the centre of a class are more reliable than those at its edge."""
_ROUNDS, _DRAWS = 6, 16
"""Rounds of `refine_prior`, and sounds that are drawn from each Gaussian in a round."""
_MIN_ACCURACY, _NARROWING = 0.95, 0.7
"""Share of draws that must be classified correctly, and the factor on the deviations of a Gaussian that fails."""


def fit_prior(points: FloatArray, labels: NDArray[np.int64], *, classes: int, seed: int) -> Prior:
    """Prior of points (N, Z + 1), z and log length, with labels (N,); `classes` 0 treats all points as one class."""
    from sklearn.cluster import KMeans  # 1 s; only training fits a prior

    columns = max(1, classes)
    if not classes:
        labels = np.zeros(len(points), dtype=np.int64)
    weights, means, factors = [], [], []
    for label in range(columns):
        members = points[labels == label].astype(np.float64)
        if not len(members):
            members = points.astype(np.float64)  # a class without sounds gets the prior of all sounds
        count = int(np.clip(len(members) // _SOUNDS_PER_GAUSSIAN, 1, _MAX_GAUSSIANS))
        clusters = KMeans(count, n_init=3, random_state=seed).fit_predict(members)
        centres = np.stack([members[clusters == cluster].mean(axis=0) for cluster in range(count)])
        pooled = _covariance(members - centres[clusters])
        for cluster in range(count):
            centred = members[clusters == cluster] - centres[cluster]
            share = len(centred) / (len(centred) + 2 * points.shape[1])
            own = _covariance(centred) if len(centred) > 1 else pooled
            shrunk = share * (1 - _SHRINKAGE) * own + (1 - share * (1 - _SHRINKAGE)) * pooled
            means.append(centres[cluster] + centred[np.square(centred).sum(axis=1).argmin()])
            factors.append(np.linalg.cholesky(_SCALE**2 * shrunk + 1e-6 * np.eye(len(shrunk))))
            row = np.zeros(columns)
            row[label] = len(centred) / len(members)
            weights.append(row)
    return Prior(
        weights=np.array(weights, dtype=np.float32),
        means=np.array(means, dtype=np.float32),
        factors=np.array(factors, dtype=np.float32),
    )


def refine_prior(prior: Prior, classify: Callable[[FloatArray], NDArray[np.int64]], *, seed: int) -> Prior:
    """The prior with unreliable Gaussians narrowed; `classify` returns the classes (N,) of points (N, Z + 1)."""
    factors = prior.factors.copy()
    labels = prior.weights.argmax(axis=1)
    accuracy = np.ones(len(labels))
    rng = np.random.default_rng(seed)
    pending = np.arange(len(labels))
    for number in range(_ROUNDS):
        noise = rng.standard_normal((len(pending), _DRAWS, prior.means.shape[1])).astype(np.float32)
        points = prior.means[pending, None] + np.einsum("kij,knj->kni", factors[pending], noise)
        predicted = classify(points.reshape(-1, prior.means.shape[1])).reshape(len(pending), _DRAWS)
        accuracy[pending] = (predicted == labels[pending, None]).mean(axis=1)
        pending = np.flatnonzero(accuracy < _MIN_ACCURACY)
        if not len(pending) or number == _ROUNDS - 1:
            break
        factors[pending] *= np.float32(_NARROWING)
    weights = prior.weights * (np.maximum(accuracy, 0.02) ** 3)[:, None]
    return Prior(weights=(weights / weights.sum(axis=0)).astype(np.float32), means=prior.means, factors=factors)


def _covariance(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(centred.T @ centred / max(1, len(centred)))

"""Predicts tags from embeddings: one logistic regression a tag, with probabilities calibrated on folders held apart.

Samples of one group (a pack, a kit, copies of one sound) are never on both sides of a validation, so that a tag is not
recognised by the room or the machine that its samples share. The probabilities are calibrated (Platt: Probabilistic
outputs for support vector machines, 1999) on the scores of samples whose group was held out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

Flags = NDArray[np.bool_]

FOLDS = 5
LEAST_SAMPLES = 8
"""A tag on fewer samples is not learned."""
_LEAST_GROUPS = 2
_MOST_NEGATIVES = 20_000
_C = 0.1
"""Inverse strength of the regularisation, on standardised inputs."""
_PRIOR = 1.0
"""Observations by which a calibration is drawn towards few positives."""


@dataclass(frozen=True, slots=True, eq=False)
class TagQuality:
    """What a validation with groups held apart says of T tags."""

    learned: Flags
    """(T,) whether the tag has enough samples in enough groups."""
    precision: FloatArray
    """(T,) average precision; NaN for tags that were not learned."""
    calibration_error: FloatArray
    """(T,) mean gap between probability and truth over ten bins; NaN for tags that were not learned."""


@dataclass(frozen=True, slots=True, eq=False)
class TagClassifier:
    """Weights of T tags for D inputs."""

    mean: FloatArray
    """(D,)"""
    scale: FloatArray
    """(D,)"""
    weights: FloatArray
    """(D, T)"""
    bias: FloatArray
    """(T,) -inf for tags that were not learned."""
    slope: FloatArray
    """(T,) and `shift` (T,): the calibration of the scores."""
    shift: FloatArray
    quality: TagQuality

    def probabilities(self, vectors: FloatArray) -> FloatArray:
        """(N, T) calibrated probabilities of N vectors (N, D)."""
        scores = ((vectors - self.mean) / self.scale) @ self.weights + self.bias
        return _sigmoid(scores * self.slope + self.shift)


def train_tags(
    vectors: FloatArray,
    has: Flags,
    groups: NDArray[np.int64],
    *,
    seed: int = 0,
    least: int = LEAST_SAMPLES,
    report: Callable[[int, int], None] | None = None,
) -> TagClassifier:
    """Train on N vectors (N, D) with their tags `has` (N, T) and groups (N,).

    `report` gets the number of tags done and the number of all.
    """
    mean, scale = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    inputs = ((vectors - mean) / scale).astype(np.float32)
    folds = _folds(groups, seed=seed)
    tags = has.shape[1]
    classifier = TagClassifier(
        mean, scale, np.zeros((inputs.shape[1], tags), np.float32), np.full(tags, -np.inf, np.float32),
        np.ones(tags, np.float32), np.zeros(tags, np.float32),
        TagQuality(np.zeros(tags, np.bool_), np.full(tags, np.nan, np.float32), np.full(tags, np.nan, np.float32)),
    )  # fmt: skip
    for tag in range(tags):
        own = has[:, tag]
        if own.sum() >= least and not own.all() and len(np.unique(groups[own])) >= _LEAST_GROUPS:
            _train_one(classifier, tag, inputs, own, folds, seed=seed)
        if report is not None:
            report(tag + 1, tags)
    return classifier


def _train_one(
    classifier: TagClassifier, tag: int, inputs: FloatArray, own: Flags, folds: NDArray[np.int64], *, seed: int
) -> None:
    rng = np.random.default_rng((seed, tag))
    scores = np.full(len(own), np.nan, dtype=np.float64)
    for fold in np.unique(folds):
        training = _training_rows(own & (folds != fold), ~own & (folds != fold), rng)
        if own[training].any() and not own[training].all():
            model = _fit(inputs[training], own[training])
            scores[folds == fold] = model.decision_function(inputs[folds == fold])
    known = np.isfinite(scores)
    if not own[known].any() or own[known].all():
        return
    rows = _training_rows(own, ~own, rng)
    final = _fit(inputs[rows], own[rows])
    slope, shift = _calibration(scores[known], own[known])
    quality = classifier.quality
    quality.learned[tag] = True
    quality.precision[tag] = average_precision(own[known], scores[known])
    quality.calibration_error[tag] = calibration_error(own[known], _sigmoid(scores[known] * slope + shift))
    classifier.weights[:, tag], classifier.bias[tag] = final.coef_[0], final.intercept_[0]
    classifier.slope[tag], classifier.shift[tag] = slope, shift


def _fit(inputs: FloatArray, own: Flags) -> Any:
    from sklearn.linear_model import LogisticRegression  # 1 s; only worker processes import it

    return LogisticRegression(C=_C, max_iter=300).fit(inputs, own)


def _training_rows(own: Flags, others: Flags, rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows with the tag, and at most 20,000 of the others."""
    negatives = np.flatnonzero(others)
    if len(negatives) > _MOST_NEGATIVES:
        negatives = rng.choice(negatives, _MOST_NEGATIVES, replace=False)
    return np.sort(np.concatenate((np.flatnonzero(own), negatives)))


def _folds(groups: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
    """(N,) fold of each sample: groups whole, the largest first into the smallest fold."""
    names, index, counts = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-counts[order], kind="stable")]
    size = np.zeros(min(FOLDS, len(names)), dtype=np.int64)
    fold = np.zeros(len(names), dtype=np.int64)
    for group in order.tolist():
        fold[group] = int(size.argmin())
        size[fold[group]] += counts[group]
    return fold[index]


def _calibration(scores: NDArray[np.float64], own: Flags) -> tuple[float, float]:
    """Slope and shift that make probabilities of the scores, by Newton's method on Platt's smoothed targets."""
    positives, negatives = int(own.sum()), int((~own).sum())
    target = np.where(own, (positives + _PRIOR) / (positives + 2 * _PRIOR), _PRIOR / (negatives + 2 * _PRIOR))
    inputs = np.stack((scores, np.ones_like(scores)), axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        p = _sigmoid(inputs @ weights)
        gradient = inputs.T @ (p - target)
        hessian = (inputs * (p * (1 - p))[:, np.newaxis]).T @ inputs + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        weights = weights - step * min(1.0, 5.0 / max(1e-9, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-6:
            break
    return max(0.0, float(weights[0])), float(weights[1])


def _sigmoid(values: NDArray[Any]) -> NDArray[Any]:
    positive = np.exp(-np.abs(values))
    result: NDArray[Any] = np.where(values >= 0, 1 / (1 + positive), positive / (1 + positive))
    return result


def average_precision(own: Flags, scores: NDArray[np.float64]) -> float:
    """Mean precision at each sample with the tag, from the highest score down."""
    ranked = own[np.argsort(-scores, kind="stable")]
    hits = np.cumsum(ranked)
    return float((hits[ranked] / (np.flatnonzero(ranked) + 1)).mean()) if len(hits) and hits[-1] else float("nan")


def calibration_error(own: Flags, p: NDArray[np.float64]) -> float:
    """Mean gap between probability and share of truth over ten bins of the probability."""
    bins = np.minimum((p * 10).astype(np.int64), 9)
    gaps = [abs(own[bins == each].mean() - p[bins == each].mean()) * (bins == each).mean() for each in np.unique(bins)]
    return float(np.sum(gaps))

"""Metrics of an encoder: neighbour purity, macro F1, calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray


def neighbour_labels(vectors: FloatArray, labels: NDArray[np.int64], *, k: int = 10) -> NDArray[np.int64]:
    """(N, k) labels of the `k` nearest neighbours of each vector, nearest first; fewer columns if N <= k."""
    square = np.square(vectors).sum(1)
    distance = square[:, None] + square[None] - 2 * vectors @ vectors.T
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1, kind="stable")[:, : min(k, max(0, len(vectors) - 1))]
    return labels[near]


def purity(vectors: FloatArray, labels: NDArray[np.int64], *, k: int = 10) -> float:
    """Mean share of the `k` nearest neighbours that have the label of the vector; 1 for a single vector."""
    near = neighbour_labels(vectors, labels, k=k)
    return float((near == labels[:, None]).mean()) if near.size else 1.0


def macro_f1(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Mean F1 over the classes in `truth`."""
    scores = [
        2 * ((truth == c) & (predicted == c)).sum() / max(1, (truth == c).sum() + (predicted == c).sum())
        for c in np.unique(truth)
    ]
    return float(np.mean(scores))


def expected_calibration_error(correct: NDArray[np.bool_], p: FloatArray) -> float:
    """Mean difference between confidence `p` and accuracy over ten bins of `p` (Guo et al. 2017)."""
    bins = np.clip((p * 10).astype(int), 0, 9)
    gaps = [abs(correct[bins == b].mean() - p[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(np.sum(gaps))


def fit_temperature(logits: FloatArray, labels: NDArray[np.int64]) -> float:
    """Temperature that minimises the negative log-likelihood of `labels` given `logits` (Guo et al. 2017)."""
    grid = np.exp(np.linspace(np.log(0.3), np.log(5.0), 120))

    def loss(temperature: float) -> float:
        scaled = logits.astype(np.float64) / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        log_p = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return -float(log_p[np.arange(len(labels)), labels].mean())

    return float(min(grid, key=loss))

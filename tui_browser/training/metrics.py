"""How good an encoder is on sounds it has not seen: purity of neighbours, classes, calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray


def neighbour_labels(vectors: FloatArray, labels: NDArray[np.int64], *, k: int = 10) -> NDArray[np.int64]:
    """(N, k) classes of the `k` nearest others of each vector, nearest first; fewer columns where N is small."""
    square = np.square(vectors).sum(1)
    distance = square[:, None] + square[None] - 2 * vectors @ vectors.T
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1, kind="stable")[:, : min(k, max(0, len(vectors) - 1))]
    return labels[near]


def purity(vectors: FloatArray, labels: NDArray[np.int64], *, k: int = 10) -> float:
    """Mean share of the `k` nearest others that have a sound's class; 1 where there are no others."""
    near = neighbour_labels(vectors, labels, k=k)
    return float((near == labels[:, None]).mean()) if near.size else 1.0


def macro_f1(truth: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """Mean over the classes in `truth` of their F1."""
    scores = [
        2 * ((truth == c) & (said == c)).sum() / max(1, (truth == c).sum() + (said == c).sum())
        for c in np.unique(truth)
    ]
    return float(np.mean(scores))


def expected_calibration_error(right: NDArray[np.bool_], p: FloatArray) -> float:
    """Mean distance between what is claimed and what holds, over ten bins of `p`."""
    bins = np.clip((p * 10).astype(int), 0, 9)
    parts = [abs(right[bins == b].mean() - p[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(np.sum(parts))


def fit_temperature(logits: FloatArray, labels: NDArray[np.int64]) -> float:
    """The number that logits are divided by so that their probabilities are likeliest for `labels`."""
    grid = np.exp(np.linspace(np.log(0.3), np.log(5.0), 120))

    def loss(temperature: float) -> float:
        scaled = logits.astype(np.float64) / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        log_p = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return -float(log_p[np.arange(len(labels)), labels].mean())

    return float(min(grid, key=loss))

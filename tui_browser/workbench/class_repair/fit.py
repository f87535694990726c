"""Learns a class head from answers: logistic regression on embeddings, drawn towards the model as it is.

The head starts as the model's and may move as far as the answers ask for. Anchors, samples that nobody judged, hold it
where the model was; those that sound like an answer against the model are let go, so that a wrong cluster is mended as
a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.store.class_heads import ClassHead, log_probabilities

Doubles = NDArray[np.float64]

LEAST_ANSWERS = 8
FOLDS = 10
_DECAY = 0.05
"""Weight of the squared weights."""
_ANCHORS = 10.0
"""Weight of all anchors together, in answers for each class."""
_MOST_ANCHOR = 0.1
"""Weight of one anchor at most, in answers."""
_RELEASE = 2.0
"""Anchors are let go this much further around an answer than where sounds are alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Sounds:
    """N sounds as the model hears them."""

    embedding: FloatArray
    """(N, D)"""
    model: FloatArray
    """(N, C) the model's probabilities."""

    def rows(self, at: NDArray[np.intp] | NDArray[np.bool_]) -> Sounds:
        return Sounds(self.embedding[at], self.model[at])

    def __len__(self) -> int:
        return len(self.embedding)


def fit_head(judged: Sounds, answers: NDArray[np.intp], anchors: Sounds) -> ClassHead:
    """The head for `answers` (N,), indices of classes, of the sounds that were judged."""
    from scipy.optimize import minimize  # 0.2 s; only worker processes import it

    classes = judged.model.shape[1]
    inputs = _with_bias(np.concatenate([judged.embedding, anchors.embedding]))
    start = log_probabilities(np.concatenate([judged.model, anchors.model])).astype(np.float64)
    wanted = np.concatenate([np.eye(classes)[answers], anchors.model]).astype(np.float64)
    weight = np.concatenate([np.ones(len(judged)), _anchor_weights(judged, answers, anchors)])[:, np.newaxis]

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        head = flat.reshape(-1, classes)
        logits = start + inputs @ head
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        gradient = inputs.T @ (weight * (np.exp(logs) - wanted)) + _DECAY * head
        return float(-(weight * wanted * logs).sum() + 0.5 * _DECAY * (head**2).sum()), gradient.ravel()

    found = minimize(loss, np.zeros(inputs.shape[1] * classes), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return ClassHead(found.x.reshape(-1, classes).astype(np.float32), len(judged))


def held_out(judged: Sounds, answers: NDArray[np.intp], anchors: Sounds, *, seed: int = 0) -> FloatArray:
    """(N, C) probabilities of the sounds that were judged, by heads learned from the answers of the other folds.

    Copies of one sound are in one fold.
    """
    _, sound = np.unique(judged.embedding, axis=0, return_inverse=True)
    sound = sound.ravel()
    fold_of = np.random.default_rng(seed).permutation(int(sound.max()) + 1) % FOLDS
    fold = fold_of[sound]
    probabilities = judged.model.copy()
    for each in np.unique(fold).tolist():
        out = fold == each
        rest = ~out
        if rest.any():
            head, held = fit_head(judged.rows(rest), answers[rest], anchors), judged.rows(out)
            probabilities[out] = head.probabilities(held.embedding, held.model)
    return probabilities


def _anchor_weights(judged: Sounds, answers: NDArray[np.intp], anchors: Sounds) -> Doubles:
    """(M,) weights of the anchors: less near answers that contradict the model."""
    if not len(anchors):
        return np.zeros(0)
    weights = np.full(len(anchors), min(_MOST_ANCHOR, _ANCHORS * judged.model.shape[1] / len(anchors)))
    against = judged.model.argmax(axis=1) != answers
    if against.any():
        far = np.maximum(2.0 - 2.0 * (anchors.embedding @ judged.embedding[against].T), 0.0).min(axis=1)
        weights *= 1.0 - np.exp(-far / (2.0 * _RELEASE * _reach(anchors.embedding)))
    return weights


def _reach(vectors: FloatArray) -> float:
    """Squared distance within which sounds are taken for alike: the median one of the tenth nearest."""
    some = vectors[:: max(1, len(vectors) // 500)]
    far = np.maximum(2.0 - 2.0 * (some @ vectors.T), 0.0)
    tenth = min(10, far.shape[1] - 1)
    return max(float(np.median(np.partition(far, tenth, axis=1)[:, tenth])), 1e-6)


def _with_bias(vectors: FloatArray) -> Doubles:
    return np.concatenate([vectors, np.ones((len(vectors), 1))], axis=1).astype(np.float64)

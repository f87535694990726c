"""Calibration: probabilities mean what they say, also of kits that it was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import FloatArray
from tui_browser.training.encoder.calibration import PULLS, fit_calibration, probabilities_of_strangers
from tui_browser.training.metrics import expected_calibration_error

CLASSES = 5


def drawn(seed: int, count: int = 3000) -> tuple[FloatArray, np.ndarray]:
    """Logits that are too sure of themselves by a factor of 2.5 and prefer class 1, and labels drawn from the truth."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 1.5, (count, CLASSES))
    p = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = np.array([rng.choice(CLASSES, p=row) for row in p])
    preferred = np.array([0.0, 2.5, 0.0, 0.0, 0.0])
    return (2.5 * true + preferred).astype(np.float32), labels


def calibration_error(p: FloatArray, labels: np.ndarray) -> float:
    return expected_calibration_error(p.argmax(1) == labels, p.max(1))


def test_too_sure_and_biased_logits_are_put_right() -> None:
    logits, labels = drawn(0)
    calibration = fit_calibration(logits, labels, pull=1e-4)
    assert calibration.temperature == pytest.approx(2.5, rel=0.1)
    assert calibration.biases[1] - calibration.biases[[0, 2, 3, 4]].mean() == pytest.approx(-1.0, abs=0.15)
    fresh, truth = drawn(1)
    raw = np.exp(fresh) / np.exp(fresh).sum(1, keepdims=True)
    assert calibration_error(calibration.probabilities(fresh), truth) < 0.03 < calibration_error(raw, truth)


def test_a_modest_head_is_not_made_surer() -> None:
    logits, labels = drawn(2)
    assert fit_calibration(logits / np.float32(5), labels, pull=0.02).temperature == pytest.approx(1.0, abs=0.05)


def test_a_kit_is_judged_without_itself() -> None:
    logits, labels = drawn(3, count=400)
    labels[:200] = (labels[:200] + 1) % CLASSES  # a kit whose labels are all wrong
    kits = np.repeat(["wrong", "right"], 200)
    p, _ = probabilities_of_strangers(logits, labels, kits)
    alone = [fit_calibration(logits[200:], labels[200:], pull=pull).probabilities(logits[:200]) for pull in PULLS]
    assert any(np.allclose(p[:200], each, atol=1e-5) for each in alone)


def test_biases_that_do_not_hold_for_other_kits_are_given_up() -> None:
    logits, labels = drawn(5, count=900)
    logits[:, 1] -= 2.5  # without the preference
    kits = np.repeat([f"kit{number}" for number in range(CLASSES)], 180)
    common = [np.flatnonzero(labels[180 * number : 180 * (number + 1)] == number) for number in range(CLASSES)]
    rows = np.concatenate([180 * number + np.tile(each, 4)[:100] for number, each in enumerate(common)])
    _, calibration = probabilities_of_strangers(logits[rows], labels[rows], kits[rows])  # each kit has one class
    assert np.abs(calibration.biases).max() < 0.2


def test_folded_into_the_head_it_gives_the_same() -> None:
    import torch

    from tui_browser.model.encoder_network import EncoderNetwork

    shape = EncoderShape(n_mels=16, frames=16, channels=(4,), blocks=(0,), features=8, dim=16, z_dim=4, classes=CLASSES)
    network = EncoderNetwork(shape).eval()
    assert network.to_classes is not None
    embedding = torch.randn(50, 16)
    before = network.to_classes(embedding).detach().numpy()
    logits, labels = drawn(4)
    calibration = fit_calibration(logits, labels, pull=0.02)
    calibration.fold_into(network)
    after = torch.softmax(network.to_classes(embedding), dim=1).detach().numpy()
    assert np.allclose(after, calibration.probabilities(before), atol=1e-5)

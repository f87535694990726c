"""Figures on kits that were held out from the training of the encoder."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.encoder_network import EncoderNetwork
from tui_browser.records import CONFIDENT_P, DRUMS, FloatArray
from tui_browser.training.encoder.augmented_data import AugmentedClips
from tui_browser.training.encoder.calibration import Calibration, probabilities_of_strangers
from tui_browser.training.encoder.trainer import run_encoder
from tui_browser.training.labels import CLASS_NAMES, UNKNOWN
from tui_browser.training.metrics import expected_calibration_error, macro_f1, purity


def evaluate(
    network: EncoderNetwork, views: AugmentedClips, held_out: frozenset[str]
) -> tuple[dict[str, Any], Calibration | None]:
    """Figures on the unmodified clips of these kits, and the calibration that fits them; None without such clips.

    Probabilities are judged under a calibration that was fitted without the kit in question.
    """
    clips = np.flatnonzero(np.isin(views.kits, list(held_out)) & (views.labels != UNKNOWN))
    if not len(clips):
        return {}, None
    labels = views.labels[clips]
    out = run_encoder(network, views.mels[views.first[clips]].astype(np.float32) / np.float32(255))
    p, calibration = probabilities_of_strangers(out["logits"], labels, views.kits[clips])
    drums = labels < len(DRUMS)
    figures: dict[str, Any] = {"clips": len(clips), "temperature": round(calibration.temperature, 3)}
    for name, rows in (("drums", drums), ("kinds", ~drums)):
        if rows.any():
            figures[name] = _figures(out, p, labels, rows)
    figures["by_class"] = _by_class(p, labels)
    return figures, calibration


def _figures(
    out: dict[str, FloatArray], p: FloatArray, labels: NDArray[np.int64], rows: NDArray[np.bool_]
) -> dict[str, float]:
    truth, predicted = labels[rows], p[rows].argmax(axis=1)
    figures = {
        "clips": int(rows.sum()),
        "purity10": purity(out["embedding"][rows], truth),
        "accuracy": float((predicted == truth).mean()),
        "macro_f1": macro_f1(truth, predicted),
        "ece": expected_calibration_error(predicted == truth, p[rows].max(axis=1)),
    }
    if "xy" in out:
        figures["map_purity10"] = purity(out["xy"][rows], truth)
    return {name: round(value, 4) for name, value in figures.items()}


def _by_class(p: FloatArray, labels: NDArray[np.int64]) -> dict[str, list[float]]:
    """Clips, recall, share of what is said to be it that is shown without doubt, and how much of that is right."""
    predicted, sure = p.argmax(axis=1), p.max(axis=1) >= CONFIDENT_P
    figures = {}
    for index, name in enumerate(CLASS_NAMES):
        own, said = labels == index, predicted == index
        if own.any():
            shown = said & sure
            figures[name] = [
                int(own.sum()),
                round(float(said[own].mean()), 3),
                round(float(sure[said].mean()), 3) if said.any() else 0.0,
                round(float(own[shown].mean()), 3) if shown.any() else 0.0,
            ]
    return figures

"""Evaluation of a user model on held-out files, and its presentation in config.json and the report."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch  # 1.6 s; only training imports this module
from numpy.typing import NDArray

from tui_browser.model.bundle import Bundle
from tui_browser.model.encoder_network import EncoderNetwork
from tui_browser.records import FloatArray
from tui_browser.training.metrics import fit_temperature, macro_f1, neighbour_labels
from tui_browser.training.user.fine_tuning import FineTuner
from tui_browser.training.user.report import ReportContents
from tui_browser.training.user.user_model import TrainingFiles, TrainingOptions

_MIN_CALIBRATION_FILES = 25
"""Validation files needed for temperature scaling."""
_MIN_TEMPERATURE = 0.5
"""Lower bound of the temperature, which has none if all validation files are classified correctly."""


def evaluate(
    network: EncoderNetwork,
    outputs: dict[str, FloatArray],
    labels: NDArray[np.int64],
    splits: NDArray[np.str_],
    readable: NDArray[np.bool_],
    classes: tuple[str, ...],
) -> dict[str, Any]:
    """Figures on held-out files; also scales the temperature of the class head, in place.

    `outputs` are those of `run_encoder` for N files; `labels`, `splits` and `readable` are (N,).
    """
    figures: dict[str, Any] = {}
    if not classes or network.to_classes is None:
        return {"held_out": int((readable & (splits != "train")).sum())}
    rows = np.flatnonzero(readable & (splits == "validation"))
    temperature = 1.0
    if len(rows) >= _MIN_CALIBRATION_FILES:
        temperature = max(_MIN_TEMPERATURE, fit_temperature(outputs["logits"][rows], labels[rows]))
    with torch.no_grad():
        network.to_classes.weight.div_(temperature)
        network.to_classes.bias.div_(temperature)
    figures["temperature"] = round(temperature, 3)
    predicted = outputs["logits"].argmax(axis=1)
    for split in ("validation", "test"):
        rows = np.flatnonzero(readable & (splits == split))
        if len(rows):
            figures[split] = {
                "files": len(rows),
                "accuracy": round(float((predicted[rows] == labels[rows]).mean()), 4),
                "macro_f1": round(macro_f1(labels[rows], predicted[rows]), 4),
            }
    held_out = readable & (splits != "train")
    rows = np.flatnonzero(held_out if held_out.any() else readable)
    figures["judged"] = f"{len(rows)} held-out files" if held_out.any() else "the training files"
    figures["held_out"] = int(held_out.sum())
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (labels[rows], predicted[rows]), 1)
    figures["confusion"] = confusion.tolist()
    if held_out.any():
        figures["purity10"] = held_out_purity(outputs["embedding"], labels, splits, readable, classes)
        totals = {name: (int(confusion[at, at]), int(confusion[at].sum())) for at, name in enumerate(classes)}
        figures["recall"] = {name: round(correct / total, 3) for name, (correct, total) in totals.items() if total}
    return figures


def held_out_purity(
    embedding: FloatArray,
    labels: NDArray[np.int64],
    splits: NDArray[np.str_],
    readable: NDArray[np.bool_],
    classes: tuple[str, ...],
) -> float | None:
    """Share of the ten nearest neighbours of held-out files that have their class; None if undefined."""
    held_out = (splits != "train")[readable]
    if not classes or not held_out.any():
        return None
    same_class = neighbour_labels(embedding[readable], labels[readable]) == labels[readable][:, None]
    return round(float(same_class[held_out].mean()), 4) if same_class.size else None


def config_sections(
    files: TrainingFiles, options: TrainingOptions, base: Bundle | None, tuner: FineTuner, figures: dict[str, Any]
) -> dict[str, Any]:
    """Sections of config.json about data, hyperparameters and figures, without file names."""
    counts = {split: sum(e.split == split for e in files.entries) for split in ("train", "validation", "test")}
    return {
        "data": {
            "own_files": len(files.entries),
            **counts,
            "left_out": len(files.left_out),
            "base": None if base is None else {"name": base.name, "space": base.space, "data": base.config.get("data")},
        },
        "training": {
            "seed": options.seed,
            "steps": tuner.step,
            "most_steps": tuner.recipe.steps,
            "batch": tuner.recipe.batch,
            "rate": tuner.recipe.rate,
            "beta": tuner.recipe.beta,
            "seconds": round(tuner.seconds, 1),
            "torch": torch.__version__,
            "device": tuner.device,
        },
        "figures": figures,
    }


def report_contents(
    bundle: Bundle,
    files: TrainingFiles,
    tuner: FineTuner,
    outputs: dict[str, FloatArray],
    labels: NDArray[np.int64],
    readable: NDArray[np.bool_],
    figures: dict[str, Any],
    *,
    seconds: float,
    cpu_s: float,
) -> ReportContents:
    """What the report shows; `outputs` are those of `run_encoder` for N files, `labels` and `readable` are (N,)."""
    base = bundle.config["data"]["base"]
    facts = {
        "training files": f"{bundle.config['data']['train']:,}",
        "held-out files": f"{figures['held_out']:,}",
        "files left out": f"{len(files.left_out):,}",
        "base model": base["name"] if base else "none",
        "steps": f"{tuner.step} of at most {tuner.recipe.steps}",
        "time": f"{seconds:.0f} s ({cpu_s:.0f} s CPU time)",
        "sizes": f"embedding {bundle.dim}, z {bundle.z_dim}",
    }
    for split in ("validation", "test"):
        if split in figures:
            result = figures[split]
            accuracy = f"{100 * result['accuracy']:.0f} % of {result['files']}"
            facts[f"accuracy ({split})"] = f"{accuracy}, macro F1 {result['macro_f1']:.2f}"
    if figures.get("purity10") is not None:
        facts["neighbours of the same class"] = f"{100 * figures['purity10']:.0f} %"
    if figures.get("base_purity10") is not None:
        facts["neighbours of the same class, base model"] = f"{100 * figures['base_purity10']:.0f} %"
    xy = outputs.get("xy")
    rows = np.flatnonzero(readable)
    return ReportContents(
        name=bundle.name,
        facts=facts,
        history=tuner.history,
        classes=files.classes,
        confusion=np.array(figures["confusion"]) if "confusion" in figures else None,
        caption=f"Rows are true classes, columns predicted classes, of {figures.get('judged', '')}.",
        xy=None if xy is None else xy[rows],
        labels=labels[rows] if files.classes else np.full(len(rows), -1),
        names=[os.path.basename(files.entries[row].path) for row in rows.tolist()],
    )

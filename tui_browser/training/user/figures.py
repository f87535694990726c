"""What is told of a model of one's own: figures on what was held out, config.json, report."""

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

_TRUSTED = 25
"""Files held out from which on they tell how sure the class head may be."""
_SUREST = 0.5
"""Least temperature: where all of a few files are right, nothing else would bound it."""


def evaluate(
    network: EncoderNetwork,
    heard: dict[str, FloatArray],
    labels: NDArray[np.int64],
    sides: NDArray[np.str_],
    readable: NDArray[np.bool_],
    classes: tuple[str, ...],
) -> dict[str, Any]:
    """Figures on the files that were held out; the class head is made as sure as it may be of them."""
    found: dict[str, Any] = {}
    if not classes or network.to_classes is None:
        return {"held_out": int((readable & (sides != "train")).sum())}
    rows = np.flatnonzero(readable & (sides == "validation"))
    temperature = max(_SUREST, fit_temperature(heard["logits"][rows], labels[rows])) if len(rows) >= _TRUSTED else 1.0
    with torch.no_grad():
        network.to_classes.weight.div_(temperature)
        network.to_classes.bias.div_(temperature)
    found["temperature"] = round(temperature, 3)
    said = heard["logits"].argmax(axis=1)
    for side in ("validation", "test"):
        rows = np.flatnonzero(readable & (sides == side))
        if len(rows):
            found[side] = {
                "files": len(rows),
                "accuracy": round(float((said[rows] == labels[rows]).mean()), 4),
                "macro_f1": round(macro_f1(labels[rows], said[rows]), 4),
            }
    held = readable & (sides != "train")
    rows = np.flatnonzero(held if held.any() else readable)
    found["judged"] = f"{len(rows)} files that were held out" if held.any() else "the files that it learned from"
    found["held_out"] = int(held.sum())
    table = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(table, (labels[rows], said[rows]), 1)
    found["confusion"] = table.tolist()
    if held.any():
        found["purity10"] = held_out_purity(heard["embedding"], labels, sides, readable, classes)
        hits = {name: (int(table[at, at]), int(table[at].sum())) for at, name in enumerate(classes)}
        found["recall"] = {name: round(right / of, 3) for name, (right, of) in hits.items() if of}
    return found


def held_out_purity(
    embedding: FloatArray,
    labels: NDArray[np.int64],
    sides: NDArray[np.str_],
    readable: NDArray[np.bool_],
    classes: tuple[str, ...],
) -> float | None:
    """Share of a held-out file's ten nearest among all files that have its class; None where nothing can be said."""
    held = (sides != "train")[readable]
    if not classes or not held.any():
        return None
    same = neighbour_labels(embedding[readable], labels[readable]) == labels[readable][:, None]
    return round(float(same[held].mean()), 4) if same.size else None


def config_sections(
    material: TrainingFiles, wish: TrainingOptions, base: Bundle | None, tuner: FineTuner, figures: dict[str, Any]
) -> dict[str, Any]:
    """What config.json says of where the weights come from: numbers, no names of files."""
    counted = {side: sum(e.split == side for e in material.examples) for side in ("train", "validation", "test")}
    return {
        "data": {
            "own_files": len(material.examples),
            **counted,
            "left_out": len(material.left_out),
            "base": None if base is None else {"name": base.name, "space": base.space, "data": base.config.get("data")},
        },
        "training": {
            "seed": wish.seed,
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
    material: TrainingFiles,
    tuner: FineTuner,
    heard: dict[str, FloatArray],
    labels: NDArray[np.int64],
    readable: NDArray[np.bool_],
    figures: dict[str, Any],
    *,
    seconds: float,
    cpu_s: float,
) -> ReportContents:
    base = bundle.config["data"]["base"]
    facts = {
        "learned from": f"{bundle.config['data']['train']:,} files",
        "held out": f"{figures['held_out']:,} files",
        "left out": f"{len(material.left_out):,} files",
        "begun from": base["name"] if base else "nothing",
        "steps": f"{tuner.step} of at most {tuner.recipe.steps}",
        "time": f"{seconds:.0f} s ({cpu_s:.0f} s of processor time)",
        "vectors": f"{bundle.dim} numbers, z {bundle.z_dim}",
    }
    for side in ("validation", "test"):
        if side in figures:
            of = figures[side]
            facts[f"right ({side})"] = f"{100 * of['accuracy']:.0f} % of {of['files']}, macro F1 {of['macro_f1']:.2f}"
    if figures.get("purity10") is not None:
        facts["neighbours of the same class"] = f"{100 * figures['purity10']:.0f} %"
    if figures.get("base_purity10") is not None:
        facts["the same before training"] = f"{100 * figures['base_purity10']:.0f} %"
    xy = heard.get("xy")
    rows = np.flatnonzero(readable)
    return ReportContents(
        name=bundle.name,
        facts=facts,
        history=tuner.history,
        classes=material.classes,
        confusion=np.array(figures["confusion"]) if "confusion" in figures else None,
        judged=f"Rows are what the files are, columns what they were taken for: {figures.get('judged', '')}.",
        xy=None if xy is None else xy[rows],
        labels=labels[rows] if material.classes else np.full(len(rows), -1),
        names=[os.path.basename(material.examples[row].path) for row in rows.tolist()],
    )

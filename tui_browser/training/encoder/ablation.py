"""Ablation: what each source of training data gives, and what is chance.

`python -m tui_browser.training.encoder.ablation --pool FOLDER`

Runs of equal length, each judged on the same kits held out of the pool (`training.APART`): the whole recipe with
several seeds, and recipes that lack a source. A line of JSON a run goes to --out; a run that is there is not repeated.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import BrowserError
from tui_browser.model.network_shape import NetworkShape
from tui_browser.records import CLASSES
from tui_browser.training.command import APART
from tui_browser.training.denormals import small_numbers_are_zero
from tui_browser.training.encoder.augmented_data import AugmentedClips, pool_views, synth_views
from tui_browser.training.encoder.sampler import OTHER, Sampler
from tui_browser.training.encoder.trainer import EncoderHyperparameters, EncoderTrainer, run_network
from tui_browser.training.metrics import calibration_error, macro_f1, near_labels
from tui_browser.training.pool import read_pool


@dataclass(frozen=True, slots=True)
class AblationRun:
    """One run of the study."""

    name: str
    synth: bool = True
    varied: bool = True
    other: bool = True
    seed: int = 0


RUNS = (
    AblationRun("all"),
    AblationRun("pool", synth=False, varied=False, other=False),
    AblationRun("pool + synthesiser", varied=False, other=False),
    AblationRun("pool + synthesiser + variations", other=False),
    AblationRun("all", seed=1),
    AblationRun("all without synthesiser", synth=False),
    AblationRun("all", seed=2),
    AblationRun("all without variations", varied=False),
)
"""Sources one after the other, then what the whole loses without one of them."""


def main(argv: list[str] | None = None) -> int:
    """Carry out the runs that --out lacks; 0, or 1 with a sentence about what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tui_browser.training.encoder.ablation", description=__doc__)
    parser.add_argument("--pool", required=True, help="folder with pool.tsv and pool/")
    parser.add_argument("--out", required=True, help="file of JSON lines")
    parser.add_argument("--cache", default=os.path.expanduser("~/.cache/tui-browser/training"))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=1, help="processes that make views")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    args = parser.parse_args(argv)
    try:
        with small_numbers_are_zero():
            study(args)
    except BrowserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def study(args: argparse.Namespace) -> None:
    """All runs, one after the other."""
    torch.set_num_threads(args.threads)
    common: dict[str, Any] = {"folder": args.cache, "front_end": DEFAULT_FRONT_END, "jobs": args.jobs}
    real = pool_views(read_pool(args.pool), seed=1, drum=24, other=6, **common)
    counts = {name: 300 * (2 if name == "other" else 1) for name in CLASSES}
    made = synth_views(seed=1, counts=counts, views=3, **common)
    for run in RUNS:
        if (run.name, run.seed, args.steps) in _done(args.out):
            continue
        began = time.process_time()
        found = _carry_out(run, real, made, steps=args.steps)
        line = {"run": run.name, "seed": run.seed, "steps": args.steps, **found}
        line["cpu_s"] = round(time.process_time() - began)
        with open(args.out, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _done(path: str) -> set[tuple[str, int, int]]:
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {(line["run"], line["seed"], line["steps"]) for line in lines}


def _carry_out(run: AblationRun, real: AugmentedClips, made: AugmentedClips, *, steps: int) -> dict[str, Any]:
    recipe = EncoderHyperparameters(steps=steps, seed=run.seed)
    shards = [(real, 0.6 if run.synth else 1.0), *([(made, 0.4)] if run.synth else [])]
    if not run.varied:
        recipe = replace(recipe, clean=1.0)
        shards = [(unvaried(views), weight) for views, weight in shards]
    shape = NetworkShape(n_mels=DEFAULT_FRONT_END.n_mels, frames=DEFAULT_FRONT_END.frames)
    sampler = Sampler(shards, apart=frozenset(APART), other_share=0.2 if run.other else 0.0, seed=run.seed)
    trainer = EncoderTrainer(shape, recipe, front_end=DEFAULT_FRONT_END)
    trainer.run(sampler, checkpoint=None, tell=lambda _: None)
    return judged(trainer, unvaried(real))


def unvaried(views: AugmentedClips) -> AugmentedClips:
    """The first view of each clip alone: the sound as it is."""
    return AugmentedClips(views.pictures[views.first[:-1]], np.arange(len(views.first)), views.labels, views.kits)


def judged(trainer: EncoderTrainer, views: AugmentedClips) -> dict[str, Any]:
    """Figures on the percussion of the held-out kits: over all, by class, by kit; 95 % intervals over kits."""
    clips = np.flatnonzero(np.isin(views.kits, list(APART)) & (views.labels != OTHER))
    labels, kits = views.labels[clips], views.kits[clips]
    out = run_network(trainer.average, views.pictures[clips].astype(np.float32) / np.float32(255))
    p = np.exp(out["logits"] - out["logits"].max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    right = p.argmax(axis=1) == labels
    alike = (near_labels(out["embedding"], labels, k=10) == labels[:, None]).mean(axis=1)
    return {
        "clips": len(clips),
        "purity10": round(float(alike.mean()), 4),
        "purity10_ci": round(over_kits(alike, kits), 4),
        "accuracy": round(float(right.mean()), 4),
        "accuracy_ci": round(over_kits(right, kits), 4),
        "macro_f1": round(macro_f1(labels, p.argmax(axis=1)), 4),
        "ece": round(calibration_error(right, p.max(axis=1)), 4),
        "recall": {CLASSES[c]: round(float(right[labels == c].mean()), 3) for c in np.unique(labels)},
        "kits": {str(kit): round(float(right[kits == kit].mean()), 3) for kit in np.unique(kits)},
    }


def over_kits(values: NDArray[Any], kits: NDArray[np.str_], *, draws: int = 1000) -> float:
    """Half of a 95 % interval of the mean of `values` (N,), whole kits drawn with replacement."""
    rng = np.random.default_rng(0)
    sums = np.array([values[kits == kit].sum() for kit in np.unique(kits)], dtype=np.float64)
    sizes = np.array([(kits == kit).sum() for kit in np.unique(kits)])
    drawn = rng.integers(0, len(sums), (draws, len(sums)))
    return 1.96 * float((sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)).std())


if __name__ == "__main__":
    sys.exit(main())

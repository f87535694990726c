"""Ablation study of the sources of training data.

`python -m tui_browser.training.encoder.ablation --pool FOLDER --out FILE`

Short runs of equal length are evaluated on the same held-out kits (`command.HELD_OUT_KITS`): all sources with several
seeds, and runs without one of the sources. --out gets one line of JSON for each run; runs in it are not repeated.
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
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import DRUMS
from tui_browser.synth.other import SYNTHESISED_KINDS
from tui_browser.training.command import HELD_OUT_KITS
from tui_browser.training.denormals import flush_denormals
from tui_browser.training.encoder.augmented_data import AugmentedClips, pool_views, synth_views
from tui_browser.training.encoder.sampler import ShardSampler
from tui_browser.training.encoder.trainer import EncoderHyperparameters, EncoderTrainer, run_encoder
from tui_browser.training.labels import CLASS_NAMES, label_shares
from tui_browser.training.metrics import expected_calibration_error, macro_f1, neighbour_labels
from tui_browser.training.pool import read_pool


@dataclass(frozen=True, slots=True)
class AblationRun:
    """One run of the study."""

    name: str
    synth: bool = True
    """With synthesised sounds."""
    varied: bool = True
    """With augmentation."""
    other: bool = True
    """With sounds that are not drums."""
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
"""Sources added one after another, then all sources without one of them."""


def main(argv: list[str] | None = None) -> int:
    """Do the runs that are missing in --out; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tui_browser.training.encoder.ablation", description=__doc__)
    parser.add_argument("--pool", required=True, help="folder with pool.tsv and pool/")
    parser.add_argument("--out", required=True, help="file of JSON lines")
    parser.add_argument("--cache", default=os.path.expanduser("~/.cache/tui-browser/training"))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=1, help="processes that compute views")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    args = parser.parse_args(argv)
    try:
        with flush_denormals():
            study(args)
    except BrowserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def study(args: argparse.Namespace) -> None:
    """Do all runs, one after another."""
    torch.set_num_threads(args.threads)
    common: dict[str, Any] = {"folder": args.cache, "front_end": DEFAULT_FRONT_END, "jobs": args.jobs}
    pool_shard = pool_views(read_pool(args.pool), seed=1, drum=24, other=6, **common)
    counts = dict.fromkeys(DRUMS, 300) | dict.fromkeys(SYNTHESISED_KINDS, 60)
    synth_shard = synth_views(seed=1, counts=counts, views=3, **common)
    for run in RUNS:
        if (run.name, run.seed, args.steps) in _finished_runs(args.out):
            continue
        started = time.process_time()
        figures = _train_and_evaluate(run, pool_shard, synth_shard, steps=args.steps)
        line = {"run": run.name, "seed": run.seed, "steps": args.steps, **figures}
        line["cpu_s"] = round(time.process_time() - started)
        with open(args.out, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _finished_runs(path: str) -> set[tuple[str, int, int]]:
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {(line["run"], line["seed"], line["steps"]) for line in lines}


def _train_and_evaluate(
    run: AblationRun, pool_shard: AugmentedClips, synth_shard: AugmentedClips, *, steps: int
) -> dict[str, Any]:
    recipe = EncoderHyperparameters(steps=steps, seed=run.seed)
    shards = [(pool_shard, 0.6 if run.synth else 1.0), *([(synth_shard, 0.4)] if run.synth else [])]
    if not run.varied:
        recipe = replace(recipe, clean=1.0)
        shards = [(first_views(views), weight) for views, weight in shards]
    shape = EncoderShape(n_mels=DEFAULT_FRONT_END.n_mels, frames=DEFAULT_FRONT_END.frames, classes=len(CLASS_NAMES))
    shares = label_shares(drums=0.6 if run.other else 1.0, unknown=0.03 if run.other else 0.0)
    sampler = ShardSampler(shards, held_out=frozenset(HELD_OUT_KITS), shares=shares, seed=run.seed)
    trainer = EncoderTrainer(shape, recipe, front_end=DEFAULT_FRONT_END)
    trainer.run(sampler, checkpoint=None, log=lambda _: None)
    return held_out_figures(trainer, first_views(pool_shard))


def first_views(views: AugmentedClips) -> AugmentedClips:
    """Only the first, unmodified view of each clip."""
    return AugmentedClips(views.mels[views.first[:-1]], np.arange(len(views.first)), views.labels, views.kits)


def held_out_figures(trainer: EncoderTrainer, views: AugmentedClips) -> dict[str, Any]:
    """Figures on the percussion of the held-out kits, with 95 % intervals over kits, by class and by kit."""
    clips = np.flatnonzero(np.isin(views.kits, list(HELD_OUT_KITS)) & (views.labels < len(DRUMS)))
    labels, kits = views.labels[clips], views.kits[clips]
    out = run_encoder(trainer.ema, views.mels[clips].astype(np.float32) / np.float32(255))
    p = np.exp(out["logits"] - out["logits"].max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    correct = p.argmax(axis=1) == labels
    purity = (neighbour_labels(out["embedding"], labels, k=10) == labels[:, None]).mean(axis=1)
    return {
        "clips": len(clips),
        "purity10": round(float(purity.mean()), 4),
        "purity10_ci": round(kit_interval(purity, kits), 4),
        "accuracy": round(float(correct.mean()), 4),
        "accuracy_ci": round(kit_interval(correct, kits), 4),
        "macro_f1": round(macro_f1(labels, p.argmax(axis=1)), 4),
        "ece": round(expected_calibration_error(correct, p.max(axis=1)), 4),
        "recall": {CLASS_NAMES[c]: round(float(correct[labels == c].mean()), 3) for c in np.unique(labels)},
        "kits": {str(kit): round(float(correct[kits == kit].mean()), 3) for kit in np.unique(kits)},
    }


def kit_interval(values: NDArray[Any], kits: NDArray[np.str_], *, draws: int = 1000) -> float:
    """Half width of the 95 % interval of the mean of `values` (N,), by bootstrap over kits."""
    rng = np.random.default_rng(0)
    sums = np.array([values[kits == kit].sum() for kit in np.unique(kits)], dtype=np.float64)
    sizes = np.array([(kits == kit).sum() for kit in np.unique(kits)])
    drawn = rng.integers(0, len(sums), (draws, len(sums)))
    return 1.96 * float((sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)).std())


if __name__ == "__main__":
    sys.exit(main())

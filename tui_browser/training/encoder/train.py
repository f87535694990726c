"""Train the shipped encoder from the pool.

`python -m tui_browser.training.encoder.train --pool FOLDER --out models/drums`

The views are made first (kept in --cache and used again), then the network learns for --minutes of one core; a run
that was killed goes on with --resume. What comes out is a bundle: config.json, weights.safetensors, CARD.md.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections import Counter

import numpy as np
import torch

from tui_browser.dsp.mel import DEFAULT_FRONT_END, FrontEnd
from tui_browser.errors import BrowserError
from tui_browser.model.bundle import write_bundle
from tui_browser.model.network import Network, stored
from tui_browser.model.network_shape import NetworkShape
from tui_browser.records import CLASSES, FloatArray
from tui_browser.training.card import FAMILIES, write_card
from tui_browser.training.command import APART, run_command, run_options
from tui_browser.training.encoder.augmented_data import AugmentedClips, pool_views, synth_views
from tui_browser.training.encoder.map_head import fit_map
from tui_browser.training.encoder.sampler import OTHER, Sampler
from tui_browser.training.encoder.trainer import EncoderHyperparameters, EncoderTrainer, run_network
from tui_browser.training.metrics import best_temperature, calibration_error, macro_f1, purity
from tui_browser.training.pool import Pool, read_pool


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = run_options(
        "tui_browser.training.encoder.train",
        __doc__,
        out="folder of the bundle to write",
        cache="training",
        minutes=37.0,
    )
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --cache")
    parser.add_argument("--start", default="", metavar="CHECKPOINT", help="weights to begin with, of another run")
    parser.add_argument("--jobs", type=int, default=2, help="processes that make views")
    parser.add_argument("--drum-views", type=int, default=60)
    parser.add_argument("--other-views", type=int, default=14)
    parser.add_argument("--synth", type=int, default=600, help="synthesised sounds a class (0: none)")
    parser.add_argument("--synth-views", type=int, default=3)
    parser.add_argument("--synth-seed", type=int, default=1)
    parser.add_argument("--synth-share", type=float, default=0.4, help="of the clips of a percussion class")
    parser.add_argument("--channels", type=int, nargs="+", default=[16, 32, 64, 128])
    parser.add_argument("--blocks", type=int, nargs="+", default=[0, 1, 1, 1])
    parser.add_argument("--other-share", type=float, default=0.2, help="of all clips that are drawn")
    parser.add_argument("--map", type=int, default=256, help="width of the map head (0: none)")
    parser.add_argument("--map-steps", type=int, default=1500)
    parser.add_argument("--temperature", type=float, default=1.0, help="of the class head, where no kit is held out")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="numbers of the recipe")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Train and write the bundle; 0, or 1 with a sentence about what is wrong."""
    return run_command(train, arguments(argv))


def train(args: argparse.Namespace) -> int:
    """The whole run."""
    front_end = DEFAULT_FRONT_END
    pool = read_pool(args.pool)
    print(f"{len(pool.clips)} clips, {pool.left_out} share-alike ones left out", flush=True)
    shards = _shards(args, pool, front_end)
    apart = frozenset(args.apart)
    strange = apart - {clip.kit for clip in pool.clips}
    if strange and args.apart != list(APART):
        raise BrowserError(f"the pool has no kit {sorted(strange)[0]}", hint="--apart takes names of its column kit")
    extra = {
        name: type(getattr(EncoderHyperparameters(), name))(value)
        for name, value in (pair.split("=") for pair in args.set)
    }
    recipe = EncoderHyperparameters(**{"minutes": args.minutes, "steps": args.steps, "seed": args.seed, **extra})
    shape = NetworkShape(
        n_mels=front_end.n_mels,
        frames=front_end.frames,
        channels=tuple(args.channels),
        blocks=tuple(args.blocks),
        map_hidden=args.map,
    )
    sampler = Sampler(shards, apart=apart, other_share=args.other_share, seed=args.seed)
    trainer = EncoderTrainer(shape, recipe, front_end=front_end)
    checkpoint = os.path.join(args.cache, f"checkpoint-{os.path.basename(os.path.abspath(args.out))}.safetensors")
    if args.resume and trainer.restore(checkpoint, sampler.rng):
        print(f"going on from step {trainer.step}", flush=True)
    elif args.start:
        trainer.start_from(args.start)
    trainer.run(sampler, checkpoint=checkpoint, tell=functools.partial(print, flush=True))
    if args.map:
        embedding = _embeddings(trainer.average, shards, apart)
        fit_map(
            trainer.average,
            torch.from_numpy(embedding),
            steps=args.map_steps,
            seed=args.seed,
            tell=functools.partial(print, flush=True),
        )
    figures: dict[str, float] = {}
    temperature = args.temperature
    if np.isin(shards[0][0].kits, list(apart)).any():
        figures, temperature = _judge(trainer.average, shards[0][0], apart)
        print("held-out kits:", figures, flush=True)
    _soften(trainer.average, temperature)
    data = _data(pool, shards, args, figures, temperature)
    weights = {name: value.detach().numpy() for name, value in stored(trainer.average).items()}
    bundle = write_bundle(args.out, shape=shape, front_end=front_end, weights=weights, classes=CLASSES, about=data)
    if os.path.exists(old := os.path.join(bundle.folder, FAMILIES)):
        os.unlink(old)  # it tells of the weights that were there before
    write_card(bundle, pool)
    print(f"{bundle.folder}: {bundle.space}, {trainer.step} steps in {trainer.seconds / 60:.1f} minutes", flush=True)
    return 0


def _shards(args: argparse.Namespace, pool: Pool, front_end: FrontEnd) -> list[tuple[AugmentedClips, float]]:
    common = {"folder": args.cache, "front_end": front_end, "jobs": args.jobs}
    real = pool_views(pool, seed=1, drum=args.drum_views, other=args.other_views, **common)
    if not args.synth:
        return [(real, 1.0)]
    counts = {name: args.synth * (2 if name == "other" else 1) for name in CLASSES}
    made = synth_views(seed=args.synth_seed, counts=counts, views=args.synth_views, **common)
    return [(real, 1.0 - args.synth_share), (made, args.synth_share)]


def _embeddings(network: Network, shards: list[tuple[AugmentedClips, float]], apart: frozenset[str]) -> FloatArray:
    """(N, D) embeddings for the map: a few views of each clip that is trained on."""
    parts = []
    for views, _ in shards:
        clips = np.flatnonzero(~np.isin(views.kits, list(apart)))
        some = np.minimum(np.diff(views.first)[clips], np.where(views.labels[clips] == OTHER, 2, 4))
        chosen = np.concatenate([views.first[clip] + np.arange(count) for clip, count in zip(clips, some, strict=True)])
        for block in np.array_split(chosen, len(chosen) // 1024 + 1):
            pictures = views.pictures[block].astype(np.float32) / np.float32(255)
            parts.append(run_network(network, pictures)["embedding"])
    return np.concatenate(parts)


def _judge(network: Network, views: AugmentedClips, apart: frozenset[str]) -> tuple[dict[str, float], float]:
    """Figures on the unvaried held-out clips, and the class head's temperature that fits them best."""
    clips = np.flatnonzero(np.isin(views.kits, list(apart)))
    labels = views.labels[clips]
    pictures = views.pictures[views.first[clips]].astype(np.float32) / np.float32(255)
    out = run_network(network, pictures)
    drums = labels != OTHER
    figures = {
        "clips": len(clips),
        "drums": int(drums.sum()),
        "purity10": purity(out["embedding"][drums], labels[drums]),
    }
    if "xy" in out:
        figures["map_purity10"] = purity(out["xy"][drums], labels[drums])
    # Held-out kits are easier than machines from elsewhere: sharper than learned would claim too much there.
    temperature = max(1.0, best_temperature(out["logits"][drums], labels[drums]))
    logits = out["logits"] / temperature
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    said = p.argmax(axis=1)
    right = said == labels
    figures |= {
        "accuracy": float(right[drums].mean()),
        "accuracy_all": float(right.mean()),
        "macro_f1": macro_f1(labels[drums], said[drums]),
        "ece": calibration_error(right[drums], p.max(axis=1)[drums]),
        "temperature": temperature,
    }
    return {name: round(value, 4) for name, value in figures.items()}, temperature


def _soften(network: Network, temperature: float) -> None:
    """Fold the temperature into the class head."""
    assert network.to_classes is not None
    with torch.no_grad():
        network.to_classes.weight.div_(temperature)
        network.to_classes.bias.div_(temperature)


def _data(
    pool: Pool,
    shards: list[tuple[AugmentedClips, float]],
    args: argparse.Namespace,
    figures: dict[str, float],
    temperature: float,
) -> dict[str, object]:
    """What config.json says about where the weights come from."""
    synth = shards[1][0] if len(shards) > 1 else None
    return {
        "data": {
            "pool_clips": len(pool.clips),
            "pool_percussion": sum(CLASSES[clip.label] != "other" for clip in pool.clips),
            "synthesised": 0 if synth is None else len(synth.labels),
            "sources": dict(sorted(Counter(clip.source for clip in pool.clips).items())),
            "licences": dict(sorted(Counter(clip.licence for clip in pool.clips).items())),
            "held_out": sorted(args.apart),
        },
        "training": {
            name: value
            for name, value in vars(args).items()
            if name not in ("pool", "out", "cache", "jobs", "resume", "start")
        },
        "figures": {"held_out_kits": figures, "temperature": temperature},
    }


if __name__ == "__main__":
    sys.exit(main())

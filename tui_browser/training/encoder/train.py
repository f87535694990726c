"""Train the shipped encoder from the pool.

`python -m tui_browser.training.encoder.train --pool FOLDER --rendered FOLDER --out models/general`

Augmented views are computed first and kept in --cache. Then the encoder is trained for --minutes and the map head for
--map-steps, and a bundle is written: config.json, weights.safetensors, CARD.md. --resume continues a killed run.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections import Counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tui_browser.dsp.mel import DEFAULT_FRONT_END, MelFrontEnd
from tui_browser.errors import BrowserError
from tui_browser.model.bundle import Bundle, load_bundle, write_bundle
from tui_browser.model.encoder_network import EncoderNetwork, bundle_tensors, load_encoder, load_trainable_encoder
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import CLASSES, DRUMS, FAMILY_OF, FloatArray
from tui_browser.synth.other import SYNTHESISED_KINDS
from tui_browser.training.card import FAMILIES_FILE, write_card
from tui_browser.training.command import HELD_OUT_KITS, run_command, training_parser
from tui_browser.training.encoder.augmented_data import AugmentedClips, pool_views, synth_views
from tui_browser.training.encoder.blending import blend, fit_class_head, measure_statistics
from tui_browser.training.encoder.held_out import evaluate
from tui_browser.training.encoder.map_head import train_map_head
from tui_browser.training.encoder.sampler import ShardSampler
from tui_browser.training.encoder.trainer import EncoderHyperparameters, EncoderTrainer, run_encoder
from tui_browser.training.labels import CLASS_NAMES, UNKNOWN, family_groups, label_shares
from tui_browser.training.pool import Pool, read_pool

_HEAD_VIEWS = 8
"""Views of a clip of the pool that the class head is fitted to after averaging; two of any other clip."""


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = training_parser(
        "tui_browser.training.encoder.train",
        __doc__,
        out="folder of the bundle to write",
        cache="training",
        minutes=37.0,
    )
    parser.add_argument("--resume", action="store_true", help="continue from the checkpoint in --cache")
    parser.add_argument(
        "--start", default="", metavar="MODEL", help="bundle to go on from: its weights, its z (and so its decoder)"
    )
    parser.add_argument("--keep", default="", metavar="MODEL", help="bundle whose z and map are kept instead")
    parser.add_argument(
        "--blend", nargs=2, default=[], metavar=("MODEL", "SHARE"), help="average the weights with those of this bundle"
    )
    parser.add_argument(
        "--teachers", nargs="*", default=[], metavar="MODEL", help="bundles with the same classes to learn from"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes that compute views")
    parser.add_argument("--rendered", default="", help="folder that tui_browser.training.rendered.make has filled")
    parser.add_argument("--drum-views", type=int, default=40)
    parser.add_argument("--other-views", type=int, default=14)
    parser.add_argument("--rendered-views", type=int, default=4)
    parser.add_argument("--synth", type=int, default=900, help="synthesised sounds of each drum (0: none)")
    parser.add_argument("--synth-kinds", type=int, default=350, help="synthesised sounds of each kind")
    parser.add_argument("--synth-views", type=int, default=3)
    parser.add_argument("--view-seeds", type=int, nargs="+", default=[1], help="a set of views, and of sounds, of each")
    parser.add_argument("--synth-share", type=float, default=0.4, help="share of synthesised clips in a batch")
    parser.add_argument("--channels", type=int, nargs="+", default=[16, 32, 64, 128])
    parser.add_argument("--blocks", type=int, nargs="+", default=[0, 1, 1, 1])
    parser.add_argument("--drum-share", type=float, default=0.6, help="share of drums in a batch")
    parser.add_argument("--map", type=int, default=256, help="width of the map head (0: none)")
    parser.add_argument("--map-steps", type=int, default=1500)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="hyperparameters")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Train the encoder and write a bundle; returns the exit code."""
    return run_command(train, arguments(argv))


def train(args: argparse.Namespace) -> int:
    """The whole run."""
    front_end = DEFAULT_FRONT_END
    pool = read_pool(args.pool)
    print(f"{len(pool.clips)} clips, {pool.left_out} share-alike ones left out", flush=True)
    shards = _shards(args, pool, front_end)
    held_out = frozenset(args.apart)
    unknown = held_out - {clip.kit for clip in pool.clips}
    if unknown and args.apart != list(HELD_OUT_KITS):
        raise BrowserError(f"the pool has no kit {sorted(unknown)[0]}", hint="--apart takes names of the column kit")
    overrides = {
        name: type(getattr(EncoderHyperparameters(), name))(value)
        for name, value in (pair.split("=") for pair in args.set)
    }
    recipe = EncoderHyperparameters(**{"minutes": args.minutes, "steps": args.steps, "seed": args.seed, **overrides})
    start = load_bundle(os.path.abspath(args.start), folders=()) if args.start else None
    before = load_bundle(os.path.abspath(args.keep), folders=()) if args.keep else start
    shape = EncoderShape(
        n_mels=front_end.n_mels,
        frames=front_end.frames,
        channels=tuple(args.channels),
        blocks=tuple(args.blocks),
        map_hidden=args.map,
        classes=len(CLASS_NAMES),
        z_wide=0 if before is None else int(before.config["network"].get("z_wide", 0)),
    )
    sampler = ShardSampler(shards, held_out=held_out, shares=label_shares(drums=args.drum_share), seed=args.seed)
    trainer = EncoderTrainer(shape, recipe, front_end=front_end)
    checkpoint = os.path.join(args.cache, f"checkpoint-{os.path.basename(os.path.abspath(args.out))}.safetensors")
    if start is not None:
        trainer.start_from(load_trainable_encoder(start))
    if before is not None:
        trainer.keep_z_of(load_encoder(before))
    trainer.learn_from([load_encoder(load_bundle(os.path.abspath(each), folders=())) for each in args.teachers])
    if args.resume and trainer.restore(checkpoint, sampler.rng):
        print(f"resuming at step {trainer.step}", flush=True)
    trainer.run(sampler, checkpoint=checkpoint, log=functools.partial(print, flush=True))
    if args.blend:
        _blend(trainer, sampler, load_bundle(os.path.abspath(args.blend[0]), folders=()), float(args.blend[1]))
        _fit_head(trainer.ema, shards, held_out, args.drum_share)
    if args.map:
        _train_map(trainer.ema, shards, held_out, before, args)
    figures, calibration = evaluate(trainer.ema, shards[0][0], held_out)
    if calibration is not None:
        print("held-out kits:", figures, flush=True)
        calibration.fold_into(trainer.ema)
    about = _config_sections(pool, shards, args, figures)
    weights = {name: value.detach().numpy() for name, value in bundle_tensors(trainer.ema).items()}
    bundle = write_bundle(args.out, shape=shape, front_end=front_end, weights=weights, classes=CLASS_NAMES, about=about)
    if os.path.exists(old := os.path.join(bundle.folder, FAMILIES_FILE)):
        os.unlink(old)  # figures of the previous weights
    write_card(bundle, pool)
    print(f"{bundle.folder}: {bundle.space}, {trainer.step} steps in {trainer.seconds / 60:.1f} minutes", flush=True)
    return 0


def _blend(trainer: EncoderTrainer, sampler: ShardSampler, other: Bundle, share: float) -> None:
    """Average the result of a run with another model."""
    blend(trainer.ema, load_trainable_encoder(other), share)
    measure_statistics(trainer.ema, lambda: trainer.augmented(*sampler.draw(trainer.recipe.batch))[0])


def _fit_head(
    network: EncoderNetwork, shards: list[tuple[AugmentedClips, float]], held_out: frozenset[str], drums: float
) -> None:
    """Fit the class head to a few views of each training clip; recordings of the pool count four times as much."""
    embeddings, labels, weights = [], [], []
    for place, (views, _) in enumerate(shards):
        clips = np.flatnonzero(~np.isin(views.kits, list(held_out)) & (views.labels != UNKNOWN))
        counts, rows = _first_views(views, clips, most=np.full(len(clips), _HEAD_VIEWS if place == 0 else 2))
        embeddings += [run_encoder(network, _mels(views, block))["embedding"] for block in _blocks(rows)]
        own, kits = np.repeat(views.labels[clips], counts), np.repeat(views.kits[clips], counts)
        _, pair, sizes = np.unique(np.stack([own.astype(str), kits]), axis=1, return_inverse=True, return_counts=True)
        within = sizes[pair.reshape(-1)] ** -0.5
        totals = np.bincount(own, weights=within, minlength=len(CLASS_NAMES))
        labels.append(own)
        weights.append(within / totals[own] * (4.0 if place == 0 else 1.0))
    label, weight = np.concatenate(labels), np.concatenate(weights)
    shares = label_shares(drums=drums, unknown=0.0)[: len(CLASS_NAMES)]
    weight *= (shares / np.bincount(label, weights=weight, minlength=len(shares)).clip(1e-9))[label]
    fit_class_head(
        network,
        torch.from_numpy(np.concatenate(embeddings)),
        torch.from_numpy(label),
        torch.from_numpy((weight / weight.sum()).astype(np.float32)),
    )


def _shards(args: argparse.Namespace, pool: Pool, front_end: MelFrontEnd) -> list[tuple[AugmentedClips, float]]:
    """The views of each seed: of the pool, of rendered sounds, of synthesised sounds."""
    common = {"folder": args.cache, "front_end": front_end, "jobs": args.jobs}
    rendered = read_pool(args.rendered) if args.rendered else None
    counts = dict.fromkeys(DRUMS, args.synth) | dict.fromkeys(SYNTHESISED_KINDS, args.synth_kinds)
    shards = []
    for seed in args.view_seeds:
        shards.append((pool_views(pool, seed=seed, drum=args.drum_views, other=args.other_views, **common), 1.0))
        if rendered is not None:
            shards.append((pool_views(rendered, seed=seed, drum=1, other=args.rendered_views, **common), 1.0))
        if args.synth:
            synth = synth_views(seed=seed, counts=counts, views=args.synth_views, **common)
            shards.append((synth, args.synth_share / (1.0 - args.synth_share)))
    return shards


def _train_map(
    network: EncoderNetwork,
    shards: list[tuple[AugmentedClips, float]],
    held_out: frozenset[str],
    before: Bundle | None,
    args: argparse.Namespace,
) -> None:
    """Train the map head on a few views of each training clip; drums stay where the model before had them."""
    old = None if before is None or not before.has_map else load_encoder(before)
    embeddings, places = [], []
    for views, _ in shards:
        clips = np.flatnonzero(~np.isin(views.kits, list(held_out)))
        counts, chosen = _first_views(views, clips, most=np.where(views.labels[clips] >= len(DRUMS), 2, 4))
        is_drum = np.repeat(views.labels[clips] < len(DRUMS), counts)
        for rows, drums in zip(_blocks(chosen), _blocks(is_drum), strict=True):
            mels = _mels(views, rows)
            embeddings.append(run_encoder(network, mels)["embedding"])
            if old is not None:
                places.append(np.where(drums[:, np.newaxis], run_encoder(old, mels)["xy"], np.float32("nan")))
    embedding = torch.from_numpy(np.concatenate(embeddings))
    wanted = torch.from_numpy(np.concatenate(places)) if places else None
    log = functools.partial(print, flush=True)
    groups = torch.from_numpy(family_groups())
    train_map_head(network, embedding, steps=args.map_steps, seed=args.seed, groups=groups, places=wanted, log=log)
    if wanted is not None:
        known = wanted.isfinite().all(dim=1)
        with torch.inference_mode():
            drift = (network.place(embedding[known]) - wanted[known]).norm(dim=1)
        log(f"drums lie {drift.median():.3f} from where they lay (median)")


def _first_views(
    views: AugmentedClips, clips: NDArray[np.intp], *, most: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many views of each of these clips are taken, at most `most` (C,), and their rows."""
    counts = np.minimum(np.diff(views.first)[clips], most)
    rows = np.concatenate([views.first[clip] + np.arange(n) for clip, n in zip(clips, counts, strict=True)])
    return counts, rows


def _mels(views: AugmentedClips, rows: NDArray[np.int64]) -> FloatArray:
    return np.asarray(views.mels[rows].astype(np.float32) / np.float32(255))


def _blocks(rows: NDArray[Any]) -> list[NDArray[Any]]:
    return np.array_split(rows, len(rows) // 1024 + 1)


def _config_sections(
    pool: Pool,
    shards: list[tuple[AugmentedClips, float]],
    args: argparse.Namespace,
    figures: dict[str, Any],
) -> dict[str, object]:
    """Sections of config.json about training data, hyperparameters and figures."""
    return {
        "data": {
            "pool_kinds": sum(bool(clip.kind) for clip in pool.clips),
            "rendered": len(shards[1][0].labels) if args.rendered else 0,
            "synthesised": len(shards[-1][0].labels) * len(args.view_seeds) if args.synth else 0,
            "pool_clips": len(pool.clips),
            "pool_percussion": sum(CLASSES[clip.label] != "other" for clip in pool.clips),
            "sources": dict(sorted(Counter(clip.source for clip in pool.clips).items())),
            "licences": dict(sorted(Counter(clip.licence for clip in pool.clips).items())),
            "held_out": sorted(args.apart),
        },
        "training": {
            name: value
            for name, value in vars(args).items()
            if name not in ("pool", "rendered", "out", "cache", "jobs", "resume", "start", "keep", "blend", "teachers")
        }
        | {
            "start": os.path.basename(args.start),
            "keep": os.path.basename(args.keep),
            "blend": [os.path.basename(args.blend[0]), args.blend[1]] if args.blend else [],
            "teachers": [os.path.basename(each) for each in args.teachers],
        },
        "class_family": {name: FAMILY_OF[name] for name in CLASS_NAMES},
        "figures": {"held_out_kits": figures},
    }


if __name__ == "__main__":
    sys.exit(main())

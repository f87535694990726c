"""The training of a model of one's own: views, steps, map, temperature, figures, bundle, report.

Imported by the verb `train` alone: torch lives in that process then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch  # 1.6 s; the verb says so first
from numpy.typing import NDArray

from tui_browser.config.places import log_file
from tui_browser.dsp.mel import DEFAULT
from tui_browser.model.bundle import Bundle, replace_file, write_bundle
from tui_browser.model.encoder_network import EncoderNetwork, bundle_tensors, load_trainable_encoder
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import CLASSES, FloatArray, Progress
from tui_browser.training.card import user_model_card
from tui_browser.training.denormals import flush_denormals
from tui_browser.training.encoder.map_head import train_map_head
from tui_browser.training.encoder.trainer import EncoderHyperparameters, run_encoder
from tui_browser.training.user.augmented_files import AugmentationSource, load_views
from tui_browser.training.user.decoder_transfer import transfer_decoder
from tui_browser.training.user.figures import config_sections, evaluate, held_out_purity, report_contents
from tui_browser.training.user.fine_tuning import BalancedSampler, FineTuner, TrainingStatus, ValidationViews
from tui_browser.training.user.report import render_report
from tui_browser.training.user.user_model import (
    TrainingFiles,
    TrainingOptions,
    class_index,
    install_model,
    run_identity,
    working_folder,
)

OTHER = CLASSES.index("other")
VIEWS = 32
"""Of a file at most, and so many pictures in all: ..."""
PICTURES = 60_000
MAP_LEAST = 40
"""Files from which on a map head is learned; for fewer a PCA does."""
MAP_MOST = 6000
"""Pictures that it is learned from, about."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training made."""

    bundle: Bundle
    figures: dict[str, Any]
    steps: int
    seconds: float
    cpu_s: float
    resumed_at: int
    """Step at which a killed run was gone on with; 0 for none."""


@dataclass(frozen=True, slots=True)
class TrainingCallbacks:
    """Who is told how far it is."""

    views: Callable[[Progress], None]
    look: Callable[[TrainingStatus], None]
    say: Callable[[str], None]


def step_limit(files: int, wish: TrainingOptions) -> int:
    """Steps of a run at most, by the number of files that it learns from."""
    if wish.steps:
        return wish.steps
    usual = 320 * (files / 300) ** 0.5 * (2.5 if wish.from_scratch else 1.0)
    return int(np.clip(round(usual / 20) * 20, 160, 6000))


def train_model(
    material: TrainingFiles,
    out: str,
    wish: TrainingOptions,
    base: Bundle | None,
    *,
    jobs: int,
    force: bool,
    restart: bool,
    reports: TrainingCallbacks,
) -> TrainingResult:
    """Learn, and write the bundle; a run that was killed goes on where it was. Raises BrowserError."""
    began, cpu = time.monotonic(), _cpu_s()
    front_end = DEFAULT if base is None else base.front_end
    learned = sum(example.split == "train" for example in material.examples)
    steps = step_limit(learned, wish)
    many = int(np.clip(PICTURES // len(material.examples), 2, VIEWS))
    job = run_identity(material, wish, base, steps=steps, views=many)
    with working_folder(out, job, restart=restart) as (folder, again), flush_denormals():
        kinds = [_kind(name) for name in material.classes] or [OTHER]
        labels = np.array(material.labels, dtype=np.int64)
        views = load_views(
            os.path.join(folder, "views.npy"),
            [
                AugmentationSource(example.path, material.clips[example.path].onset_s, kinds[label])
                for example, label in zip(material.examples, labels.tolist(), strict=True)
            ],
            front_end=front_end,
            count=many,
            seed=wish.seed,
            jobs=jobs,
            log=log_file("training"),
            tell=lambda done, total: reports.views(Progress("encode", done, total)),
        )
        sides = np.array([example.split for example in material.examples])
        readable = np.asarray(views[:, 0].any(axis=(1, 2)), dtype=np.bool_)
        tuner = _tuner(material, wish, base, kinds=kinds, steps=steps, learned=learned)
        mine = np.flatnonzero(readable & (sides == "train"))
        sampler = BalancedSampler(views, labels, mine, seed=wish.seed)
        watched = ValidationViews(views, labels, np.flatnonzero(readable & (sides == "validation")))
        if base is not None:
            tuner.begin_with(encode_views(tuner.average, views[mine, 0])["embedding"], labels[mine])
        checkpoint = os.path.join(folder, "checkpoint.safetensors")
        resumed = tuner.step if again and tuner.restore(checkpoint, sampler.rng) else 0
        if resumed:
            reports.say(f"going on from step {resumed}")
        tuner.tune(sampler, watched, checkpoint=checkpoint, minutes=wish.minutes, tell=reports.look)
        network = tuner.average.cpu()
        fit_map_head(network, views, mine, seed=wish.seed)
        heard = encode_views(network, views[:, 0])
        figures = evaluate(network, heard, labels, sides, readable, material.classes)
        if base is not None and tuner.base is not None:
            before = encode_views(tuner.base.cpu(), views[:, 0])
            figures["base_purity10"] = held_out_purity(before["embedding"], labels, sides, readable, material.classes)
        about = config_sections(material, wish, base, tuner, figures)
        made = os.path.join(folder, os.path.basename(out))
        bundle = write_bundle(
            made,
            shape=network.shape,
            front_end=front_end,
            weights={name: value.detach().numpy() for name, value in bundle_tensors(network).items()},
            classes=material.classes or None,
            about=about,
        )
        if base is not None and base.has_decoder and tuner.keeps_z:
            lengths = [material.clips[example.path].descriptors.duration_s for example in material.examples]
            bundle = transfer_decoder(
                base,
                made,
                z=heard["z"][readable],
                seconds=np.array(lengths, dtype=np.float32)[readable],
                labels=labels[readable],
                classes=len(material.classes),
            )
        replace_file(os.path.join(made, "CARD.md"), user_model_card(bundle.config).encode())
        seconds, cpu_s = time.monotonic() - began, _cpu_s() - cpu
        told = report_contents(bundle, material, tuner, heard, labels, readable, figures, seconds=seconds, cpu_s=cpu_s)
        replace_file(os.path.join(made, "report.html"), render_report(told).encode())
        install_model(folder, made, out, force=force)
    return TrainingResult(replace(bundle, folder=out), figures, tuner.step, seconds, cpu_s, resumed)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _kind(name: str) -> int:
    kind = class_index(name)
    return OTHER if kind is None else kind


def _tuner(
    material: TrainingFiles, wish: TrainingOptions, base: Bundle | None, *, kinds: list[int], steps: int, learned: int
) -> FineTuner:
    classes = material.classes
    shape = EncoderShape(n_mels=DEFAULT.n_mels, frames=DEFAULT.frames)
    if base is not None:
        shape = EncoderShape.from_config(base.config["network"])
    shape = replace(
        shape,
        classes=len(classes),
        z_dim=wish.z_dim or shape.z_dim,
        dim=wish.dim or shape.dim,
        map_hidden=128 if learned >= MAP_LEAST else 0,
    )
    recipe = EncoderHyperparameters(
        steps=steps,
        batch=int(np.clip(learned, 8, 64)),
        rate=wish.rate or (2e-3 if base is None else 6e-4),
        beta=wish.beta,
        seed=wish.seed,
        average=0.99,
    )
    lone = [
        index for index, kind in enumerate(kinds) if kind == OTHER and classes and class_index(classes[index]) == OTHER
    ]
    torch.manual_seed(wish.seed)
    return FineTuner(
        shape,
        recipe,
        front_end=DEFAULT if base is None else base.front_end,
        kinds=kinds,
        lone=0 if not classes else lone[0] if lone else None,
        device="cuda" if torch.cuda.is_available() else "cpu",
        base=None if base is None else load_trainable_encoder(base),
    )


def encode_views(network: EncoderNetwork, pictures: NDArray[np.uint8]) -> dict[str, FloatArray]:
    """What a network says of (N, M, T) pictures in bytes, as `run_encoder` tells it; a thousand at a time."""
    parts = [
        run_encoder(network, pictures[at : at + 1024].astype(np.float32) / np.float32(255))
        for at in range(0, len(pictures), 1024)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def fit_map_head(network: EncoderNetwork, views: NDArray[np.uint8], rows: NDArray[np.int64], *, seed: int) -> None:
    """Let the map head, where there is one, learn from some views (N, V, M, T) of these files."""
    if network.to_map is None:
        return
    rows = rows[:: len(rows) // MAP_MOST + 1]
    some = views[rows, : max(1, min(views.shape[1], MAP_MOST // len(rows)))].reshape(-1, *views.shape[2:])
    embedding = torch.from_numpy(encode_views(network, some)["embedding"])
    train_map_head(network, embedding, steps=400, seed=seed, tell=lambda _: None)

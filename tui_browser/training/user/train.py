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
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.model.bundle import Bundle, replace_file, write_bundle
from tui_browser.model.network import Network, load_trainable, stored
from tui_browser.model.network_shape import NetworkShape
from tui_browser.records import CLASSES, FloatArray, Progress
from tui_browser.training.card import own_card
from tui_browser.training.denormals import small_numbers_are_zero
from tui_browser.training.encoder.map_head import fit_map
from tui_browser.training.encoder.trainer import EncoderHyperparameters, run_network
from tui_browser.training.user.augmented_files import AugmentationSource, own_views
from tui_browser.training.user.decoder_transfer import carry_sound
from tui_browser.training.user.figures import about_of, held_purity, judge, told_of
from tui_browser.training.user.fine_tuning import BalancedSampler, FineTuner, TrainingStatus, ValidationViews
from tui_browser.training.user.report import report
from tui_browser.training.user.user_model import TrainingFiles, TrainingOptions, job_of, kind_of, place_model, workshop

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


def steps_for(files: int, wish: TrainingOptions) -> int:
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
    front_end = DEFAULT_FRONT_END if base is None else base.front_end
    learned = sum(example.split == "train" for example in material.examples)
    steps = steps_for(learned, wish)
    many = int(np.clip(PICTURES // len(material.examples), 2, VIEWS))
    job = job_of(material, wish, base, steps=steps, views=many)
    with workshop(out, job, restart=restart) as (folder, again), small_numbers_are_zero():
        kinds = [_kind(name) for name in material.classes] or [OTHER]
        labels = np.array(material.labels, dtype=np.int64)
        views = own_views(
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
            tuner.begin_with(heard_by(tuner.average, views[mine, 0])["embedding"], labels[mine])
        checkpoint = os.path.join(folder, "checkpoint.safetensors")
        resumed = tuner.step if again and tuner.restore(checkpoint, sampler.rng) else 0
        if resumed:
            reports.say(f"going on from step {resumed}")
        tuner.tune(sampler, watched, checkpoint=checkpoint, minutes=wish.minutes, tell=reports.look)
        network = tuner.average.cpu()
        finish_map(network, views, mine, seed=wish.seed)
        heard = heard_by(network, views[:, 0])
        figures = judge(network, heard, labels, sides, readable, material.classes)
        if base is not None and tuner.base is not None:
            before = heard_by(tuner.base.cpu(), views[:, 0])
            figures["base_purity10"] = held_purity(before["embedding"], labels, sides, readable, material.classes)
        about = about_of(material, wish, base, tuner, figures)
        made = os.path.join(folder, os.path.basename(out))
        bundle = write_bundle(
            made,
            shape=network.shape,
            front_end=front_end,
            weights={name: value.detach().numpy() for name, value in stored(network).items()},
            classes=material.classes or None,
            about=about,
        )
        if base is not None and base.has_sound and tuner.keeps_z:
            lengths = [material.clips[example.path].descriptors.duration_s for example in material.examples]
            bundle = carry_sound(
                base,
                made,
                z=heard["z"][readable],
                seconds=np.array(lengths, dtype=np.float32)[readable],
                labels=labels[readable],
                classes=len(material.classes),
            )
        replace_file(os.path.join(made, "CARD.md"), own_card(bundle.config).encode())
        seconds, cpu_s = time.monotonic() - began, _cpu_s() - cpu
        told = told_of(bundle, material, tuner, heard, labels, readable, figures, seconds=seconds, cpu_s=cpu_s)
        replace_file(os.path.join(made, "report.html"), report(told).encode())
        place_model(folder, made, out, force=force)
    return TrainingResult(replace(bundle, folder=out), figures, tuner.step, seconds, cpu_s, resumed)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _kind(name: str) -> int:
    kind = kind_of(name)
    return OTHER if kind is None else kind


def _tuner(
    material: TrainingFiles, wish: TrainingOptions, base: Bundle | None, *, kinds: list[int], steps: int, learned: int
) -> FineTuner:
    classes = material.classes
    shape = NetworkShape(n_mels=DEFAULT_FRONT_END.n_mels, frames=DEFAULT_FRONT_END.frames)
    if base is not None:
        shape = NetworkShape.from_config(base.config["network"])
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
    lone = [index for index, kind in enumerate(kinds) if kind == OTHER and classes and kind_of(classes[index]) == OTHER]
    torch.manual_seed(wish.seed)
    return FineTuner(
        shape,
        recipe,
        front_end=DEFAULT_FRONT_END if base is None else base.front_end,
        kinds=kinds,
        lone=0 if not classes else lone[0] if lone else None,
        device="cuda" if torch.cuda.is_available() else "cpu",
        base=None if base is None else load_trainable(base),
    )


def heard_by(network: Network, pictures: NDArray[np.uint8]) -> dict[str, FloatArray]:
    """What a network says of (N, M, T) pictures in bytes, as `run_network` tells it; a thousand at a time."""
    parts = [
        run_network(network, pictures[at : at + 1024].astype(np.float32) / np.float32(255))
        for at in range(0, len(pictures), 1024)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def finish_map(network: Network, views: NDArray[np.uint8], rows: NDArray[np.int64], *, seed: int) -> None:
    """Let the map head, where there is one, learn from some views (N, V, M, T) of these files."""
    if network.to_map is None:
        return
    rows = rows[:: len(rows) // MAP_MOST + 1]
    some = views[rows, : max(1, min(views.shape[1], MAP_MOST // len(rows)))].reshape(-1, *views.shape[2:])
    embedding = torch.from_numpy(heard_by(network, some)["embedding"])
    fit_map(network, embedding, steps=400, seed=seed, tell=lambda _: None)

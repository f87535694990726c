"""Training of a user model: views, fine-tuning, map head, evaluation, bundle and report.

Only the verb `train` imports this module, because it imports torch.
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
from tui_browser.model.bundle import Bundle, write_bundle
from tui_browser.model.decoder_bundle import decoder_owner, read_decoder, write_decoder
from tui_browser.model.decoder_shape import LONGEST_S, SHORTEST_S, DecoderShape
from tui_browser.model.encoder_network import EncoderNetwork, bundle_tensors, load_trainable_encoder
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import CLASSES, FloatArray, Progress
from tui_browser.safe_files import replace_file
from tui_browser.training.denormals import flush_denormals
from tui_browser.training.encoder.map_head import train_map_head
from tui_browser.training.encoder.trainer import EncoderHyperparameters, run_encoder
from tui_browser.training.prior_fit import fit_prior
from tui_browser.training.user.augmented_files import AugmentationSource, load_views
from tui_browser.training.user.card import user_model_card
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
_MAX_VIEWS = 32
"""Of a file."""
_MAX_MELS = 60_000
"""Views of all files."""
_MIN_MAP_FILES = 40
"""Training files needed for a map head; with fewer the library falls back to PCA."""
_MAX_MAP_MELS = 6000
"""Log-mels that the map head is trained on, about."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training run has produced."""

    bundle: Bundle
    figures: dict[str, Any]
    steps: int
    seconds: float
    cpu_s: float
    resumed_at: int
    """Step at which a killed run was resumed; 0 for a new run."""


@dataclass(frozen=True, slots=True)
class TrainingCallbacks:
    """Functions that receive the progress of a run."""

    views: Callable[[Progress], None]
    look: Callable[[TrainingStatus], None]
    say: Callable[[str], None]


def step_limit(n_files: int, options: TrainingOptions) -> int:
    """Maximum number of steps of a run on this many training files."""
    if options.steps:
        return options.steps
    default = 320 * (n_files / 300) ** 0.5 * (2.5 if options.from_scratch else 1.0)
    return int(np.clip(round(default / 20) * 20, 160, 6000))


def train_model(
    files: TrainingFiles,
    out: str,
    options: TrainingOptions,
    base: Bundle | None,
    *,
    jobs: int,
    force: bool,
    restart: bool,
    reports: TrainingCallbacks,
) -> TrainingResult:
    """Train a user model and write its bundle to `out`; resumes a killed run of the same files and options.

    `force` replaces an existing model, `restart` discards a killed run. Raises BrowserError.
    """
    started, started_cpu = time.monotonic(), _cpu_s()
    front_end = DEFAULT_FRONT_END if base is None else base.trainable[1]
    n_train = sum(entry.split == "train" for entry in files.entries)
    steps = step_limit(n_train, options)
    n_views = int(np.clip(_MAX_MELS // len(files.entries), 2, _MAX_VIEWS))
    identity = run_identity(files, options, base, steps=steps, views=n_views)
    with working_folder(out, identity, restart=restart) as (folder, can_resume), flush_denormals():
        kinds = [_augmentation_class(name) for name in files.classes] or [OTHER]
        labels = np.array(files.labels, dtype=np.int64)
        views = load_views(
            os.path.join(folder, "views.npy"),
            [
                AugmentationSource(entry.path, files.clips[entry.path].onset_s, kinds[label])
                for entry, label in zip(files.entries, labels.tolist(), strict=True)
            ],
            front_end=front_end,
            count=n_views,
            seed=options.seed,
            jobs=jobs,
            log=log_file("training"),
            report=lambda done, total: reports.views(Progress("encode", done, total)),
        )
        splits = np.array([entry.split for entry in files.entries])
        readable = np.asarray(views[:, 0].any(axis=(1, 2)), dtype=np.bool_)
        tuner = _create_tuner(files, options, base, kinds=kinds, steps=steps, n_train=n_train)
        rows = np.flatnonzero(readable & (splits == "train"))
        sampler = BalancedSampler(views, labels, rows, seed=options.seed)
        validation = ValidationViews(views, labels, np.flatnonzero(readable & (splits == "validation")))
        if base is not None:
            tuner.initialise_class_head(_encode_views(tuner.ema, views[rows, 0])["embedding"], labels[rows])
        checkpoint = os.path.join(folder, "checkpoint.safetensors")
        resumed_at = tuner.step if can_resume and tuner.restore(checkpoint, sampler.rng) else 0
        if resumed_at:
            reports.say(f"resuming at step {resumed_at}")
        tuner.tune(sampler, validation, checkpoint=checkpoint, minutes=options.minutes, report=reports.look)
        network = tuner.ema.cpu()
        _train_map_head(network, views, rows, seed=options.seed)
        outputs = _encode_views(network, views[:, 0])
        figures = evaluate(network, outputs, labels, splits, readable, files.classes)
        if base is not None and tuner.base is not None:
            before = _encode_views(tuner.base.cpu(), views[:, 0])
            figures["base_purity10"] = held_out_purity(before["embedding"], labels, splits, readable, files.classes)
        new_bundle = os.path.join(folder, os.path.basename(out))
        bundle = write_bundle(
            new_bundle,
            shape=network.shape,
            front_end=front_end,
            weights={name: value.detach().numpy() for name, value in bundle_tensors(network).items()},
            classes=files.classes or None,
            about=config_sections(files, options, base, tuner, figures),
        )
        if base is not None and base.has_decoder and tuner.keeps_z:
            lengths = [files.clips[entry.path].descriptors.duration_s for entry in files.entries]
            bundle = transfer_decoder(
                base,
                new_bundle,
                z=outputs["z"][readable],
                seconds=np.array(lengths, dtype=np.float32)[readable],
                labels=labels[readable],
                classes=len(files.classes),
            )
        replace_file(os.path.join(new_bundle, "CARD.md"), user_model_card(bundle.config).encode())
        seconds, cpu_s = time.monotonic() - started, _cpu_s() - started_cpu
        contents = report_contents(
            bundle, files, tuner, outputs, labels, readable, figures, seconds=seconds, cpu_s=cpu_s
        )
        replace_file(os.path.join(new_bundle, "report.html"), render_report(contents).encode())
        install_model(folder, new_bundle, out, force=force)
    return TrainingResult(replace(bundle, folder=out), figures, tuner.step, seconds, cpu_s, resumed_at)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _augmentation_class(name: str) -> int:
    index = class_index(name)
    return OTHER if index is None else index


def _create_tuner(
    files: TrainingFiles, options: TrainingOptions, base: Bundle | None, *, kinds: list[int], steps: int, n_train: int
) -> FineTuner:
    classes = files.classes
    shape = EncoderShape(n_mels=DEFAULT_FRONT_END.n_mels, frames=DEFAULT_FRONT_END.frames)
    if base is not None:
        shape = base.trainable[0]
    shape = replace(
        shape,
        classes=len(classes),
        z_dim=options.z_dim or shape.z_dim,
        dim=options.dim or shape.dim,
        map_hidden=128 if n_train >= _MIN_MAP_FILES else 0,
    )
    recipe = EncoderHyperparameters(
        steps=steps,
        batch=int(np.clip(n_train, 8, 64)),
        rate=options.rate or (2e-3 if base is None else 6e-4),
        beta=options.beta,
        seed=options.seed,
        average=0.99,
    )
    others = [index for index, name in enumerate(classes) if kinds[index] == OTHER and class_index(name) == OTHER]
    torch.manual_seed(options.seed)
    return FineTuner(
        shape,
        recipe,
        front_end=DEFAULT_FRONT_END if base is None else base.trainable[1],
        kinds=kinds,
        lone=0 if not classes else others[0] if others else None,
        device="cuda" if torch.cuda.is_available() else "cpu",
        base=None if base is None else load_trainable_encoder(base),
    )


def _encode_views(network: EncoderNetwork, mels: NDArray[np.uint8]) -> dict[str, FloatArray]:
    """Outputs of `run_encoder` for quantised log-mels (N, M, T), 1024 at a time."""
    parts = [
        run_encoder(network, mels[start : start + 1024].astype(np.float32) / np.float32(255))
        for start in range(0, len(mels), 1024)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _train_map_head(network: EncoderNetwork, views: NDArray[np.uint8], rows: NDArray[np.int64], *, seed: int) -> None:
    """Train the map head, if there is one, on some views (N, V, M, T) of the files in `rows`."""
    if network.to_map is None:
        return
    rows = rows[:: len(rows) // _MAX_MAP_MELS + 1]
    n_views = max(1, min(views.shape[1], _MAX_MAP_MELS // len(rows)))
    mels = views[rows, :n_views].reshape(-1, *views.shape[2:])
    embedding = torch.from_numpy(_encode_views(network, mels)["embedding"])
    train_map_head(network, embedding, steps=400, seed=seed, log=lambda _: None)


def transfer_decoder(
    base: Bundle, folder: str, *, z: FloatArray, seconds: FloatArray, labels: NDArray[np.int64], classes: int
) -> Bundle:
    """Copy the decoder of `base` to the bundle at `folder`, with a new prior for its files; raises BundleError.

    `z` (N, Z), `seconds` (N,) and `labels` (N,) belong to the files; `classes` is 0 for a model without classes. The
    decoder fits because fine-tuning keeps the meaning of z.
    """
    shape, tensors = read_decoder(base)
    log_lengths = np.log(np.clip(seconds, SHORTEST_S, LONGEST_S)).astype(np.float32)
    prior = fit_prior(np.column_stack([z, log_lengths]), labels, classes=classes, seed=0)
    prior_tensors = {"prior.weights": prior.weights, "prior.means": prior.means, "prior.factors": prior.factors}
    about = {name: value for name, value in decoder_owner(base).config["sound"].items() if name != "network"}
    return write_decoder(
        folder,
        shape=DecoderShape.from_config(shape.to_config() | {"centres": len(prior.means)}),
        weights=tensors | prior_tensors,
        about={**about, "from": base.space},
    )

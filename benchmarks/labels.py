"""labels: predicted tags against the network that AudioNotebooks trains on fingerprints, same sounds, same split.

The tags of a pool are its classes, its kinds and the words of its file names; kits are never split. The encoder was
trained on the classes of the pool, so `--validation` measures once more on machines that nothing was trained on.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.fingerprint_cnn import SLICES, train_cnn
from benchmarks.report import Table, show
from tui_browser.audio.decode import downmix, read_window
from tui_browser.audio.resampling import resample
from tui_browser.indexing.indexer import index_library
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import DRUM_CLASSES, OTHER, FloatArray
from tui_browser.training.pool import Pool, read_pool
from tui_browser.workbench.fingerprints import fingerprints
from tui_browser.workbench.labels.classifier import average_precision, calibration_error, train_tags

_RATE, _CLIP_S = 48_000, 0.25
_LEAST_SAMPLES, _LEAST_KITS = 20, 4
_HELD_OUT = 0.25
"""Share of the samples whose kits are held out."""


@dataclass(frozen=True, slots=True, eq=False)
class Sounds:
    """N sounds with what both classifiers see of them."""

    vectors: FloatArray
    """(N, D)"""
    pictures: FloatArray
    """(N, 32, 32)"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pool", required=True, metavar="DIR", help="the folder with pool.tsv")
    parser.add_argument("--validation", metavar="TSV", help="columns path and class; sounds in `validation` beside it")
    parser.add_argument("--kind", default="stft", choices=["stft", "cqt"], help="fingerprints (default: %(default)s)")
    parser.add_argument("--slices", type=int, default=SLICES, help="of ten epochs each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    pool = read_pool(args.pool)
    tags, has = _pool_tags(pool)
    kits = np.unique([clip.kit for clip in pool.clips], return_inverse=True)[1].astype(np.int64)
    test = _held_out(kits, args.seed)
    sounds = _sounds(pool.folder, [clip.path for clip in pool.clips], args.kind)
    held = f"{test.sum():,} of {len(np.unique(kits[test]))} kits held out"
    title = f"{len(tags)} tags of {len(has):,} sounds, {held}"
    show([_compare(title, sounds, has, kits, ~test, sounds, has, test, args)], markdown=args.markdown)
    if args.validation:
        drums = has[:, [tags.index(name) for name in DRUM_CLASSES if name != OTHER]]
        folder = os.path.join(os.path.dirname(os.path.abspath(args.validation)), "validation")
        paths, truth = _validation(args.validation)
        strange, every = _sounds(folder, paths, args.kind), np.ones(len(truth), dtype=np.bool_)
        title = f"Classes of {len(truth):,} sounds of other machines, trained on all {len(has):,}"
        trained_on = np.ones(len(has), dtype=np.bool_)
        table = _compare(title, sounds, drums, kits, trained_on, strange, truth, every, args)
        show([table], markdown=args.markdown)
    return 0


def _compare(
    title: str,
    sounds: Sounds,
    has: NDArray[np.bool_],
    kits: NDArray[np.int64],
    training: NDArray[np.bool_],
    tested: Sounds,
    truth: NDArray[np.bool_],
    test: NDArray[np.bool_],
    args: argparse.Namespace,
) -> Table:
    begin = time.perf_counter()
    classifier = train_tags(sounds.vectors[training], has[training], kits[training], seed=args.seed)
    p = classifier.probabilities(tested.vectors[test])
    ours_s = time.perf_counter() - begin
    judged = [tag for tag in range(has.shape[1]) if truth[test][:, tag].any() and classifier.quality.learned[tag]]
    ours = _figures(truth[test][:, judged], p[:, judged].astype(np.float64))
    theirs: dict[str, float] = {}
    best_at = 0

    def after_slice(number: int, score: object) -> None:
        nonlocal theirs, best_at
        scores = score(tested.pictures[test])  # type: ignore[operator]
        figures = _figures(truth[test][:, judged], scores[:, judged].astype(np.float64))
        if not theirs or figures["precision"] > theirs["precision"]:
            theirs, best_at = figures, number
        print(f"slice {number} of {args.slices}: {figures['precision']:.3f}", flush=True)

    begin = time.perf_counter()
    labelled = training & has.any(axis=1)
    train_cnn(sounds.pictures[labelled], has[labelled], slices=args.slices, seed=args.seed, after_slice=after_slice)
    theirs_s = time.perf_counter() - begin
    table, peer = Table(title), f"CNN on {args.kind} fingerprints"
    note = f"CNN: the best of {args.slices} slices, {best_at}"
    table.add("mean average precision", ours["precision"], "", peer=peer, theirs=theirs["precision"], note=note)
    table.add("first tag is right", ours["first"], "", peer=peer, theirs=theirs["first"])
    table.add("F1 at the best threshold", ours["f1"], "", peer=peer, theirs=theirs["f1"])
    table.add("calibration error", ours["calibration"], "", peer=peer, theirs=theirs["calibration"])
    table.add("training and prediction", ours_s, "s", peer=peer, theirs=theirs_s)
    return table


def _figures(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> dict[str, float]:
    known = truth.any(axis=1)
    first = truth[np.arange(len(truth)), scores.argmax(axis=1)]
    thresholds = np.quantile(scores, np.linspace(0.5, 0.999, 200))
    f1 = [2 * (truth & (scores >= t)).sum() / max(1, truth.sum() + (scores >= t).sum()) for t in thresholds]
    return {
        "precision": float(
            np.mean([average_precision(truth[:, tag], scores[:, tag]) for tag in range(truth.shape[1])])
        ),
        "first": float(first[known].mean()),
        "f1": float(max(f1)),
        "calibration": float(
            np.mean([calibration_error(truth[:, tag], scores[:, tag]) for tag in range(truth.shape[1])])
        ),
    }


def _pool_tags(pool: Pool) -> tuple[list[str], NDArray[np.bool_]]:
    """The tags on at least 20 clips of four kits, and which clip has which (N, T)."""
    with open(os.path.join(os.path.dirname(pool.folder), "pool-kinds.tsv"), encoding="utf-8", newline="") as file:
        kinds = {row["path"]: row["kind"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    of_clip: list[set[str]] = []
    kits: dict[str, list[str]] = {}
    for clip in pool.clips:
        own = {DRUM_CLASSES[clip.label], kinds.get(clip.path, "?")} - {OTHER, "?"}
        name = os.path.splitext(os.path.basename(clip.path))[0].split("__")[-1]
        own |= set(re.findall(r"[a-z]{3,}", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()))
        of_clip.append(own)
        for tag in own:
            kits.setdefault(tag, []).append(clip.kit)
    tags = sorted(tag for tag, on in kits.items() if len(on) >= _LEAST_SAMPLES and len(set(on)) >= _LEAST_KITS)
    tags = [*tags, *(name for name in DRUM_CLASSES if name not in (OTHER, *tags))]
    return tags, np.array([[tag in own for tag in tags] for own in of_clip])


def _held_out(kits: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """(N,) whole kits, drawn until they have a quarter of the clips."""
    order = np.random.default_rng(seed).permutation(np.unique(kits))
    counts = np.cumsum([(kits == kit).sum() for kit in order])
    held: NDArray[np.bool_] = np.isin(kits, order[: int(np.searchsorted(counts, _HELD_OUT * len(kits))) + 1])
    return held


def _validation(table: str) -> tuple[list[str], NDArray[np.bool_]]:
    names = [name for name in DRUM_CLASSES if name != OTHER]
    with open(table, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["class"] in names]
    return [row["path"] for row in rows], np.array([[row["class"] == name for name in names] for row in rows])


def _sounds(folder: str, paths: Sequence[str], kind: str) -> Sounds:
    """Index the folder for its embeddings, and make the fingerprint of each sound."""
    with tempfile.TemporaryDirectory() as scratch:
        file = os.path.join(scratch, "library.db")
        with open_for_writing(file) as store:
            index_library(
                store, add=[os.fsencode(os.path.abspath(folder))], model=None, jobs=os.cpu_count() or 1,
                layout="none", report=lambda _: None,
            )  # fmt: skip
        with Library.open(file) as library:
            snapshot = library.snapshot()
    assert snapshot.vectors is not None  # snapshot() brings them
    absolute = [os.fsencode(os.path.join(os.path.abspath(folder), path)) for path in paths]
    row_of = {snapshot.names[row]: row for row in range(len(snapshot))}
    vectors = np.nan_to_num(snapshot.vectors[[row_of[path] for path in absolute]])
    clips = np.zeros((len(paths), round(_CLIP_S * _RATE)), dtype=np.float32)
    for clip, path in zip(clips, absolute, strict=True):
        samples, rate = read_window(path, start_s=0.0, seconds=2 * _CLIP_S)
        mono = resample(downmix(samples), rate, _RATE)[: len(clip)]
        clip[: len(mono)] = mono / max(float(np.abs(mono).max(initial=0.0)), 1e-9)
    pictures = [fingerprints(part, _RATE, kind=kind) for part in np.array_split(clips, max(1, len(clips) // 256))]
    return Sounds(vectors, np.concatenate(pictures))

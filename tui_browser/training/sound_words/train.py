"""Learns the directions of sound words for a model, from recordings of a pool and contrasts made of them.

`python -m tui_browser.training.sound_words.train --pool POOL --out models/drums/words.json`

For each word many recordings are processed so that the word fits one version better than the other. The direction is a
logistic regression on differences: between the two versions of a sound, and between versions of different sounds of a
class. Kits held apart give the printed accuracy; the shipped directions are then learned from all.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import BrowserError
from tui_browser.indexing.file_encoder import load_model
from tui_browser.model.bundle import Bundle
from tui_browser.records import CLASSES, DRUMS, OTHER, FloatArray
from tui_browser.safe_files import replace_file
from tui_browser.search.word_directions import WordDirection, WordDirections, descriptor_columns, directions_text
from tui_browser.synth.signal import RATE
from tui_browser.training.command import HELD_OUT_KITS
from tui_browser.training.labels import label_of
from tui_browser.training.pool import Pool, PoolClip, read_pool
from tui_browser.training.sound_words.contrasts import MORE_AND_LESS, contrast
from tui_browser.training.sound_words.measuring import measured

_LONGEST_S = 2.0
_SHORTEST = 500
"""Samples of a sound that is worth processing."""
_RIDGE = 0.01
_BETWEEN = 2
"""Differences between sounds, for each difference within one."""
_BETWEEN_WEIGHT = 0.5
_GAIN = 0.015
"""What the embedding must add on kits held apart, or a word goes by descriptors alone: an embedding keeps sounds of a
class together, so what it says of a contrast holds less well for other recordings."""


@dataclass(frozen=True, slots=True)
class MeasuredContrasts:
    """P pairs of one word."""

    features: FloatArray
    """(P, 2, F) columns of `FEATURES`: the version that the word fits better, then the other."""
    vectors: FloatArray
    """(P, 2, D) embeddings."""
    labels: NDArray[np.int64]
    """(P,) class or kind of the recording, as an index into `LABELS`."""
    apart: NDArray[np.bool_]
    """(P,) whether the recording is of a kit that is held apart."""


def main(argv: list[str] | None = None) -> int:
    """Learn, print the accuracy by word, write the file; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tui_browser.training.sound_words.train", description=__doc__)
    parser.add_argument("--pool", required=True, help="folder with pool.tsv and pool/")
    parser.add_argument("--out", required=True, help="the file to write: words.json in the model's folder")
    parser.add_argument("--model", default=None, help="name or folder of the model")
    parser.add_argument("--pairs", type=int, default=360, help="pairs of each word")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args(argv)
    try:
        directions, about = learn(read_pool(args.pool), load_model(args.model), pairs=args.pairs, jobs=args.jobs)
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
    replace_file(args.out, directions_text(directions, about).encode())
    return 0


def learn(pool: Pool, bundle: Bundle, *, pairs: int, jobs: int) -> tuple[WordDirections, dict[str, Any]]:
    """The directions of all words, and the accuracy of each on kits held apart."""
    words = sorted(MORE_AND_LESS)
    made: dict[str, MeasuredContrasts] = {}
    with ProcessPoolExecutor(jobs) as executor:
        for at, word in enumerate(words):
            made[word] = _contrasts(word, pool, bundle, executor, pairs=pairs, seed=at, jobs=jobs)
    known = np.concatenate([each.features.reshape(-1, each.features.shape[-1]) for each in made.values()])
    usual = np.nanmean(descriptor_columns(known), axis=0)[:-1].astype(np.float32)
    learned, accuracy = {}, {}
    for word, each in made.items():
        alone_right, mixed_right = (_held_out(each, usual, vectors=vectors) for vectors in (False, True))
        accuracy[word] = [alone_right, mixed_right]
        print(f"{word:12} {alone_right:.2f} {mixed_right:.2f}", flush=True)
        alone, mixed = (_direction(each, usual, vectors=vectors) for vectors in (False, True))
        count = len(alone)
        if mixed_right < alone_right + _GAIN:
            mixed = np.concatenate([alone, np.zeros(bundle.dim, dtype=np.float32)])
        learned[word] = WordDirection(alone, mixed[:count], mixed[count:])
    about = {"pairs": pairs, "right_of_held_out_pairs": accuracy}
    return WordDirections(bundle.space, usual, learned), about


# --- pairs ------------------------------------------------------------------------------------------------------------


def _contrasts(
    word: str, pool: Pool, bundle: Bundle, executor: ProcessPoolExecutor, *, pairs: int, seed: int, jobs: int
) -> MeasuredContrasts:
    rng = np.random.default_rng(seed)
    clips = _drawn(pool, pairs, rng)
    jobs_of = [(clip, int(rng.integers(1 << 62))) for clip in clips]
    work = partial(_measured_pair, word, pool.folder, bundle.front_end)
    found = list(executor.map(work, jobs_of, chunksize=max(1, pairs // (4 * jobs))))
    kept = [(clip, pair) for (clip, _), pair in zip(jobs_of, found, strict=True) if pair is not None]
    features = np.stack([pair[0] for _, pair in kept])
    vectors = _embedded(bundle, np.concatenate([pair[1] for _, pair in kept]))
    return MeasuredContrasts(
        features=features,
        vectors=vectors.reshape(len(kept), 2, -1),
        labels=np.array([label_of(CLASSES[clip.label], clip.kind) for clip, _ in kept]),
        apart=np.array([clip.kit in HELD_OUT_KITS or hash_share(clip.kit) < 0.2 for clip, _ in kept]),
    )


def hash_share(text: str) -> float:
    """A number from 0 to 1 that is always the same for a text."""
    return (sum((at + 1) * byte for at, byte in enumerate(text.encode())) * 2_654_435_761 % (1 << 32)) / (1 << 32)


def _drawn(pool: Pool, count: int, rng: np.random.Generator) -> list[PoolClip]:
    """Clips of all classes alike; a third are no drums."""
    by_class: dict[int, list[PoolClip]] = {}
    for clip in pool.clips:
        by_class.setdefault(clip.label, []).append(clip)
    others = by_class.pop(CLASSES.index(OTHER), [])
    kinds = [*by_class.values()]
    drawn = []
    for _ in range(count):
        clips = others if others and rng.random() < 1 / 3 else kinds[int(rng.integers(len(kinds)))]
        drawn.append(clips[int(rng.integers(len(clips)))])
    return drawn


def _measured_pair(
    word: str, folder: str, front_end: Any, job: tuple[PoolClip, int]
) -> tuple[FloatArray, FloatArray] | None:
    """(2, F) features and (2, M, T) the model's input of both versions; None for a clip that is too short."""
    clip, seed = job
    sound = loaded(os.path.join(folder, clip.path))
    if len(sound) < _SHORTEST:
        return None
    pair = contrast(word, np.random.default_rng(seed), sound)
    both = [measured(version, front_end) for version in (pair.more, pair.less)]
    return np.stack([features for features, _ in both]), np.stack([mel for _, mel in both])


def loaded(path: str) -> FloatArray:
    """A recording as mono at `RATE`, from its onset on."""
    import soundfile
    import soxr

    from tui_browser.dsp.trim import dc_offset, leading_silence

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = np.ascontiguousarray(samples.mean(axis=1))
    start = leading_silence(mono, rate)
    mono = mono[start : start + int(_LONGEST_S * rate)]
    mono = mono - np.float32(dc_offset(mono))
    sound: FloatArray = np.asarray(soxr.resample(mono, rate, RATE) if rate != RATE else mono, dtype=np.float32)
    return sound


def _embedded(bundle: Bundle, mels: FloatArray) -> FloatArray:
    """(B, D) embeddings of (B, M, T)."""
    import torch

    from tui_browser.model.inference import open_encoder

    encoder = open_encoder(bundle)
    with torch.inference_mode():
        parts = [encoder(torch.from_numpy(mels[at : at + 64]))[0].numpy() for at in range(0, len(mels), 64)]
    return np.concatenate(parts)


# --- directions -------------------------------------------------------------------------------------------------------


def _columns(made: MeasuredContrasts, usual: FloatArray, *, vectors: bool) -> NDArray[np.float64]:
    """(P, 2, C) what a direction weighs."""
    count = len(made.features)
    columns = descriptor_columns(made.features.reshape(2 * count, -1), usual).reshape(count, 2, -1)
    joined = np.concatenate([columns, made.vectors], axis=2) if vectors else columns
    return joined.astype(np.float64)


def _direction(
    made: MeasuredContrasts, usual: FloatArray, *, vectors: bool, among: NDArray[np.bool_] | None = None
) -> FloatArray:
    """(C,) the direction, learned from the pairs in a mask."""
    rows = np.flatnonzero(np.ones(len(made.labels), dtype=np.bool_) if among is None else among)
    columns = _columns(made, usual, vectors=vectors)[rows]
    scale = columns.reshape(-1, columns.shape[-1]).std(axis=0) + 1e-6
    columns = columns / scale
    # Descriptors mean the same for all that is no drum; in an embedding kinds lie apart.
    groups = made.labels[rows] if vectors else np.minimum(made.labels[rows], len(DRUMS))
    differences, weights = _differences(columns[:, 0], columns[:, 1], groups)
    weighed = _logistic(differences, weights) / scale
    along = columns.reshape(-1, columns.shape[-1]) @ (weighed * scale)
    direction: FloatArray = (weighed / (along.std() + 1e-9)).astype(np.float32)
    return direction


def _differences(
    more: NDArray[np.float64], less: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Differences within each sound and between sounds of a class, and how much each counts."""
    rng = np.random.default_rng(0)
    parts, weights = [more - less], [np.ones(len(more))]
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        for _ in range(_BETWEEN):
            parts.append(more[rows] - less[rng.permutation(rows)])
            weights.append(np.full(len(rows), _BETWEEN_WEIGHT))
    return np.concatenate(parts), np.concatenate(weights)


def _logistic(differences: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(C,) weights of a ridge logistic regression for which differences are positive, by Newton's method."""
    found = np.zeros(differences.shape[1])
    for _ in range(20):
        p = 1.0 / (1.0 + np.exp(-np.clip(differences @ found, -30, 30)))
        gradient = -(differences * (weights * (1 - p))[:, None]).sum(axis=0) / len(differences) + _RIDGE * found
        curve = (differences * (weights * p * (1 - p))[:, None]).T @ differences / len(differences)
        found -= np.linalg.solve(curve + _RIDGE * np.eye(len(found)), gradient)
    return found


def _held_out(made: MeasuredContrasts, usual: FloatArray, *, vectors: bool) -> float:
    """The share of pairs of kits held apart in which the direction names the right sound."""
    direction = _direction(made, usual, vectors=vectors, among=~made.apart)
    along = _columns(made, usual, vectors=vectors)[made.apart] @ direction
    return round(float((along[:, 0] > along[:, 1]).mean()), 3)


if __name__ == "__main__":
    sys.exit(main())

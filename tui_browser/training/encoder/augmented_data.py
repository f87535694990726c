"""Training data of the encoder: log-mels of many augmented views of every clip, computed once by worker processes.

A shard is a file `NAME.u8` (V, M, T) with 0 for the floor and 255 for the loudest cell. Its name is a hash of all
arguments, so that a finished shard is reused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.mel import MelFrontEnd, log_mel
from tui_browser.records import CLASSES, FloatArray
from tui_browser.training.augment import augment_waveform
from tui_browser.training.labels import LABELS, label_of
from tui_browser.training.pool import LONGEST_S, Pool, load_clips, trim_to_onset

VERSION = 3
"""Increased by every change here or in `augment` that gives other views for the same arguments."""

_CLIPS_PER_JOB = 64


@dataclass(frozen=True, slots=True)
class AugmentedClips:
    """Views of C clips."""

    mels: NDArray[np.uint8]
    """(V, M, T), memory-mapped; views of a clip are adjacent, the unmodified one first."""
    first: NDArray[np.int64]
    """(C + 1,) clip c has the views first[c] to first[c + 1] - 1."""
    labels: NDArray[np.int64]
    """(C,) index into `LABELS`."""
    kits: NDArray[np.str_]
    """(C,) clips of one kit are never split between training and held-out data."""


def quantise_mel(mel: FloatArray) -> NDArray[np.uint8]:
    """A log-mel quantised to 8 bits, a third of a decibel."""
    return np.asarray(np.rint(mel * 255.0), dtype=np.uint8)


def pool_views(
    pool: Pool, *, folder: str, front_end: MelFrontEnd, seed: int, drum: int, other: int, jobs: int
) -> AugmentedClips:
    """A shard of a pool: `drum` views of each percussion clip and `other` views of each other clip."""
    counts = [other if CLASSES[clip.label] == "other" else drum for clip in pool.clips]
    labels = np.array([label_of(CLASSES[clip.label], clip.kind) for clip in pool.clips])
    kits = np.array([clip.kit for clip in pool.clips])
    key = _key("pool", front_end, seed, counts, [(clip.path, clip.kind) for clip in pool.clips])
    return _shard(
        os.path.join(folder, f"pool-{key}"),
        counts=np.array(counts),
        labels=labels,
        kits=kits,
        front_end=front_end,
        jobs=jobs,
        task=_PoolTask(pool, front_end, seed),
    )


def synth_views(
    *, folder: str, front_end: MelFrontEnd, seed: int, counts: dict[str, int], views: int, jobs: int
) -> AugmentedClips:
    """A shard of synthesised sounds: `counts[name]` sounds of each class or kind, `views` views of each sound.

    The views after the first are another sound each, of a patch whose parameters lie near those of the first.
    """
    labels = np.array([LABELS.index(name) for name, count in counts.items() for _ in range(count)])
    labels = np.random.default_rng(seed).permutation(labels)
    key = _key("synth", front_end, seed, counts, views)
    return _shard(
        os.path.join(folder, f"synth-{key}"),
        counts=np.full(len(labels), views),
        labels=labels,
        kits=np.full(len(labels), "synth"),
        front_end=front_end,
        jobs=jobs,
        task=_SynthTask(labels, front_end, seed),
    )


def _key(*parts: object) -> str:
    return hashlib.blake2b(repr((VERSION, *parts)).encode(), digest_size=6).hexdigest()


class _PoolTask:
    """Creates views of pool clips; each process decodes the recordings once."""

    def __init__(self, pool: Pool, front_end: MelFrontEnd, seed: int) -> None:
        self.pool, self.front_end, self.seed = pool, front_end, seed
        self.clips_by_kit: dict[tuple[int, str], list[int]] = {}
        for i, clip in enumerate(pool.clips):
            self.clips_by_kit.setdefault((clip.label, clip.kit), []).append(i)
        self.sounds: list[FloatArray] | None = None

    def __call__(self, clip: int, count: int) -> Iterator[FloatArray]:
        if self.sounds is None:
            self.sounds = load_clips(self.pool, front_end=self.front_end)
        sound, label = self.sounds[clip], self.pool.clips[clip].label
        same_kit = self.clips_by_kit[label, self.pool.clips[clip].kit]
        for view in range(count):
            rng = np.random.default_rng([self.seed, clip, view])
            if view == 0:
                yield sound
            else:
                partner = self.sounds[int(rng.choice(same_kit))]
                yield augment_waveform(sound, label, rng, rate=self.front_end.sample_rate, other=partner)


class _SynthTask:
    """Creates views of synthesised sounds."""

    def __init__(self, labels: NDArray[np.int64], front_end: MelFrontEnd, seed: int) -> None:
        self.labels, self.front_end, self.seed = labels, front_end, seed

    def __call__(self, clip: int, count: int) -> Iterator[FloatArray]:
        from tui_browser.synth.nearby import DISTANCE, NearbyDraws
        from tui_browser.synth.render import render

        label = int(self.labels[clip])
        for view in range(count):
            rng = np.random.default_rng([self.seed, 2, clip, view])
            patch = NearbyDraws([self.seed, 1, clip], near=rng, distance=DISTANCE if view else 0.0)
            sound = render(LABELS[label], patch, rate=44100)
            sound = trim_to_onset(sound, 44100, front_end=self.front_end, seconds=LONGEST_S)
            yield augment_waveform(sound, label, rng, rate=self.front_end.sample_rate) if view else sound


def _shard(
    path: str,
    *,
    counts: NDArray[np.int64],
    labels: NDArray[np.int64],
    kits: NDArray[np.str_],
    front_end: MelFrontEnd,
    jobs: int,
    task: Any,
) -> AugmentedClips:
    first = np.concatenate([[0], np.cumsum(counts)])
    size = (int(first[-1]), front_end.n_mels, front_end.frames)
    if not os.path.exists(f"{path}.u8"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        part = f"{path}.{os.getpid()}.part"
        out = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=size)
        for clips, mels in _compute_views(task, counts, jobs):
            out[first[clips[0]] : first[clips[-1] + 1]] = mels
        out.flush()
        del out
        os.replace(part, f"{path}.u8")
    return AugmentedClips(mels=np.load(f"{path}.u8", mmap_mode="r"), first=first, labels=labels, kits=kits)


def _compute_views(task: Any, counts: NDArray[np.int64], jobs: int) -> Iterator[tuple[range, NDArray[np.uint8]]]:
    blocks = [range(i, min(i + _CLIPS_PER_JOB, len(counts))) for i in range(0, len(counts), _CLIPS_PER_JOB)]
    todo = [(clips, [int(counts[clip]) for clip in clips]) for clips in blocks]
    if jobs <= 1:
        for clips, numbers in todo:
            yield clips, _views(task, clips, numbers)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_set_task, initargs=(task,)) as pool:
        results = pool.map(_views_of_job, todo)
        for (clips, _), mels in zip(todo, results, strict=True):
            yield clips, mels


_worker_task: list[Any] = []
"""The task of a worker process, set once by its initializer."""


def _set_task(task: Any) -> None:
    _worker_task.append(task)


def _views_of_job(job: tuple[range, list[int]]) -> NDArray[np.uint8]:
    return _views(_worker_task[0], *job)


def _views(task: Any, clips: Sequence[int], counts: list[int]) -> NDArray[np.uint8]:
    front_end: MelFrontEnd = task.front_end
    return np.stack(
        [
            quantise_mel(log_mel(sound, front_end=front_end))
            for clip, count in zip(clips, counts, strict=True)
            for sound in task(clip, count)
        ]
    )

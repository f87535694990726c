"""Pictures of a person's own files to train on: each sound as it is and in variations, made by a few processes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

import numpy as np
from numpy.typing import NDArray

from tui_browser import child
from tui_browser.audio.waveform import read_window
from tui_browser.dsp.mel import FrontEnd, log_mel
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray
from tui_browser.training.augment import augment_waveform
from tui_browser.training.encoder.augmented_data import quantise_mel
from tui_browser.training.pool import LONGEST_S, trim_to_onset

IN_FLIGHT = 2
_CANCELS = 0.1


@dataclass(frozen=True, slots=True)
class AugmentationSource:
    """A file that can be heard, and how it may be varied."""

    path: bytes
    onset_s: float
    kind: int
    """Index into `CLASSES`: what would turn a sound of this class into another one is not done to it."""


def load_views(
    path: str,
    sources: Sequence[AugmentationSource],
    *,
    front_end: FrontEnd,
    count: int,
    seed: int,
    jobs: int,
    log: str | None = None,
    tell: Callable[[int, int], None],
) -> NDArray[np.uint8]:
    """(N, `count`, M, T) views, the first of each file unvaried, mapped from the file at `path`; made where it lacks.

    A file that cannot be read any more has zeros. `tell` hears how many of N are done.
    """
    if not os.path.exists(path):
        part = f"{path}.making"
        size = (len(sources), count, front_end.n_mels, front_end.frames)
        out = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=size)
        _fill(out, sources, front_end=front_end, seed=seed, jobs=jobs, log=log, tell=tell)
        out.flush()
        del out
        os.replace(part, path)
    views: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return views


def _fill(
    out: NDArray[np.uint8],
    sources: Sequence[AugmentationSource],
    *,
    front_end: FrontEnd,
    seed: int,
    jobs: int,
    log: str | None,
    tell: Callable[[int, int], None],
) -> None:
    env = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    todo = deque(enumerate(sources))
    workers = [
        child.start(
            "tui_browser.training.user.augmented_files:views_main", front_end, seed, out.shape[1], log=log, env=env
        )
        for _ in range(max(1, min(jobs, len(sources))))
    ]
    by_conn = {worker.conn: worker for worker in workers}
    try:
        for worker in workers * IN_FLIGHT:
            if todo:
                worker.send(todo.popleft())
        done = 0
        while done < len(sources):
            for conn in wait(list(by_conn)):
                worker = by_conn[conn]  # type: ignore[index]  # wait gives back what it got
                index, pictures = worker.receive()
                out[index] = 0 if pictures is None else pictures
                done += 1
                tell(done, len(sources))
                if todo:
                    worker.send(todo.popleft())
    finally:
        for worker in workers:
            worker.process.kill()
            worker.close()


def views_main(conn: Connection, front_end: FrontEnd, seed: int, count: int) -> None:
    """The child: receives (number, Source), answers with (number, pictures), which are None for an unreadable file."""
    while True:
        index, source = conn.recv()
        try:
            conn.send((index, views_of(source, front_end=front_end, seed=[seed, index], count=count)))
        except AudioError:
            conn.send((index, None))


def views_of(source: AugmentationSource, *, front_end: FrontEnd, seed: Sequence[int], count: int) -> NDArray[np.uint8]:
    """(`count`, M, T) views of one file, the first unvaried; raises AudioError."""
    sound = read_source(source, front_end=front_end)
    made = [sound]
    for view in range(1, count):
        rng = np.random.default_rng([*seed, view])
        made.append(augment_waveform(sound, source.kind, rng, rate=front_end.sample_rate))
    return np.stack([quantise_mel(log_mel(each, front_end=front_end)) for each in made])


def read_source(source: AugmentationSource, *, front_end: FrontEnd) -> FloatArray:
    """The file's sound from its onset on, mono, at the front end's rate; raises AudioError."""
    frames, rate = read_window(source.path, start_s=source.onset_s, seconds=LONGEST_S)
    if not len(frames) or not np.isfinite(frames).all():
        raise AudioError("nothing to hear", path=source.path)
    energy = np.einsum("ij,ij->j", frames, frames)
    mono = np.ascontiguousarray(frames.mean(axis=1), dtype=np.float32)
    if float(np.dot(mono, mono)) < _CANCELS * float(energy.sum()) / frames.shape[1] ** 2:
        mono = np.ascontiguousarray(frames[:, int(energy.argmax())])  # the channels cancel each other out
    sound = trim_to_onset(mono, rate, front_end=front_end, seconds=LONGEST_S)
    if not len(sound):
        raise AudioError("nothing to hear", path=source.path)
    return sound

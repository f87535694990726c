"""Training data of a user model: log-mels of augmented views of every file, computed by worker processes."""

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
from tui_browser.dsp.mel import MelFrontEnd, log_mel
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray
from tui_browser.training.augment import augment_waveform
from tui_browser.training.encoder.augmented_data import quantise_mel
from tui_browser.training.pool import LONGEST_S, trim_to_onset

_FILES_IN_FLIGHT = 2
"""Files sent to each worker in advance."""
_CANCELLATION = 0.1
"""Energy of the mono sum, relative to in-phase channels, below which the channels are taken to cancel out."""


@dataclass(frozen=True, slots=True)
class AugmentationSource:
    """A file to augment."""

    path: bytes
    onset_s: float
    kind: int
    """Index into `CLASSES`; limits augmentation that would change the class."""


def load_views(
    path: str,
    sources: Sequence[AugmentationSource],
    *,
    front_end: MelFrontEnd,
    count: int,
    seed: int,
    jobs: int,
    log: str | None = None,
    report: Callable[[int, int], None],
) -> NDArray[np.uint8]:
    """(N, `count`, M, T) views, the first of each file unmodified, memory-mapped from the file at `path`.

    Computes the file if it is missing. Files that cannot be read get zeros. `report` receives the number of finished
    files and N.
    """
    if not os.path.exists(path):
        part = f"{path}.making"
        size = (len(sources), count, front_end.n_mels, front_end.frames)
        out = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=size)
        _fill(out, sources, front_end=front_end, seed=seed, jobs=jobs, log=log, report=report)
        out.flush()
        del out
        os.replace(part, path)
    views: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return views


def _fill(
    out: NDArray[np.uint8],
    sources: Sequence[AugmentationSource],
    *,
    front_end: MelFrontEnd,
    seed: int,
    jobs: int,
    log: str | None,
    report: Callable[[int, int], None],
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
        for worker in workers * _FILES_IN_FLIGHT:
            if todo:
                worker.send(todo.popleft())
        done = 0
        while done < len(sources):
            for conn in wait(list(by_conn)):
                worker = by_conn[conn]  # type: ignore[index]  # `wait` returns objects that it was given
                index, mels = worker.receive()
                out[index] = 0 if mels is None else mels
                done += 1
                report(done, len(sources))
                if todo:
                    worker.send(todo.popleft())
    finally:
        for worker in workers:
            worker.process.kill()
            worker.close()


def views_main(conn: Connection, front_end: MelFrontEnd, seed: int, count: int) -> None:
    """The child: receives (index, source) and answers (index, views), with None for a file that cannot be read."""
    while True:
        index, source = conn.recv()
        try:
            conn.send((index, _augmented_views(source, front_end=front_end, seed=[seed, index], count=count)))
        except AudioError:
            conn.send((index, None))


def _augmented_views(
    source: AugmentationSource, *, front_end: MelFrontEnd, seed: Sequence[int], count: int
) -> NDArray[np.uint8]:
    """(`count`, M, T) views of one file, the first unmodified; raises AudioError."""
    sound = read_source(source, front_end=front_end)
    sounds = [sound]
    for view in range(1, count):
        rng = np.random.default_rng([*seed, view])
        sounds.append(augment_waveform(sound, source.kind, rng, rate=front_end.sample_rate))
    return np.stack([quantise_mel(log_mel(view, front_end=front_end)) for view in sounds])


def read_source(source: AugmentationSource, *, front_end: MelFrontEnd) -> FloatArray:
    """The sound of a file from its onset, mono, at the front end's rate; raises AudioError."""
    samples, rate = read_window(source.path, start_s=source.onset_s, seconds=LONGEST_S)
    if not len(samples) or not np.isfinite(samples).all():
        raise AudioError("the file has no sound", path=source.path)
    energy = np.einsum("ij,ij->j", samples, samples)
    mono = np.ascontiguousarray(samples.mean(axis=1), dtype=np.float32)
    if float(np.dot(mono, mono)) < _CANCELLATION * float(energy.sum()) / samples.shape[1] ** 2:
        mono = np.ascontiguousarray(samples[:, int(energy.argmax())])  # use the loudest channel instead
    sound = trim_to_onset(mono, rate, front_end=front_end, seconds=LONGEST_S)
    if not len(sound):
        raise AudioError("the file has no sound", path=source.path)
    return sound

"""Tags that samples probably lack: a classifier trained on the tagged samples of the library, in a worker process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui_browser import child
from tui_browser.config.places import log_file
from tui_browser.errors import BrowserError, WorkerError
from tui_browser.records import FloatArray, SampleId, Snapshot
from tui_browser.search.tag_counts import tag_counts
from tui_browser.workbench.labels.classifier import LEAST_SAMPLES, TagQuality, train_tags
from tui_browser.workbench.labels.groups import sample_groups

Report = Callable[[int, int], None]


class TaggedLibrary(Protocol):
    """What is read of a library."""

    @property
    def path(self) -> str: ...
    def snapshot(self) -> Snapshot: ...
    def root_paths(self) -> list[bytes]: ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag that a sample lacks."""

    sample: SampleId
    path: bytes
    tag: str
    p: float


@dataclass(frozen=True, slots=True)
class LearnedTag:
    """How well a tag can be told, by samples whose folders were held out; None if it could not be learned."""

    tag: str
    samples: int
    precision: float | None
    calibration_error: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The result of a prediction."""

    suggestions: list[Suggestion]
    """The most probable first."""
    tags: list[LearnedTag]
    """All tags, the most frequent first."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What the worker process needs."""

    vectors: FloatArray
    """(N, D) of all samples with a sound."""
    trained_on: NDArray[np.bool_]
    """(N,) samples that have a tag: of the others nobody has said what they are."""
    has: NDArray[np.bool_]
    """(N, T)"""
    groups: NDArray[np.int64]
    """(N,)"""
    least: int


def predict_tags(
    library: TaggedLibrary,
    *,
    among: Sequence[SampleId],
    tags: Sequence[str] = (),
    least_p: float = 0.5,
    least_samples: int = LEAST_SAMPLES,
    report: Report | None = None,
) -> Predictions:
    """The tags that the samples `among` lack with a probability of at least `least_p`.

    `tags` limits them, ignoring case; empty for all. A tag on fewer than `least_samples` samples is not learned.
    Raises BrowserError if nothing can be learned.
    """
    snapshot = library.snapshot()
    rows = _sounding(snapshot)
    names = [tag for tag, _ in tag_counts(snapshot.tags.values())]
    wanted = {tag.casefold() for tag in tags}
    names = [name for name in names if not wanted or name.casefold() in wanted]
    if wanted - {name.casefold() for name in names}:
        unknown = sorted(wanted - {name.casefold() for name in names})[0]
        raise BrowserError(f"no sample has the tag {unknown}", path=library.path, hint="labels list names all tags")
    has = _has(snapshot, rows, names)
    if not has.any():
        raise BrowserError(
            "no sample has a tag yet to learn from",
            path=library.path,
            hint="tui-browser labels, or the key t in the app",
        )
    vectors = snapshot.vectors
    assert vectors is not None  # snapshot() brings them
    tagged = np.array([SampleId(int(each)) in snapshot.tags for each in snapshot.ids[rows]], dtype=np.bool_)
    paths = [snapshot.names[row] for row in rows.tolist()]
    sounding = np.ascontiguousarray(vectors[rows])
    groups = sample_groups(paths, [vector.tobytes() for vector in sounding], library.root_paths())
    job = _Job(sounding, tagged, has, groups, least_samples)
    probabilities, quality = _in_worker(job, report)
    counts = has.sum(axis=0)
    learned = [
        LearnedTag(
            name,
            int(counts[at]),
            float(quality.precision[at]) if quality.learned[at] else None,
            float(quality.calibration_error[at]) if quality.learned[at] else None,
        )
        for at, name in enumerate(names)
    ]
    if not quality.learned.any():
        raise BrowserError(
            f"no tag is on {least_samples} samples in two folders or more, which learning needs", path=library.path
        )
    open_rows = np.isin(snapshot.ids[rows], np.asarray(among, dtype=np.int64))
    likely = (probabilities >= least_p) & ~has & open_rows[:, np.newaxis] & quality.learned
    suggestions = [
        Suggestion(
            SampleId(int(snapshot.ids[rows[row]])), paths[row], names[tag], round(float(probabilities[row, tag]), 4)
        )
        for row, tag in np.argwhere(likely).tolist()
    ]
    return Predictions(sorted(suggestions, key=lambda each: (-each.p, each.path, each.tag)), learned)


def _sounding(snapshot: Snapshot) -> NDArray[np.intp]:
    vectors = snapshot.vectors
    if vectors is None or not vectors.size:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.isfinite(vectors).all(axis=1))


def _has(snapshot: Snapshot, rows: NDArray[np.intp], names: Sequence[str]) -> NDArray[np.bool_]:
    """(N, T) which sample has which tag, ignoring case."""
    column = {name.casefold(): at for at, name in enumerate(names)}
    has = np.zeros((len(rows), len(names)), dtype=np.bool_)
    for at, sample in enumerate(snapshot.ids[rows].tolist()):
        for tag in snapshot.tags.get(SampleId(sample), ()):
            if tag.casefold() in column:
                has[at, column[tag.casefold()]] = True
    return has


def _in_worker(job: _Job, report: Report | None) -> tuple[FloatArray, TagQuality]:
    """Train and predict in a process of its own: scikit-learn stays out of this one."""
    env = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    log = log_file("labels")
    worker = child.start(f"{__name__}:worker_main", job, log=log, env=env)
    try:
        while True:
            try:
                answer = worker.receive()
            except WorkerError as error:
                raise WorkerError(
                    "the process that predicts tags has ended", hint=f"see {log}" if log else ""
                ) from error
            if isinstance(answer, BrowserError):
                raise answer
            probabilities, quality = answer
            if isinstance(quality, TagQuality):
                return np.asarray(probabilities, dtype=np.float32), quality
            if report is not None:
                report(*answer)
    finally:
        worker.close(grace_s=0.1)


def worker_main(conn: Connection, job: _Job) -> None:
    """The worker: sends (done, total) for each tag, then the probabilities and their quality, or a BrowserError."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        classifier = train_tags(
            job.vectors[job.trained_on],
            job.has[job.trained_on],
            job.groups[job.trained_on],
            least=job.least,
            report=lambda done, total: conn.send((done, total)),
        )
    except ImportError as error:
        conn.send(WorkerError("predicting tags needs scikit-learn, which cannot be imported", hint=str(error)))
        return
    conn.send((classifier.probabilities(job.vectors).astype(np.float32), classifier.quality))

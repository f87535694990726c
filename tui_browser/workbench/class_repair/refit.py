"""A class head learned from all corrected classes of a library, with what it would change, in a child process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

import numpy as np
from numpy.typing import NDArray

from tui_browser import child
from tui_browser.config.places import log_file
from tui_browser.errors import BrowserError, WorkerError
from tui_browser.records import CLASSES, SampleId, index_in_model
from tui_browser.store.class_heads import ClassHead
from tui_browser.store.encodings import EncodingTable
from tui_browser.store.reader import StoreReader
from tui_browser.store.store import Store
from tui_browser.workbench.class_repair.fit import LEAST_ANSWERS, Sounds, fit_head, held_out

ANCHORS = 1_000
"""Samples that nobody judged, drawn at random, that hold the head where the model was."""


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """A head that can be taken, and how good it is."""

    space: str
    head: ClassHead
    answers: int
    right_before: int
    """Answers that the model alone gives."""
    right_after: int
    """Answers that are given by heads which did not learn from them."""
    p_before: float
    """Mean probability that the model gives to the classes of the answers."""
    p_after: float
    """The same by heads which did not learn from them."""
    changed: int
    """Samples that nobody judged whose class would be another."""
    seconds: float

    @property
    def better(self) -> bool:
        """Whether held-out answers are more probable than before.

        That says more than the number that is met: of twenty answers one more or less is chance.
        """
        return self.p_after > self.p_before


class RunningRefit:
    """The parent's end of a child process that learns."""

    def __init__(self, library: str) -> None:
        self._child = child.start(f"{__name__}:worker_main", library, log=log_file("repair"))

    def fileno(self) -> int:
        """Readable when the answer is there."""
        return self._child.conn.fileno()

    def poll(self) -> Refit | None:
        """The result if it is there; never waits. Raises BrowserError where nothing can be learned."""
        try:
            if not self._child.conn.poll():
                return None
            answer = self._child.receive()
        except (WorkerError, OSError) as error:
            raise WorkerError("the process that learns classes has ended", hint="see its log") from error
        if isinstance(answer, BrowserError):
            raise answer
        assert isinstance(answer, Refit)
        return answer

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._child.close(grace_s=0.1)


def refit_in_child(library: str) -> Refit:
    """Learn and wait for it; raises BrowserError."""
    running = RunningRefit(library)
    try:
        while (result := running.poll()) is None:
            wait([running.fileno()], timeout=0.5)
        return result
    finally:
        running.close()


def worker_main(conn: Connection, library: str) -> None:
    """The child: sends a Refit or a BrowserError."""
    try:
        with Store.open(library) as store:
            conn.send(learn(store))
    except BrowserError as error:
        conn.send(error)


def learn(store: StoreReader) -> Refit:
    """Learn from the corrected classes of a library; raises BrowserError where there are too few."""
    from threadpoolctl import threadpool_limits

    started = time.perf_counter()
    space, names = store.meta("space"), store.class_names()
    table = store.encodings(space)
    model = table.probabilities
    if model is None or model.shape[1] != len(names):
        raise BrowserError("the library's model has no classes", path=store.path)
    heard = np.isfinite(model).all(axis=1) & np.isfinite(table.embedding).all(axis=1)
    answer_of = _answers(store.corrections(), names)
    judged = np.array(
        [row for row in np.flatnonzero(heard).tolist() if int(table.ids[row]) in answer_of], dtype=np.intp
    )
    if len(judged) < LEAST_ANSWERS:
        raise BrowserError(
            f"{len(judged)} classes were judged, and {LEAST_ANSWERS} are needed to learn from",
            path=store.path,
            hint="tui-browser class queue lists which to judge",
        )
    answers = np.array([answer_of[int(table.ids[row])] for row in judged.tolist()], dtype=np.intp)
    others = np.setdiff1d(np.flatnonzero(heard), judged)
    drawn = np.random.default_rng(0).permutation(len(others))[:ANCHORS]
    sounds, anchors = _sounds(table, judged), _sounds(table, others[np.sort(drawn)])
    with threadpool_limits(1):  # the matrices are small: more threads take longer
        after = held_out(sounds, answers, anchors)
        head = fit_head(sounds, answers, anchors)
    changed = _changed(table, others, head, store.class_head(space))
    at = np.arange(len(judged))
    return Refit(
        space,
        head,
        answers=len(judged),
        right_before=int((sounds.model.argmax(axis=1) == answers).sum()),
        right_after=int((after.argmax(axis=1) == answers).sum()),
        p_before=float(sounds.model[at, answers].mean()),
        p_after=float(after[at, answers].mean()),
        changed=changed,
        seconds=time.perf_counter() - started,
    )


def _answers(corrections: dict[SampleId, int], names: tuple[str, ...]) -> dict[int, int]:
    """Corrected classes by sample, as indices into the classes of the library's model."""
    indices = {int(sample): index_in_model(names, CLASSES[index]) for sample, index in corrections.items()}
    return {sample: index for sample, index in indices.items() if index is not None}


def _sounds(table: EncodingTable, rows: NDArray[np.intp]) -> Sounds:
    assert table.probabilities is not None
    return Sounds(table.embedding[rows], table.probabilities[rows])


def _changed(table: EncodingTable, rows: NDArray[np.intp], head: ClassHead, present: ClassHead | None) -> int:
    sounds = _sounds(table, rows)
    if not len(sounds):
        return 0
    shown = sounds.model if present is None else present.probabilities(sounds.embedding, sounds.model)
    after = head.probabilities(sounds.embedding, sounds.model)
    return int((after.argmax(axis=1) != shown.argmax(axis=1)).sum())

"""The sound decoder in a child process, so that the parent never imports torch. Jobs are answered in order.

The same process hears a sound again: it encodes the file as any other file is encoded.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import numpy as np

from tui_browser import child
from tui_browser.errors import BrowserError, WorkerError
from tui_browser.generate.sound_encoder import HeardSound, SoundEncoder
from tui_browser.model.bundle import Bundle
from tui_browser.records import FloatArray

if TYPE_CHECKING:
    from tui_browser.generate.open_decoder import LatentDecoder
    from tui_browser.generate.sound_decoder import DecodeBatch


@dataclass(frozen=True, slots=True, eq=False)
class ParentSound:
    """A sound that others are made from: its latent, or the input to compute it from."""

    seconds: float
    z: FloatArray | None = None
    """(Z,)"""
    mel: FloatArray | None = None
    """(M, T) log-mel for the encoder; used if `z` is None."""
    sound: FloatArray | None = None
    """(n,) mono at 44,100 Hz from the onset; if given beside `mel`, z and detail are fitted to it."""
    detail: FloatArray | None = None
    """(N_DETAIL,) what it has beyond `z`; None for nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class GenerationJob:
    """One sound to render: drawn from the prior, or mixed and varied from parents. Deterministic."""

    seed: int
    parents: tuple[ParentSound, ...] = ()
    """Empty for a sound drawn from the prior."""
    weights: tuple[float, ...] | None = None
    """One for each parent; None for equal weights. Divided by their sum unless `raw`."""
    raw: bool = False
    variance: float = 0.0
    """Of the noise added to z. For a drawn sound it is added to the variance of the prior, which is 1."""
    class_index: int | None = None
    """Class of a drawn sound; None for any."""
    pins: tuple[tuple[int, float], ...] = ()
    """Latent dimensions, from 0, that take these values, whatever the parents have there."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedAudio:
    """The result of a job."""

    sound: FloatArray
    """(n,) mono at 44,100 Hz, finite, peak at most 1."""
    z: FloatArray
    """(Z,) the decoded latent."""
    seconds: float
    detail: FloatArray | None
    """(N_DETAIL,) what was added to the decoded latent; None for nothing."""
    torch: str
    """Version of torch that rendered it."""


@dataclass(frozen=True, slots=True)
class HearingJob:
    """A sound file to encode as any other file is."""

    path: bytes


Job = GenerationJob | HearingJob
Answer = GeneratedAudio | HeardSound | BrowserError


def generator_main(conn: Connection, bundle: Bundle) -> None:
    """The child: sends (None, None) once it is ready or (None, error) if it cannot start, then answers jobs."""
    try:
        import torch  # 1.6 s

        from tui_browser.generate.open_decoder import open_decoder
        from tui_browser.generate.sound_decoder import DecodeBatch

        torch.set_flush_denormal(True)
        torch.use_deterministic_algorithms(True)
        decoder = open_decoder(bundle, threads=1)
        warm_up = DecodeBatch(z=np.zeros((1, bundle.z_dim), np.float32), seconds=np.full(1, 0.1, np.float32))
        decoder.decode(warm_up, seed=0)  # torch initialises itself in the first call
    except BrowserError as error:
        conn.send((None, error))
        return
    except ImportError as error:
        conn.send((None, WorkerError("generating sounds needs torch, which cannot be imported", hint=str(error))))
        return
    encoder = SoundEncoder(bundle)
    conn.send((None, None))
    while True:
        tag, job = conn.recv()
        try:
            heard = isinstance(job, HearingJob)
            conn.send((tag, encoder.hear(job.path) if heard else _render_job(job, decoder, encoder)))
        except BrowserError as error:
            conn.send((tag, error))


def _render_job(job: GenerationJob, decoder: LatentDecoder, encoder: SoundEncoder) -> GeneratedAudio:
    """The sound of a job; raises BundleError if the encoder is damaged."""
    import torch  # already imported by `generator_main`

    if job.parents:
        batch = _joined([_parent(parent, decoder, encoder) for parent in job.parents])
        if len(batch) > 1 or job.weights is not None:
            batch = decoder.mix(batch, job.weights or [1.0] * len(batch), raw=job.raw)
        if job.variance > 0:
            batch = decoder.vary(batch, count=1, variance=job.variance, seed=job.seed)
    else:
        batch = decoder.draw(1, seed=job.seed, class_index=job.class_index, variance=1.0 + job.variance)
    for dimension, value in job.pins:
        batch.z[:, dimension] = value
    sound = decoder.decode(batch, seed=job.seed)[0]
    # A plain string: unpickling a TorchVersion would import torch in the parent.
    version = str(torch.__version__)
    detail = None if batch.detail is None else batch.detail[0]
    return GeneratedAudio(sound=sound, z=batch.z[0], seconds=float(batch.seconds[0]), detail=detail, torch=version)


def _parent(parent: ParentSound, decoder: LatentDecoder, encoder: SoundEncoder) -> DecodeBatch:
    """One row: latent, length and detail of a parent sound."""
    from tui_browser.generate.sound_decoder import DecodeBatch

    if parent.z is None:
        assert parent.mel is not None  # a parent has z or mel
        z = encoder.latent(parent.mel)
        if parent.sound is not None:
            return decoder.reproduce(z, parent.sound, parent.seconds)
    else:
        z = parent.z
    detail = None if parent.detail is None else parent.detail[None].astype(np.float32)
    return DecodeBatch(z=z[None].astype(np.float32), seconds=np.array([parent.seconds], np.float32), detail=detail)


def _joined(batches: list[DecodeBatch]) -> DecodeBatch:
    """The rows of several batches; those without a detail get an empty one where others have one."""
    from tui_browser.generate.sound_decoder import DecodeBatch
    from tui_browser.model.source_detail import N_DETAIL

    detail = None
    if any(batch.detail is not None for batch in batches):
        empty = np.zeros((1, N_DETAIL), dtype=np.float32)
        detail = np.concatenate([empty if batch.detail is None else batch.detail for batch in batches])
    return DecodeBatch(
        z=np.concatenate([batch.z for batch in batches]),
        seconds=np.concatenate([batch.seconds for batch in batches]),
        detail=detail,
    )


class GeneratorProcess:
    """The parent's end. The constructor returns at once; the first answer comes after torch has been imported.

    Every call may raise BundleError if the model has no decoder or is damaged, or WorkerError if the process has
    ended. Such an error is permanent: create a new GeneratorProcess.
    """

    def __init__(self, bundle: Bundle, *, log: str | None = None, niceness: int = 0) -> None:
        self.bundle = bundle
        self._log = log
        self._failure: BrowserError | None = None
        self._ready = False
        env = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._child = child.start(
            "tui_browser.generate.generator_process:generator_main", bundle, log=log, niceness=niceness, env=env
        )

    def make(self, job: GenerationJob) -> GeneratedAudio:
        """Render one job and wait for it. Must not be called while jobs from `submit` are running."""
        answer = self._ask(job)
        assert isinstance(answer, GeneratedAudio)  # what a GenerationJob is answered with
        return answer

    def hear(self, path: bytes) -> HeardSound:
        """Encode a sound file and wait for it; as `make`, and raises AudioError for a file without sound."""
        answer = self._ask(HearingJob(path))
        assert isinstance(answer, HeardSound)  # what a HearingJob is answered with
        return answer

    def _ask(self, job: Job) -> GeneratedAudio | HeardSound:
        self.submit(None, job)
        while True:
            for _, answer in self._receive():
                if isinstance(answer, BrowserError):
                    raise answer
                return answer

    def submit(self, tag: Hashable, job: Job) -> None:
        """Send a job; `poll` returns the answer with its `tag`."""
        self._raise_failure()
        try:
            self._child.send((tag, job))
        except WorkerError:
            while self._child.conn.poll():
                self._receive()  # the child may have sent a more precise error before it ended
            raise

    def fileno(self) -> int:
        """File descriptor that is readable when `poll` has answers, for selectors."""
        return self._child.conn.fileno()

    def poll(self) -> list[tuple[Any, Answer]]:
        """Answers that have arrived, oldest first; never waits."""
        self._raise_failure()
        answers: list[tuple[Any, Answer]] = []
        while self._child.conn.poll():
            answers += self._receive()
        return answers

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._child.close(grace_s=0.1)
        self._failure = self._failure or WorkerError("the generator is closed")

    def _receive(self) -> list[tuple[Any, Answer]]:
        """Wait for one message: an answer, or nothing for the message that the child is ready."""
        self._raise_failure()
        try:
            tag, answer = self._child.receive()
        except WorkerError as error:
            hint = f"see {self._log}" if self._log else ""
            self._failure = WorkerError("the generator process has ended", hint=hint)
            raise self._failure from error
        if self._ready:
            return [(tag, answer)]
        if isinstance(answer, BrowserError):
            self._failure = answer
            raise answer
        self._ready = True
        return []

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

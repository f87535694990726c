"""The encoder in a child process, so that the parent never imports torch.

The parent sends (tag, log-mels, slices) and receives (tag, Encoding), in order. The result for a sound does not depend
on its batch: batches are padded to a multiple of `BATCH_MULTIPLE`, for which torch uses the same arithmetic.
"""

from __future__ import annotations

import gc
import queue
import threading
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from tui_browser import child
from tui_browser.dsp.picture_part import joined, picture_parts
from tui_browser.errors import BrowserError, BundleError, WorkerError
from tui_browser.model.bundle import Bundle
from tui_browser.model.pooling import BatchSlices, pool_slices
from tui_browser.records import Encoding, FloatArray

if TYPE_CHECKING:
    from tui_browser.model.inference import InferenceEncoder

BATCH_MULTIPLE = 8
"""Batches are padded with silence to a multiple of this; one sound costs as much as eight."""
MAX_BATCH = 32
"""Sounds in one pass through the network: few enough for the activations to stay in the CPU cache."""


def encoder_main(conn: Connection, bundle: Bundle, threads: int) -> None:
    """The child: sends (None, None) once it is ready or (None, error) if it cannot start, then serves requests."""
    requests: queue.SimpleQueue[tuple[Hashable, FloatArray, BatchSlices | None] | None] = queue.SimpleQueue()
    # A thread reads requests while torch loads and while answers are written. Otherwise the parent could block on a
    # full pipe, and both ends could wait for each other.
    threading.Thread(target=_read_requests, args=(conn, requests), daemon=True).start()
    gc.disable()  # a fifth of the time that torch takes to load
    try:
        import torch  # 1.6 s

        from tui_browser.model.inference import open_encoder

        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        torch.use_deterministic_algorithms(True)
        # Filling uninitialised memory would take a tenth of the time, and all of it is overwritten.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        network = open_encoder(bundle)
        gc.freeze()
        gc.enable()
    except BrowserError as error:
        conn.send((None, error))
        return
    except ImportError as error:
        conn.send((None, WorkerError("the encoder needs torch, which cannot be imported", hint=str(error))))
        return
    try:
        _check_finite(encode_mels(network, _probe(bundle), picture=bundle.has_picture_part), bundle)
        conn.send((None, None))
        while (request := requests.get()) is not None:
            tag, mels, slices = request
            encoding = encode_mels(network, mels, slices, picture=bundle.has_picture_part)
            _check_finite(encoding, bundle)
            conn.send((tag, encoding))
    except BundleError as error:
        conn.send((None, error))


def _probe(bundle: Bundle) -> FloatArray:
    """(BATCH_MULTIPLE, M, T) log-mels to warm the network up and to try its weights: silence, and noise up to loud."""
    size = (BATCH_MULTIPLE, *bundle.front_end.size)
    loudness = np.linspace(0, 4, BATCH_MULTIPLE, dtype=np.float32)[:, None, None]
    return loudness * np.random.default_rng(0).standard_normal(size, dtype=np.float32)


def _check_finite(encoding: Encoding, bundle: Bundle) -> None:
    """Raise BundleError where weights, each of them finite, give numbers that are not."""
    arrays = (encoding.embedding, encoding.z, encoding.probabilities, encoding.xy, encoding.slice_embeddings)
    if not all(np.isfinite(array).all() for array in arrays if array is not None):
        raise BundleError(
            "the model gives numbers that are not finite",
            path=bundle.folder,
            hint="its weights are damaged; use another model",
        )


def _read_requests(conn: Connection, requests: queue.SimpleQueue[Any]) -> None:
    try:
        while True:
            requests.put(conn.recv())
    except (EOFError, OSError):
        requests.put(None)


def encode_mels(
    network: InferenceEncoder, mels: FloatArray, slices: BatchSlices | None = None, *, picture: bool
) -> Encoding:
    """Encode log-mels (B, M, T), `MAX_BATCH` at a time; with `slices`, see `Encoder.submit`.

    With `picture`, embeddings have a picture part. Classes and places are the network's alone.
    """
    import torch

    outputs: list[tuple[FloatArray | None, ...]] = []
    with torch.inference_mode():
        for start in range(0, len(mels), MAX_BATCH):
            batch = mels[start : start + MAX_BATCH]
            padded = np.zeros((len(batch) + -len(batch) % BATCH_MULTIPLE, *mels.shape[1:]), dtype=np.float32)
            padded[: len(batch)] = batch
            output = network(torch.from_numpy(padded))
            outputs.append(tuple(None if value is None else value[: len(batch)].numpy() for value in output))
    embedding, z, probabilities, xy = (
        None if column[0] is None else np.concatenate(column) for column in zip(*outputs, strict=True)
    )
    assert embedding is not None and z is not None
    parts = picture_parts(mels) if picture else None
    if slices is None:
        whole = embedding if parts is None else joined(embedding, parts)
        return Encoding(embedding=whole, z=z, probabilities=probabilities, xy=xy)
    count = len(slices.rhythms)
    files = pool_slices(embedding, slices)
    return Encoding(
        embedding=files if parts is None else joined(files, pool_slices(parts, slices.without_rhythm)),
        z=z[:count],
        probabilities=None if probabilities is None else probabilities[:count],
        xy=None if xy is None else _move_to_pooled(network, files, xy[:count], np.unique(slices.owner)),
        slice_embeddings=embedding[count:] if parts is None else joined(embedding[count:], parts[count:]),
    )


def _move_to_pooled(
    network: InferenceEncoder, vectors: FloatArray, xy: FloatArray, rows: NDArray[np.intp]
) -> FloatArray:
    """Map positions (B, 2), with those of `rows` recomputed by the map head from their pooled vectors (B, D)."""
    import torch

    xy = xy.copy()
    with torch.inference_mode():
        for start in range(0, len(rows), MAX_BATCH):
            batch = rows[start : start + MAX_BATCH]
            padded = np.zeros((MAX_BATCH, vectors.shape[1]), dtype=np.float32)
            padded[: len(batch)] = vectors[batch]
            xy[batch] = network.place(torch.from_numpy(padded)).numpy()[: len(batch)]
    return xy


@dataclass(frozen=True, slots=True)
class _SyncTag:
    """Tag of a request by `Encoder.encode`, which waits for the answer."""

    number: int


class Encoder:
    """The parent's end. The constructor returns at once; the first answer comes after torch has been imported.

    Every call may raise BundleError if the model cannot be used, or WorkerError if the process has ended. Such an
    error is permanent: create a new Encoder.
    """

    def __init__(self, bundle: Bundle, *, log: str | None = None, niceness: int = 0, threads: int = 1) -> None:
        self.bundle = bundle
        env = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": "1"}
        self._child = child.start(
            "tui_browser.model.encoder_process:encoder_main", bundle, threads, log=log, niceness=niceness, env=env
        )
        self._log = log
        self._answers: deque[tuple[Any, Encoding]] = deque()
        self._sync_count = 0
        self._failure: BrowserError | None = None
        self._ready = False

    @property
    def space(self) -> str:
        """Vectors of the same space can be compared."""
        return self.bundle.space

    @property
    def ready(self) -> bool:
        """Whether the child has reported that the network is loaded; earlier requests wait for that."""
        return self._ready

    @property
    def dim(self) -> int:
        """Size of an embedding, with its picture part."""
        return self.bundle.width

    def encode(self, mels: FloatArray, slices: BatchSlices | None = None) -> Encoding:
        """Encode log-mels (B, M, T) and wait for the result. Answers to `submit` that arrive meanwhile are kept."""
        if len(mels) == 0:
            return self._empty_encoding()
        self._sync_count += 1
        sync_tag = _SyncTag(self._sync_count)
        self.submit(sync_tag, mels, slices)
        while True:
            answer = self._receive()
            if answer is not None and answer[0] == sync_tag:
                return answer[1]
            if answer is not None:
                self._answers.append(answer)

    def submit(self, tag: Hashable, mels: FloatArray, slices: BatchSlices | None = None) -> None:
        """Send log-mels (B, M, T), B at least 1; `poll` returns the answer with its `tag`.

        With `slices` (see `pooling.encoder_batch`) the last log-mels belong to slices of the first ones. The encoding
        then has one row for each file, and the embeddings of the slices beside them.
        """
        size = self.bundle.front_end.size
        if mels.ndim != 3 or mels.shape[1:] != size or len(mels) == 0:
            raise ValueError(f"log-mels have shape {mels.shape}, not (B, {size[0]}, {size[1]})")
        self._raise_failure()
        try:
            self._child.send((tag, np.ascontiguousarray(mels, dtype=np.float32), slices))
        except WorkerError:
            self._collect()  # the child may have sent a more precise error before it ended
            raise

    def fileno(self) -> int:
        """File descriptor that is readable when `poll` has answers, for selectors."""
        return self._child.conn.fileno()

    def poll(self) -> list[tuple[Any, Encoding]]:
        """Answers that have arrived, oldest first; never waits."""
        self._raise_failure()
        self._collect()
        answers = list(self._answers)
        self._answers.clear()
        return answers

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._child.close(grace_s=0.1)
        self._failure = self._failure or WorkerError("the encoder is closed")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _receive(self) -> tuple[Any, Encoding] | None:
        """Wait for one message; None for the message that the child is ready."""
        self._raise_failure()
        try:
            tag, answer = self._child.receive()
        except WorkerError as error:
            hint = f"see {self._log}" if self._log else ""
            self._failure = WorkerError("the encoder process has ended", hint=hint)
            raise self._failure from error
        if isinstance(answer, BrowserError):
            self._failure = answer
            raise answer
        if not self._ready:
            self._ready = True
            return None
        return tag, answer

    def _collect(self) -> None:
        """Receive all messages that have arrived; raises the error that the child may have sent."""
        while self._child.conn.poll():
            answer = self._receive()
            if answer is not None:
                self._answers.append(answer)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _empty_encoding(self) -> Encoding:
        bundle = self.bundle

        def empty(columns: int) -> FloatArray:
            return np.zeros((0, columns), dtype=np.float32)

        return Encoding(
            embedding=empty(bundle.width),
            z=empty(bundle.z_dim),
            probabilities=None if bundle.classes is None else empty(len(bundle.classes)),
            xy=empty(2) if bundle.has_map else None,
        )

"""The encoder as a process: torch lives there, and nowhere else.

The parent sends (tag, mel) and gets (tag, Encoding) back, in order. A row's result does not depend on the batch
that it comes in: batches are filled up to whole groups, for which the arithmetic is the same however many there are.
"""

from __future__ import annotations

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
from tui_browser.errors import BrowserError, WorkerError
from tui_browser.model.bundle import Bundle
from tui_browser.model.pooling import BatchSlices, mixed
from tui_browser.records import Encoding, FloatArray

if TYPE_CHECKING:
    from tui_browser.model.network import Network

GROUP = 8
"""Batches are filled up to a multiple of this with silence; one sound alone costs as much as eight."""
MOST = 32
"""Sounds that go through the network at once: what is between its layers stays in the cache."""


def encoder_main(conn: Connection, bundle: Bundle, threads: int) -> None:
    """The child: says (None, None) when it is ready or (None, error) when it cannot be, then answers requests."""
    requests: queue.SimpleQueue[tuple[Hashable, FloatArray, BatchSlices | None] | None] = queue.SimpleQueue()
    # Requests are read while torch is loaded and while answers are written, so that the parent never waits to hand
    # one over, and neither end for the other's full pipe.
    threading.Thread(target=_read, args=(conn, requests), daemon=True).start()
    try:
        import torch  # 1.6 s

        from tui_browser.model.network import load_network

        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        torch.use_deterministic_algorithms(True)
        # Filling memory that is written to anyway takes a tenth of the time.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        network = load_network(bundle)
    except BrowserError as error:
        conn.send((None, error))
        return
    except ImportError as error:
        conn.send((None, WorkerError("the encoder needs torch, which cannot be loaded", hint=str(error))))
        return
    run(network, np.zeros((GROUP, bundle.front_end.n_mels, bundle.front_end.frames), dtype=np.float32))
    conn.send((None, None))
    while (request := requests.get()) is not None:
        tag, mel, parts = request
        conn.send((tag, run(network, mel, parts)))


def _read(conn: Connection, requests: queue.SimpleQueue[Any]) -> None:
    try:
        while True:
            requests.put(conn.recv())
    except (EOFError, OSError):
        requests.put(None)


def run(network: Network, mel: FloatArray, parts: BatchSlices | None = None) -> Encoding:
    """What the network says of (B, M, T) pictures, `MOST` at a time; with `parts` the last of them are hits."""
    import torch

    said: list[tuple[FloatArray | None, ...]] = []
    with torch.inference_mode():
        for start in range(0, len(mel), MOST):
            some = mel[start : start + MOST]
            filled = np.zeros((len(some) + -len(some) % GROUP, *mel.shape[1:]), dtype=np.float32)
            filled[: len(some)] = some
            out = network(torch.from_numpy(filled))
            said.append(tuple(None if value is None else value[: len(some)].numpy() for value in out))
    embedding, z, probabilities, xy = (
        None if column[0] is None else np.concatenate(column) for column in zip(*said, strict=True)
    )
    assert embedding is not None and z is not None
    if parts is None:
        return Encoding(embedding=embedding, z=z, probabilities=probabilities, xy=xy)
    count = len(parts.rhythms)
    files = mixed(embedding, parts)
    return Encoding(
        embedding=files,
        z=z[:count],
        probabilities=None if probabilities is None else probabilities[:count],
        xy=None if xy is None else _placed(network, files, xy[:count], np.unique(parts.owner)),
        slice_embeddings=embedding[count:],
    )


def _placed(network: Network, vectors: FloatArray, xy: FloatArray, rows: NDArray[np.intp]) -> FloatArray:
    """(B, 2) places, those of `rows` where the map head puts their vectors (B, D)."""
    import torch

    xy = xy.copy()
    with torch.inference_mode():
        for start in range(0, len(rows), MOST):
            some = rows[start : start + MOST]
            filled = np.zeros((MOST, vectors.shape[1]), dtype=np.float32)
            filled[: len(some)] = vectors[some]
            xy[some] = network.place(torch.from_numpy(filled)).numpy()[: len(some)]
    return xy


@dataclass(frozen=True, slots=True)
class _Sync:
    """The tag of a call that waits for its answer."""

    number: int


class Encoder:
    """The parent's end. Starting returns at once; the first answer waits until torch is loaded.

    Raises BundleError where the model cannot be used and WorkerError where the process is gone, from the call
    that first notices: both stay, a new Encoder is needed then.
    """

    def __init__(self, bundle: Bundle, *, log: str | None = None, niceness: int = 0, threads: int = 1) -> None:
        self.bundle = bundle
        env = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": "1"}
        self._child = child.start(
            "tui_browser.model.encoder_process:encoder_main", bundle, threads, log=log, niceness=niceness, env=env
        )
        self._log = log
        self._held: deque[tuple[Any, Encoding]] = deque()
        self._syncs = 0
        self._failed: BrowserError | None = None
        self._ready = False

    @property
    def space(self) -> str:
        """Names what the vectors can be compared with."""
        return self.bundle.space

    @property
    def ready(self) -> bool:
        """Whether the network is known to be loaded: what is submitted before waits for that, but nobody else does."""
        return self._ready

    @property
    def dim(self) -> int:
        """Numbers of an embedding."""
        return self.bundle.dim

    def encode(self, mel: FloatArray, parts: BatchSlices | None = None) -> Encoding:
        """What the model says of (B, M, T) pictures; waits. Answers to `submit` that come meanwhile are kept."""
        if len(mel) == 0:
            return self._nothing()
        self._syncs += 1
        mine = _Sync(self._syncs)
        self.submit(mine, mel, parts)
        while True:
            tag, encoding = self._receive()
            if tag == mine:
                return encoding
            self._held.append((tag, encoding))

    def submit(self, tag: Hashable, mel: FloatArray, parts: BatchSlices | None = None) -> None:
        """Hand over (B, M, T) pictures, B at least 1; `poll` gives the answer with its `tag`.

        With `parts` (see `mixing.pictures`) the last pictures are hits of the first ones: the answer is about the
        files, and has the vectors of the hits beside them.
        """
        size = (self.bundle.front_end.n_mels, self.bundle.front_end.frames)
        if mel.ndim != 3 or mel.shape[1:] != size or len(mel) == 0:
            raise ValueError(f"pictures are {mel.shape}, not (B, {size[0]}, {size[1]})")
        self._raise()
        try:
            self._child.send((tag, np.ascontiguousarray(mel, dtype=np.float32), parts))
        except WorkerError:
            self._drain()  # the child's last words say more
            raise

    def fileno(self) -> int:
        """Readable when `poll` has news, for selectors."""
        return self._child.conn.fileno()

    def poll(self) -> list[tuple[Any, Encoding]]:
        """Answers that are there, oldest first; never waits."""
        self._raise()
        while self._child.conn.poll():
            answer = self._take()
            if answer is not None:
                self._held.append(answer)
        ready = list(self._held)
        self._held.clear()
        return ready

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._child.close(grace_s=0.1)
        self._failed = self._failed or WorkerError("the encoder is closed")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _receive(self) -> tuple[Any, Encoding]:
        while True:
            answer = self._take()
            if answer is not None:
                return answer

    def _take(self) -> tuple[Any, Encoding] | None:
        """One message; None for the word that the child is ready."""
        self._raise()
        try:
            tag, answer = self._child.receive()
        except WorkerError as error:
            hint = f"see {self._log}" if self._log else ""
            self._failed = WorkerError("the encoder process is gone", hint=hint)
            raise self._failed from error
        if isinstance(answer, BrowserError):
            self._failed = answer
            raise answer
        if not self._ready:
            self._ready = True
            return None
        return tag, answer

    def _drain(self) -> None:
        """Read what a dead child left behind, for the error that it may hold."""
        while self._child.conn.poll():
            answer = self._take()
            if answer is not None:
                self._held.append(answer)

    def _raise(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _nothing(self) -> Encoding:
        bundle = self.bundle

        def empty(columns: int) -> FloatArray:
            return np.zeros((0, columns), dtype=np.float32)

        return Encoding(
            embedding=empty(bundle.dim),
            z=empty(bundle.z_dim),
            probabilities=None if bundle.classes is None else empty(len(bundle.classes)),
            xy=empty(2) if bundle.has_map else None,
        )

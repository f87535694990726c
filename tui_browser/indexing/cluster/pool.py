"""The engine of an index run on a Dask cluster: batches of files go there, outcomes come back.

Dask repeats what a lost worker had. A batch that ends several workers is tried file by file, and the file that does it
again becomes a reject.
"""

from __future__ import annotations

import contextlib
import os
import queue
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tui_browser.config.pathmap import PathMap
from tui_browser.errors import BrowserError, RejectCode, WorkerError
from tui_browser.folder.scan import FolderScan, scan
from tui_browser.indexing.cluster.worker import REFUSED, UNSEEN, as_seen, remote_release, remote_task
from tui_browser.indexing.decoder_pool import DecodeOutcome, UnsettledFile
from tui_browser.indexing.encode_step import at_path
from tui_browser.indexing.engine import NoEncoder
from tui_browser.indexing.file_encoder import model_reference
from tui_browser.indexing.outcome_codec import unpack
from tui_browser.model.bundle import Bundle
from tui_browser.records import FileStat, Reject
from tui_browser.version import __version__

if TYPE_CHECKING:
    from distributed import Client, Future

BATCH_FILES = 64
"""Files in a batch: a fraction of a second of work, and what a lost worker costs at most."""
BATCHES_A_THREAD = 3
"""Batches at the cluster for each thread of its workers, so that none waits for the next."""
RETRIES = 2
"""Further tries of a batch that failed, mostly on other workers."""
LOOK_S = 2.0
"""How often the workers are counted."""


class DaskEngine:
    """Runs the work on the cluster of a client; `close` leaves the cluster as it was."""

    def __init__(
        self,
        client: Client,
        bundle: Bundle,
        *,
        path_map: PathMap,
        tell: Callable[[str], None],
        batch_files: int = BATCH_FILES,
    ) -> None:
        self.bundle = bundle
        self.pool = DaskPool(client, bundle, path_map=path_map, tell=tell, batch_files=batch_files)
        self.encoder = NoEncoder()

    def scan(self, roots: Sequence[bytes], folders: Collection[bytes] | None) -> FolderScan:
        """The files that this machine sees."""
        return scan(roots, folders=folders)

    def restart_pool(self) -> None:
        self.pool.forget()

    def warm(self) -> None:
        """The workers start with the first batch."""

    def close(self) -> None:
        self.pool.close()


class DaskPool:
    """Files in, outcomes with their encodings out; see `engine.FilePool`."""

    def __init__(
        self, client: Client, bundle: Bundle, *, path_map: PathMap, tell: Callable[[str], None], batch_files: int
    ) -> None:
        self._client, self._bundle, self._path_map, self._tell = client, bundle, path_map, tell
        self._batch_files = batch_files
        self._queue: deque[FileStat] = deque()
        self._alone: deque[FileStat] = deque()
        """Files of a batch that ended several workers."""
        self._at_cluster: dict[Future[Any], tuple[FileStat, ...]] = {}
        self._done: queue.SimpleQueue[tuple[Future[Any], list[bytes] | BaseException]] = queue.SimpleQueue()
        self._bell, self._ringer = Pipe(duplex=False)
        self._threads, self._counted_at = 1, 0.0
        self._waiting_since: float | None = None
        self._told_waiting = False
        self._task = remote_task()
        self._any_seen = False
        """Whether any file was there for a worker."""

    @property
    def pending(self) -> int:
        return len(self._queue) + len(self._alone) + sum(map(len, self._at_cluster.values()))

    def connections(self) -> list[Connection]:
        return [self._bell]

    def put(
        self,
        stats: Iterable[FileStat],
        *,
        heads: Collection[bytes] = (),
        known_onsets: Mapping[bytes, float] = MappingProxyType({}),
    ) -> None:
        self._queue.extend(stats)
        self._feed()

    def take(self) -> list[DecodeOutcome]:
        """All outcomes that are ready; raises BrowserError where the cluster cannot go on."""
        self._silence_bell()
        outcomes: list[DecodeOutcome] = []
        with contextlib.suppress(queue.Empty):
            while True:
                future, answer = self._done.get_nowait()
                batch = self._at_cluster.pop(future, ())
                if batch:
                    outcomes += self._outcomes(batch, answer)
        self._look()
        self._feed()
        return outcomes

    def cancel(self) -> None:
        self._queue.clear()
        self._alone.clear()

    def close(self) -> None:
        """Take back what is at the cluster, and end the processes that its workers keep for it."""
        self.forget()
        with contextlib.suppress(Exception):  # the cluster may be gone
            self._client.run(remote_release(), wait=False, on_error="ignore")
        self._ringer.close()
        self._bell.close()

    def forget(self) -> None:
        """Take back all files."""
        self.cancel()
        futures, self._at_cluster = list(self._at_cluster), {}
        with contextlib.suppress(Exception):  # the cluster may be gone
            self._client.cancel(futures, force=True)  # type: ignore[no-untyped-call]

    def _outcomes(self, batch: tuple[FileStat, ...], answer: list[bytes] | BaseException) -> list[DecodeOutcome]:
        if isinstance(answer, BaseException):
            return self._failed(batch, answer)
        here = {self._path_map.to_remote(stat.path): stat for stat in batch}
        try:
            there = [unpack(packed, bundle=self._bundle) for packed in answer]
            outcomes = [at_path(each, as_seen(here.pop(each.stat.path), each.stat)) for each in there]
            if here:
                raise ValueError("files without an outcome")
        except (ValueError, LookupError) as error:
            raise WorkerError(f"a worker of the cluster sent what is no answer: {error}") from error
        self._any_seen |= any(not _is_unseen(outcome) for outcome in outcomes)
        return [self._checked(outcome) for outcome in outcomes]

    def _checked(self, outcome: DecodeOutcome) -> DecodeOutcome:
        """The outcome; raises WorkerError where the workers do not see any file that is here."""
        if not _is_unseen(outcome):
            return outcome
        if not os.path.exists(outcome.stat.path):
            return UnsettledFile(outcome.stat)
        if not self._any_seen:
            hint = "--path-map FROM=TO says where they are there"
            raise WorkerError("the workers do not see the files", path=outcome.stat.path, hint=hint)
        return outcome

    def _failed(self, batch: tuple[FileStat, ...], error: BaseException) -> list[DecodeOutcome]:
        from distributed import KilledWorker

        if not isinstance(error, KilledWorker):
            raise told(error) from error
        if len(batch) == 1:
            reason = "several workers of the cluster were lost while they read it"
            return [Reject(batch[0], reason, RejectCode.MEMORY)]
        self._alone.extend(batch)
        return []

    def _feed(self) -> None:
        limit = max(4, BATCHES_A_THREAD * self._threads)
        while len(self._at_cluster) < limit and (self._queue or self._alone):
            if self._alone:
                batch: tuple[FileStat, ...] = (self._alone.popleft(),)
            else:
                size = max(1, min(self._batch_files, len(self._queue) // (2 * self._threads)))
                batch = tuple(self._queue.popleft() for _ in range(size))
            self._submit(batch)

    def _submit(self, batch: tuple[FileStat, ...]) -> None:
        files = tuple((self._path_map.to_remote(stat.path), stat.size, stat.mtime_ns) for stat in batch)
        request = (__version__, self._bundle.space, _remote_model(self._bundle, self._path_map), files)
        try:
            future = self._client.submit(self._task, request, pure=False, retries=RETRIES)
        except Exception as error:
            raise told(error) from error
        self._at_cluster[future] = batch
        future.add_done_callback(self._note)  # type: ignore[no-untyped-call]

    def _note(self, future: Future[Any]) -> None:
        """In a thread of the client: fetch the answer and wake the pipeline."""
        try:
            answer: list[bytes] | BaseException = future.result()
        except BaseException as error:  # noqa: BLE001 - raised again in `take`
            answer = error
        self._done.put((future, answer))
        with contextlib.suppress(OSError):  # closed meanwhile
            self._ringer.send_bytes(b"!")

    def _silence_bell(self) -> None:
        while self._bell.poll():
            self._bell.recv_bytes()

    def _look(self) -> None:
        """Count the threads of the workers, and tell when there is none or when the scheduler is gone."""
        now = time.monotonic()
        if now - self._counted_at < LOOK_S:
            return
        self._counted_at = now
        if self._client.status not in ("running", "newly-created"):
            raise WorkerError(
                "the connection to the Dask scheduler is lost", hint="what it did is stored; run it again"
            )
        workers = self._client.scheduler_info().get("workers", {})
        self._threads = max(1, sum(worker["nthreads"] for worker in workers.values()))
        if workers or not self._at_cluster:
            self._waiting_since, self._told_waiting = None, False
        elif self._waiting_since is None:
            self._waiting_since = now
        elif not self._told_waiting and now - self._waiting_since > LOOK_S:
            self._told_waiting = True
            self._tell("no worker is connected to the Dask scheduler; waiting for one (ctrl-c ends)")


def _is_unseen(outcome: DecodeOutcome) -> bool:
    return isinstance(outcome, Reject) and outcome.reason == UNSEEN


def _remote_model(bundle: Bundle, path_map: PathMap) -> str:
    reference = model_reference(bundle)
    if not reference.startswith("/"):
        return reference
    return os.fsdecode(path_map.to_remote(os.fsencode(reference)))


def told(error: BaseException) -> BrowserError:
    """The error of a batch or of the client in one sentence."""
    if isinstance(error, BrowserError):
        return error
    if isinstance(error, RuntimeError) and error.args[:1] == (REFUSED,) and len(error.args) == 4:
        _, what, path, hint = map(str, error.args)
        return WorkerError(what, path=path, hint=hint)
    if isinstance(error, ImportError | AttributeError):
        hint = "install the same version on every machine"
        return WorkerError("a worker of the cluster has no tui-browser, or another version", hint=hint)
    text = " ".join(str(error).split())
    name = type(error).__name__
    if name in ("FutureCancelledError", "CancelledError", "CommClosedError", "TimeoutError"):
        return _lost()
    return WorkerError(f"the Dask cluster failed: {name}: {text[:200]}", hint="dask.log in the cache folder says more")


def _lost() -> WorkerError:
    return WorkerError("the connection to the Dask scheduler is lost", hint="what it did is stored; run it again")

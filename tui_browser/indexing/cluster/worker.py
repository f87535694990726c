"""What runs on a worker of the cluster: a batch of files, decoded and encoded.

Decoders and encoder are processes of their own there too, so that a file that breaks a decoder costs that file and not
the worker. They are kept from batch to batch, and end when none comes for a while.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tui_browser.errors import BrowserError, BundleError, RejectCode, WorkerError
from tui_browser.indexing.decoder_pool import DecodeOutcome, UnsettledFile
from tui_browser.indexing.encode_step import encode_files
from tui_browser.indexing.file_encoder import load_model
from tui_browser.indexing.outcome_codec import pack
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.model.bundle import Bundle
from tui_browser.records import FRESH_CTIME, FileStat, Reject
from tui_browser.version import __version__

IDLE_S = 60.0
"""Decoders and encoder of a worker end after this time without a batch."""
SAME_TIME_NS = 2_000_000_000
"""Times of one file differ by less than this between machines: some file systems round them."""
UNSEEN = "the workers of the cluster do not see it"
"""Reason of a reject."""
REFUSED = "tui-browser"
"""Mark of a RuntimeError that holds the parts of an error of this program."""
_ATTRIBUTE = "tui_browser_encoders"
_CREATION = threading.Lock()


Request = tuple[str, str, str, tuple[tuple[bytes, int, int], ...]]
"""Version, space, model as the worker sees it, and (path there, size, mtime_ns) of each file: plain values, which every
machine of the cluster can unpickle."""


def remote_task() -> Callable[[Request], list[bytes]]:
    """The task of a batch. It is pickled by value, so that a machine without this program fails it and nothing else."""

    def encode_remotely(request: Request) -> list[bytes]:
        from tui_browser.indexing.cluster.worker import encode_batch

        return encode_batch(request)

    return encode_remotely


def remote_release() -> Callable[[], None]:
    """The same of `release_encoders`."""

    def release_remotely() -> None:
        import sys

        if (module := sys.modules.get("tui_browser.indexing.cluster.worker")) is not None:
            module.release_encoders()

    return release_remotely


def encode_batch(request: Request) -> list[bytes]:
    """The packed outcomes of a batch, each with the stat of the request.

    Raises RuntimeError, with the parts of a WorkerError or BundleError, where this worker cannot do it at all.
    """
    from distributed import get_worker  # on a worker it is imported already

    worker = get_worker()
    try:
        return _encode_batch(request, worker)
    except BrowserError as error:
        path = os.fsdecode(error.path) if error.path is not None else worker.address
        raise RuntimeError(REFUSED, error.what, path, error.hint) from None


def _encode_batch(request: Request, worker: Any) -> list[bytes]:
    version, space, model, files = request
    if version != __version__:
        raise WorkerError(
            f"a worker has version {__version__} of tui-browser, here is {version}",
            path=worker.address,
            hint="install the same version on every machine",
        )
    with _CREATION:
        encoders: dict[str, WorkerEncoder] = worker.__dict__.setdefault(_ATTRIBUTE, {})
        if space not in encoders:
            encoders[space] = WorkerEncoder(_bundle(model, space, worker.address), jobs=worker.state.nthreads)
        encoder = encoders[space]
    stats = [FileStat(path, size, mtime_ns, 0, 0) for path, size, mtime_ns in files]
    return [pack(outcome) for outcome in encoder.encode(stats)]


def release_encoders() -> None:
    """End the processes that this worker keeps between batches."""
    from distributed import get_worker

    for encoder in get_worker().__dict__.get(_ATTRIBUTE, {}).values():
        encoder.release()


def _bundle(model: str, space: str, address: str) -> Bundle:
    hint = f"put the model there, or {model} on a drive that every machine sees (--path-map)"
    try:
        bundle = load_model(model)
    except BundleError as error:
        raise BundleError(f"a worker lacks the model: {error.what}", path=address, hint=hint) from error
    if bundle.space != space:
        raise BundleError("a worker has another model of this name", path=address, hint=hint)
    return bundle


class WorkerEncoder:
    """Decoders and an encoder for one model; one batch at a time, each with all threads of the worker."""

    def __init__(self, bundle: Bundle, *, jobs: int) -> None:
        self._bundle, self._jobs = bundle, jobs
        self._workers: IndexWorkers | None = None
        self._turn = threading.Lock()
        self._timer: threading.Timer | None = None

    def encode(self, files: Sequence[FileStat]) -> list[DecodeOutcome]:
        """The outcomes of all files, in no order."""
        seen = {stat.path: FileStat.of(stat.path, info) for stat in files if (info := _stat(stat.path)) is not None}
        outcomes: list[DecodeOutcome] = []
        listed = {stat.path: stat for stat in files}
        present = []
        for stat in files:
            if stat.path not in seen:
                outcomes.append(Reject(stat, UNSEEN, RejectCode.IO))
            elif _differs(stat, seen[stat.path]):
                outcomes.append(UnsettledFile(stat))
            else:
                present.append(seen[stat.path])
        with self._turn:
            outcomes += self._encode(present)
        return [replace(outcome, stat=as_seen(listed[outcome.stat.path], outcome.stat)) for outcome in outcomes]

    def _encode(self, files: Sequence[FileStat]) -> list[DecodeOutcome]:
        if self._timer is not None:
            self._timer.cancel()
        workers = self._workers = self._workers or IndexWorkers(self._bundle, jobs=self._jobs, nice=False)
        try:
            return [outcome for part in encode_files(files, engine=workers) for outcome in part]
        except BrowserError:
            self._close()
            raise
        finally:
            self._timer = threading.Timer(IDLE_S, self.release)
            self._timer.daemon = True
            self._timer.start()

    def release(self) -> None:
        """End the processes, once no batch is at work; the next batch starts new ones."""
        with self._turn:
            self._close()

    def _close(self) -> None:
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()
        if self._timer is not None:
            self._timer.cancel()


def _stat(path: bytes) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def _differs(listed: FileStat, seen: FileStat) -> bool:
    return listed.size != seen.size or abs(listed.mtime_ns - seen.mtime_ns) > SAME_TIME_NS


def as_seen(stat: FileStat, there: FileStat) -> FileStat:
    """The stat of a file as its asker has it, with the mark that the file had just changed when it was read."""
    return replace(stat, ctime_ns=FRESH_CTIME) if there.ctime_ns == FRESH_CTIME else stat

"""Pool of decoder processes: files in, clips out. A crash or hang costs one file, not the run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from multiprocessing.connection import Connection, wait
from types import MappingProxyType

from tui_browser import child
from tui_browser.dsp.front_end import FrontEnd
from tui_browser.errors import AudioError, RejectCode, StillWriting, WorkerError
from tui_browser.folder.sidecar import read_sidecar
from tui_browser.indexing.freshness import as_read
from tui_browser.indexing.memory_limit import limit_memory
from tui_browser.records import FRESH_CTIME, Clip, FileStat, Reject

CHUNK = 8
"""Files per message: large enough to make the pipe's cost negligible, small enough for early results."""
IN_FLIGHT = 2
"""Chunks queued at each worker, so that it never waits for the next one."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""One process runs per core; threads of the BLAS library would compete with them."""
PATIENCE_S = 120.0
"""A worker that reads nothing for this long counts as hung."""
MAX_STALLS = 3
"""After this many stalls in a row the rest of that drive is rejected for now."""
HEARTBEAT_S = 2.0
"""Interval of a working decoder's heartbeats."""


@dataclass(frozen=True, slots=True)
class UnsettledFile:
    """A file that changed while it was read; to be decoded again once it is complete."""

    stat: FileStat


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Progress report of a working decoder."""

    reads: bool
    """Whether it has read anything since its last heartbeat."""
    cpu_s: float
    """CPU time of the process so far."""


DecodeOutcome = Clip | Reject | UnsettledFile


def retryable_codes() -> frozenset[RejectCode]:
    """Codes of rejects that may succeed on another try although the file has not changed."""
    codes = frozenset(RejectCode) - {RejectCode.CONTENT}
    return codes if find_spec("av") is not None else codes - {RejectCode.MISSING_EXTRA}


def decoder_main(conn: Connection, front_end: FrontEnd, heartbeat_s: float = HEARTBEAT_S) -> None:
    """Worker: receives lists of arguments of `outcome`, sends back lists of outcomes, and heartbeats in between."""
    from tui_browser.audio.decode import decode
    from tui_browser.audio.written_facts import with_written_facts

    limit_memory()

    def outcome(scanned: FileStat, head_only: bool, known_onset_s: float | None) -> DecodeOutcome:
        stat = as_read(_with_ctime(scanned), read_ns=time.time_ns())
        try:
            clip = decode(stat, front_end=front_end, head_only=head_only, known_onset_s=known_onset_s)
            clip = with_written_facts(clip, front_end=front_end)
            beside = read_sidecar(stat.path)
            return clip if beside is None else replace(clip, credit=beside.credit, tags=beside.tags)
        except StillWriting:
            return UnsettledFile(stat)
        except AudioError as error:
            return Reject(stat, error.what, error.code)
        except MemoryError:
            return Reject(stat, "too large to decode in the available memory", RejectCode.MEMORY)
        except OSError as error:
            return Reject(stat, f"cannot be read: {error.strerror or error}", RejectCode.IO)

    heartbeats = HeartbeatSender(conn, heartbeat_s)
    while True:
        jobs = conn.recv()
        with heartbeats:
            outcomes = [outcome(*job) for job in jobs]
        conn.send(outcomes)


def _with_ctime(stat: FileStat) -> FileStat:
    """A file that had just changed when it was last read, with its present ctime, if it still is that file."""
    if stat.ctime_ns != FRESH_CTIME:
        return stat
    try:
        now = FileStat.of(stat.path, os.stat(stat.path))
    except OSError:
        return stat
    return now if (now.size, now.mtime_ns) == (stat.size, stat.mtime_ns) else stat


class HeartbeatSender:
    """Sends heartbeats from a thread inside `with`, so that the parent can tell a slow decoder from a hung one."""

    def __init__(self, conn: Connection, heartbeat_s: float) -> None:
        self._conn = conn
        self._heartbeat_s = heartbeat_s
        self._io_file = f"/proc/self/task/{threading.get_native_id()}/io"
        self._working = threading.Event()
        self._send_lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._closed = True
        self._working.set()
        self._thread.join()

    def __enter__(self) -> None:
        self._working.set()

    def __exit__(self, *_: object) -> None:
        with self._send_lock:  # waits until a heartbeat in progress is sent
            self._working.clear()

    def _run(self) -> None:
        before = 0
        while True:
            self._working.wait()
            if self._closed:
                return
            time.sleep(self._heartbeat_s)
            read = self._bytes_read()
            with self._send_lock:
                if self._working.is_set() and not self._closed:
                    self._conn.send(Heartbeat(read != before, time.process_time()))
            before = read

    def _bytes_read(self) -> int:
        """A number that grows while files are read: bytes read by the thread, or the positions of open files."""
        try:
            with open(self._io_file, "rb") as lines:
                return int(next(lines).split()[1])
        except (OSError, ValueError, IndexError, StopIteration):
            return sum(map(_position, range(3, 64)))


def _position(fd: int) -> int:
    try:
        return os.lseek(fd, 0, os.SEEK_CUR)
    except OSError:
        return 0


@dataclass(slots=True)
class _Worker:
    child: child.Child
    chunks: deque[tuple[FileStat, ...]] = field(default_factory=deque)
    progress_at: float = 0.0
    """Time of the last sign of progress: start, answer, or heartbeat with reads."""
    cpu_s: float = 0.0
    """CPU time at the last heartbeat."""
    progress_cpu_s: float = 0.0
    """CPU time at the last sign of progress."""
    answered: int = 0
    """Number of chunks done."""

    def note(self, heartbeat: Heartbeat) -> None:
        self.cpu_s = heartbeat.cpu_s
        if heartbeat.reads:
            self.progress_at, self.progress_cpu_s = time.monotonic(), heartbeat.cpu_s

    def hang_reason(self, patience_s: float) -> tuple[str, RejectCode]:
        """Whether the decoder loops without end, or waits for the drive."""
        if self.cpu_s - self.progress_cpu_s > patience_s / 2:
            return "its decoder did not finish", RejectCode.CONTENT
        return f"nothing could be read from it for {patience_s:.0f} s", RejectCode.TIME_LIMIT


def _exit_reason(worker: child.Child) -> tuple[str, RejectCode]:
    """Reason to reject the file on which a decoder process ended."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        worker.process.wait(1.0)
    if worker.process.returncode == -signal.SIGKILL:
        return "the system killed its decoder: too little memory?", RejectCode.MEMORY
    if worker.process.returncode == -signal.SIGBUS:
        return "the drive failed while it was read", RejectCode.IO
    return "the decoder crashed on this file", RejectCode.CONTENT


class DecoderPool:
    """`jobs` decoder processes: `put` queues files, `take` returns finished outcomes.

    When a worker dies or hangs on a chunk, it is replaced and the chunk's files are tried one by one; the file that
    causes it again becomes a reject.
    """

    def __init__(
        self,
        front_end: FrontEnd,
        *,
        jobs: int,
        log: str | None = None,
        niceness: int = 0,
        patience_s: float = PATIENCE_S,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._front_end = front_end
        self._patience_s, self._heartbeat_s = patience_s, heartbeat_s
        self._log = log
        self._niceness = niceness
        self._queue: deque[FileStat] = deque()
        self._suspects: deque[FileStat] = deque()
        self._heads: set[bytes] = set()
        """Files of which the head is enough."""
        self._known_onsets: dict[bytes, float] = {}
        """Where the heads begin that the model has seen."""
        self._suspected: set[bytes] = set()
        self._stalls: Counter[int] = Counter()
        """Stalls in a row, by device."""
        self._workers = [self._spawn() for _ in range(max(1, jobs))]

    def _spawn(self) -> _Worker:
        return _Worker(
            child.start(
                "tui_browser.indexing.decoder_pool:decoder_main",
                self._front_end,
                self._heartbeat_s,
                log=self._log,
                niceness=self._niceness,
                env=ONE_THREAD,
            )
        )

    @property
    def pending(self) -> int:
        """Files put in and not yet taken out."""
        at_workers = sum(len(chunk) for worker in self._workers for chunk in worker.chunks)
        return len(self._queue) + len(self._suspects) + at_workers

    def connections(self) -> list[Connection]:
        """Connections to wait on: one is readable when `take` has an outcome."""
        return [worker.child.conn for worker in self._workers if worker.chunks]

    def put(
        self,
        stats: Iterable[FileStat],
        *,
        heads: Collection[bytes] = (),
        known_onsets: Mapping[bytes, float] = MappingProxyType({}),
    ) -> None:
        """Queue files for decoding in this order; `heads` and `known_onsets` are by path, as for `decode`."""
        if not self.pending:
            self._stalls.clear()
            self._heads.clear()
            self._known_onsets.clear()
        self._queue.extend(stats)
        self._heads.update(heads)
        self._known_onsets |= known_onsets
        self._feed()

    def take(self) -> list[DecodeOutcome]:
        """All outcomes that are ready now; never waits."""
        outcomes: list[DecodeOutcome] = []
        for worker in self._workers:
            while worker.chunks and worker.child.conn.poll(0):
                try:
                    answer = worker.child.receive()
                except WorkerError:
                    outcomes += self._replace(worker, *_exit_reason(worker.child))
                    break
                if isinstance(answer, Heartbeat):
                    worker.note(answer)
                    continue
                outcomes += answer
                if self._stalls:
                    for outcome in answer:
                        self._stalls.pop(outcome.stat.device, None)
                worker.chunks.popleft()
                worker.answered += 1
                worker.progress_at = time.monotonic()
            if worker.chunks and time.monotonic() - worker.progress_at > self._patience_s:
                outcomes += self._replace(worker, *worker.hang_reason(self._patience_s))
        self._feed()
        return outcomes

    def _replace(self, worker: _Worker, reason: str, code: RejectCode) -> list[Reject]:
        """Replace a worker that died or hangs; rejects of the files that caused it, if that is certain."""
        chunk = worker.chunks.popleft()
        later = [stat for chunk in worker.chunks for stat in chunk]
        worker.child.process.kill()
        worker.child.close()
        worker.child, worker.chunks = self._spawn().child, deque()
        worker.progress_at = worker.cpu_s = worker.progress_cpu_s = 0.0
        self._queue.extendleft(reversed(later))
        if code is RejectCode.TIME_LIMIT:
            self._stalls[chunk[0].device] += 1
            if self._stalls[chunk[0].device] >= MAX_STALLS:
                return [Reject(stat, "its drive does not answer", code) for stat in self._give_up_drive(chunk)]
        if len(chunk) == 1 and chunk[0].path in self._suspected:
            return [Reject(chunk[0], reason, code)]
        self._suspected.update(stat.path for stat in chunk)
        self._suspects.extend(chunk)
        return []

    def _give_up_drive(self, chunk: tuple[FileStat, ...]) -> list[FileStat]:
        """These files and all queued files of their drive, which leave the queues."""
        device = chunk[0].device
        files = [*chunk, *(stat for stat in (*self._queue, *self._suspects) if stat.device == device)]
        self._queue = deque(stat for stat in self._queue if stat.device != device)
        self._suspects = deque(stat for stat in self._suspects if stat.device != device)
        return files

    def _feed(self) -> None:
        for worker in sorted(self._workers, key=lambda worker: len(worker.chunks)):
            while len(worker.chunks) < IN_FLIGHT and (self._queue or self._suspects):
                if self._suspects:
                    chunk: tuple[FileStat, ...] = (self._suspects.popleft(),)
                else:
                    # A worker's first chunks are small, so that the first rows are stored early.
                    size = max(1, min(CHUNK, 1 << worker.answered, len(self._queue) // len(self._workers)))
                    chunk = tuple(self._queue.popleft() for _ in range(size))
                if not worker.chunks:
                    worker.progress_at = time.monotonic()
                worker.chunks.append(chunk)
                try:
                    onsets = self._known_onsets
                    worker.child.send([(stat, stat.path in self._heads, onsets.get(stat.path)) for stat in chunk])
                except WorkerError:  # it died while idle; the next `take` replaces it
                    break

    def drain(self, *, timeout_s: float) -> list[DecodeOutcome]:
        """Wait up to `timeout_s` for something to be ready, then `take`."""
        if connections := self.connections():
            wait(connections, timeout=timeout_s)
        return self.take()

    def cancel(self) -> None:
        """Drop files that are not yet at a worker."""
        self._queue.clear()
        self._suspects.clear()

    def close(self) -> None:
        """Kill the workers; they have no state to save."""
        for worker in self._workers:
            worker.child.process.kill()
        for worker in self._workers:
            worker.child.close()

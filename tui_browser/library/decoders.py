"""A pool of decoder processes: files in, clips out, and no file can take the program down."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing.connection import Connection, wait

from tui_browser import child
from tui_browser.dsp.mel import FrontEnd
from tui_browser.errors import AudioError, RejectCode, StillWriting, WorkerError
from tui_browser.records import Clip, FileStat, Reject

CHUNK = 8
"""Files in one message: large enough that the pipe costs nothing, small enough that dots come early."""
IN_FLIGHT = 2
"""Chunks that a worker holds, so that it never waits for the next one."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""A process a core does the work; threads of the linear algebra would only fight over the cores."""
PATIENCE_S = 120.0
"""A worker that reads nothing for so long is taken for hung."""
MOST_STALLS = 3
"""After so many in a row on one drive nothing more is read of it for now."""
BEAT_S = 2.0
"""How often a worker at work tells how far it has read."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A file that changed while it was read: to be tried again when it settles."""

    stat: FileStat


@dataclass(frozen=True, slots=True)
class Beat:
    """A worker at work is alive."""

    reads: bool
    """Whether it has read on since its last beat."""
    cpu_s: float
    """Processor time that it has taken so far."""


Outcome = Clip | Reject | Unsettled


def codes_worth_trying() -> frozenset[RejectCode]:
    """Of rejects with these codes another try may end otherwise, though the file is as it was."""
    codes = frozenset(RejectCode) - {RejectCode.CONTENT}
    return codes if find_spec("av") is not None else codes - {RejectCode.MISSING_EXTRA}


def decoder_main(conn: Connection, front_end: FrontEnd, beat_s: float = BEAT_S) -> None:
    """The worker: receives tuples of FileStat, answers with as many outcomes, and with beats while it reads on."""
    from tui_browser.audio.decode import decode

    def outcome(stat: FileStat) -> Outcome:
        try:
            return decode(stat, front_end=front_end)
        except StillWriting:
            return Unsettled(stat)
        except AudioError as error:
            return Reject(stat, error.what, error.code)
        except MemoryError:
            return Reject(stat, "too large to decode in the memory that there is", RejectCode.MEMORY)
        except OSError as error:
            return Reject(stat, f"cannot be read: {error.strerror or error}", RejectCode.IO)

    pulse = Pulse(conn, beat_s)
    while True:
        stats = conn.recv()
        with pulse:
            outcomes = [outcome(stat) for stat in stats]
        conn.send(outcomes)


class Pulse:
    """Tells the parent, from a thread of its own, how the thread that made it gets on: slow is not hung."""

    def __init__(self, conn: Connection, beat_s: float) -> None:
        self._conn = conn
        self._beat_s = beat_s
        self._counter = f"/proc/self/task/{threading.get_native_id()}/io"
        self._at_work = threading.Event()
        self._resting = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, and wait for it."""
        self._closed = True
        self._at_work.set()
        self._thread.join()

    def __enter__(self) -> None:
        self._at_work.set()

    def __exit__(self, *_: object) -> None:
        with self._resting:  # no beat is half sent
            self._at_work.clear()

    def _run(self) -> None:
        before = 0
        while True:
            self._at_work.wait()
            if self._closed:
                return
            time.sleep(self._beat_s)
            read = self._bytes_read()
            with self._resting:
                if self._at_work.is_set() and not self._closed:
                    self._conn.send(Beat(read != before, time.process_time()))
            before = read

    def _bytes_read(self) -> int:
        """Grows while files are read: what the thread has read, or where the open files stand."""
        try:
            with open(self._counter, "rb") as lines:
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
    since: float = 0.0
    """When it began, answered or read on last."""
    cpu_s: float = 0.0
    cpu_since_s: float = 0.0
    """Processor time that it has taken by now, and at that moment."""
    answered: int = 0

    def take(self, beat: Beat) -> None:
        self.cpu_s = beat.cpu_s
        if beat.reads:
            self.since, self.cpu_since_s = time.monotonic(), beat.cpu_s

    def why_it_hangs(self, patience_s: float) -> tuple[str, RejectCode]:
        """Whether it waits for the drive, or works on without end at what it has read."""
        if self.cpu_s - self.cpu_since_s > patience_s / 2:
            return "its decoder comes to no end", RejectCode.CONTENT
        return f"nothing could be read of it for {patience_s:.0f} s", RejectCode.TIME_LIMIT


def _why_it_ended(worker: child.Child) -> tuple[str, RejectCode]:
    """What to say of the file on which a decoder ended by itself."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        worker.process.wait(1.0)
    if worker.process.returncode == -signal.SIGKILL:
        return "the system ended its decoder: too little memory?", RejectCode.MEMORY
    if worker.process.returncode == -signal.SIGBUS:
        return "the drive failed while it was read", RejectCode.IO
    return "the decoder crashed on this file", RejectCode.CONTENT


class DecoderPool:
    """`jobs` decoder processes that work through what `put` hands them; `take` returns what is ready.

    A worker that dies or hangs on a chunk is replaced and the chunk's files are tried one by one; the file that
    does it again becomes a reject.
    """

    def __init__(
        self,
        front_end: FrontEnd,
        *,
        jobs: int,
        log: str | None = None,
        niceness: int = 0,
        patience_s: float = PATIENCE_S,
        beat_s: float = BEAT_S,
    ) -> None:
        self._front_end = front_end
        self._patience_s, self._beat_s = patience_s, beat_s
        self._log = log
        self._niceness = niceness
        self._todo: deque[FileStat] = deque()
        self._suspects: deque[FileStat] = deque()
        self._suspected: set[bytes] = set()
        self._stalls: Counter[int] = Counter()
        """Of each drive, since something could be read of it."""
        self._workers = [self._spawn() for _ in range(max(1, jobs))]

    def _spawn(self) -> _Worker:
        return _Worker(
            child.start(
                "tui_browser.library.decoders:decoder_main",
                self._front_end,
                self._beat_s,
                log=self._log,
                niceness=self._niceness,
                env=ONE_THREAD,
            )
        )

    @property
    def pending(self) -> int:
        """Files handed in and not yet taken out."""
        held = sum(len(chunk) for worker in self._workers for chunk in worker.chunks)
        return len(self._todo) + len(self._suspects) + held

    def connections(self) -> list[Connection]:
        """What to wait for: one of these is readable when `take` has something."""
        return [worker.child.conn for worker in self._workers if worker.chunks]

    def put(self, stats: Iterable[FileStat]) -> None:
        """Queue files for decoding, in this order."""
        if not self.pending:
            self._stalls.clear()
        self._todo.extend(stats)
        self._feed()

    def take(self) -> list[Outcome]:
        """All outcomes that are ready now; never waits."""
        outcomes: list[Outcome] = []
        for worker in self._workers:
            while worker.chunks and worker.child.conn.poll(0):
                try:
                    answer = worker.child.receive()
                except WorkerError:
                    outcomes += self._crashed(worker, *_why_it_ended(worker.child))
                    break
                if isinstance(answer, Beat):
                    worker.take(answer)
                    continue
                outcomes += answer
                if self._stalls:
                    for one in answer:
                        self._stalls.pop(one.stat.device, None)
                worker.chunks.popleft()
                worker.answered += 1
                worker.since = time.monotonic()
            if worker.chunks and time.monotonic() - worker.since > self._patience_s:
                outcomes += self._crashed(worker, *worker.why_it_hangs(self._patience_s))
        self._feed()
        return outcomes

    def _crashed(self, worker: _Worker, reason: str, code: RejectCode) -> list[Reject]:
        guilty = worker.chunks.popleft()
        rest = [stat for chunk in worker.chunks for stat in chunk]
        worker.child.process.kill()
        worker.child.close()
        fresh = self._spawn()
        worker.child, worker.chunks = fresh.child, deque()
        worker.since = worker.cpu_s = worker.cpu_since_s = 0.0
        self._todo.extendleft(reversed(rest))
        if code is RejectCode.TIME_LIMIT:
            self._stalls[guilty[0].device] += 1
            if self._stalls[guilty[0].device] >= MOST_STALLS:
                return [Reject(stat, "its drive does not answer", code) for stat in self._given_up(guilty)]
        if len(guilty) == 1 and guilty[0].path in self._suspected:
            return [Reject(guilty[0], reason, code)]
        self._suspected.update(stat.path for stat in guilty)
        self._suspects.extend(guilty)
        return []

    def _given_up(self, guilty: tuple[FileStat, ...]) -> list[FileStat]:
        """These files and all that wait to be read of their drive, which are taken out of the queues."""
        device = guilty[0].device
        files = [*guilty, *(stat for stat in (*self._todo, *self._suspects) if stat.device == device)]
        self._todo = deque(stat for stat in self._todo if stat.device != device)
        self._suspects = deque(stat for stat in self._suspects if stat.device != device)
        return files

    def _feed(self) -> None:
        for worker in sorted(self._workers, key=lambda worker: len(worker.chunks)):
            while len(worker.chunks) < IN_FLIGHT and (self._todo or self._suspects):
                if self._suspects:
                    chunk: tuple[FileStat, ...] = (self._suspects.popleft(),)
                else:
                    # the first rows are on disk sooner where a worker's first chunks are small
                    size = max(1, min(CHUNK, 1 << worker.answered, len(self._todo) // len(self._workers)))
                    chunk = tuple(self._todo.popleft() for _ in range(size))
                if not worker.chunks:
                    worker.since = time.monotonic()
                worker.chunks.append(chunk)
                try:
                    worker.child.send(chunk)
                except WorkerError:  # died while idle: noticed and mended at the next take
                    break

    def drain(self, *, timeout_s: float) -> list[Outcome]:
        """Wait up to `timeout_s` for something to be ready, then `take`."""
        if connections := self.connections():
            wait(connections, timeout=timeout_s)
        return self.take()

    def cancel(self) -> None:
        """Forget what no worker has begun."""
        self._todo.clear()
        self._suspects.clear()

    def close(self) -> None:
        """End the workers at once: they hold nothing that is not on disk."""
        for worker in self._workers:
            worker.child.process.kill()
        for worker in self._workers:
            worker.child.close()

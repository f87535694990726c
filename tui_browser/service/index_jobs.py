"""Index runs of the service: started when folders changed, advanced step by step, one at a time.

While no run is due, the second pass reads the rest of the long files; a run interrupts it.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tui_browser.errors import BrowserError
from tui_browser.folder.watch import FolderWatcher
from tui_browser.indexing.indexer import record_model
from tui_browser.indexing.pipeline import IndexRun
from tui_browser.indexing.second_pass import SecondPass
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.layouts.shown import Placer
from tui_browser.records import Progress, SampleId
from tui_browser.service.messages import Changed, Event, Notice
from tui_browser.service.pending_folders import PendingFolders
from tui_browser.store.store import Store

PROGRESS_EVERY_S = 0.25
_SETTLE_S = 0.5
"""How long files that were still being written are left alone."""
_LOCK_WAIT_S = 2.0
BUSY_S = 2.0
"""Delay of a run while another process is writing."""
_FRESH_S = 2.1
"""After this time a file that had just changed can be read for good."""


class WriterLock:
    """The library's writer lock for one process: a run holds it throughout, edits share it with the run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held = contextlib.ExitStack()
        self._is_held = False

    def hold(self) -> None:
        """Take the lock until `release`; raises LibraryBusy at once when another process has it."""
        self._held.enter_context(self._store.writing(wait_s=0.0))
        self._is_held = True

    def release(self) -> None:
        self._is_held = False
        self._held.close()

    @property
    def is_held(self) -> bool:
        """Whether a run of this process holds it."""
        return self._is_held

    @contextlib.contextmanager
    def writing(self, *, wait_s: float = _LOCK_WAIT_S) -> Iterator[None]:
        """Be the writer inside the block; raises LibraryBusy after a short wait."""
        with contextlib.nullcontext() if self._is_held else self._store.writing(wait_s=wait_s):
            yield


class IndexJobs:
    """At most one index run, the watch that starts runs, and the revision that the app knows."""

    def __init__(
        self, store: Store, workers: IndexWorkers, placer: Placer, lock: WriterLock, *, emit: Callable[[Event], None]
    ) -> None:
        self.pending = PendingFolders()
        self._store = store
        self._workers = workers
        self._placer = placer
        self._lock = lock
        self._emit = emit
        self._run: IndexRun | None = None
        self._run_covers_roots = False
        self._run_folders: frozenset[bytes] | None = None
        self._run_changed = False
        self._second_pass: SecondPass | None = None
        self._preferred: tuple[SampleId, ...] = ()
        self._written: set[bytes] = set()
        """Files that a program wrote to since the last run began."""
        self._revision = store.revision()
        self._progress_sent = 0.0
        self._watcher = FolderWatcher(self.pending.add)
        self._watched: list[bytes] = []
        self._follow_roots()

    @property
    def running(self) -> bool:
        return self._run is not None

    @property
    def busy(self) -> bool:
        """Whether a run or the second pass is under way."""
        return self._run is not None or self._second_pass is not None

    @property
    def patience_s(self) -> float:
        """How long the service may sleep while a run is under way."""
        return 0.02 if self._run is not None and self._run.scanning else PROGRESS_EVERY_S

    def connections(self) -> list[Any]:
        """What becomes readable when there is work."""
        work = self._run or self._second_pass
        return [self.pending.fileno(), *(work.connections() if work is not None else ())]

    def _follow_roots(self) -> None:
        """Watch the roots as they are now, whoever added or forgot one; all are compared with the disk then."""
        roots = self._store.root_paths()
        if roots == self._watched:
            return
        if set(self._watched) - set(roots):
            self.drop()  # the run may be reading files of a root that was forgotten
        self._watched = roots
        self._watcher.set_roots(roots)
        self.pending.add_everything()

    def announce_revision(self) -> None:
        """Emit `Changed` if this or another process changed the library."""
        revision = self._store.revision()
        if revision != self._revision:
            self._revision = revision
            self._follow_roots()
            self._emit(Changed(revision))

    def begin_if_due(self) -> bool:
        """Start a run when folders wait for one; True when one was started. Raises LibraryBusy."""
        folders = self.pending.take()
        if folders is not None and not folders:
            return False
        self._written |= self._watcher.take_written()
        roots = [root.path for root in self._store.roots()]
        if not roots:
            self._emit(Progress("idle", 0, 0))
            return False
        try:
            self._lock.hold()
        except BrowserError:
            self.pending.put_back(folders, after_s=BUSY_S)
            raise
        self._pause_second_pass()
        self._placer.begin()
        if not self._placer.moving:
            record_model(self._store, self._workers.bundle)
        self._run_covers_roots = folders is None
        self._run = IndexRun(
            self._store,
            self._workers,
            space=self._workers.bundle.space,
            layout=self._placer.layout,
            roots=roots,
            folders=folders,
            written=self._written,
            patient=True,
        )
        self._written = set()
        self._run_folders, self._run_changed = folders, False
        return True

    def step(self) -> Progress | None:
        """Advance the run; returns the final progress when it is over, else None."""
        run = self._run
        assert run is not None  # only called while `running`
        changed = run.step()
        self._run_changed |= changed
        for note in run.take_notes():
            self._emit(Notice(note))
        now = time.monotonic()
        if run.done or now - self._progress_sent > PROGRESS_EVERY_S:
            self._progress_sent = now
            if changed or run.done:
                self._placer.settle()
            self.announce_revision()
            self._emit(run.progress())
        return self._end(run) if run.done else None

    def _end(self, run: IndexRun) -> Progress:
        if self._run_covers_roots and self._placer.moving:
            self._placer.complete()
            record_model(self._store, self._workers.bundle)
        self._placer.end(auto=True)
        self._store.pack()
        self.announce_revision()
        self.drop()
        if note := self.pending.note_failures(self._store.rejects(), self._store.unseen()):
            self._emit(Notice(note))
        for note in self._watcher.notes:
            self._emit(Notice(note))
        if run.to_scan_next:
            self.pending.add(run.to_scan_next)
        if run.counts.unsettled:
            self.pending.add(_folders(run.counts.unsettled))
            self.pending.delay(_SETTLE_S)
        self._watcher.note_scan(self._run_folders, took_s=run.scan_s, changed=self._run_changed)
        if run.counts.fresh:
            self.pending.add_later(_folders(run.counts.fresh), after_s=_FRESH_S)
        self._begin_second_pass()
        progress = run.progress()
        return Progress("idle", progress.done, progress.total, rejected=run.counts.rejected)

    # --- the second pass ---------------------------------------------------------------------------------------------

    def _begin_second_pass(self) -> None:
        roots = [root.path for root in self._store.roots()]
        rest = SecondPass(
            self._store,
            self._workers,
            space=self._workers.bundle.space,
            layout=self._placer.layout,
            roots=roots,
            writing=self._lock.writing,
        )
        rest.prefer(self._preferred)
        self._second_pass = None if rest.done else rest

    def step_second_pass(self) -> None:
        """Read on in the long files, if any are left; raises LibraryBusy."""
        rest = self._second_pass
        if rest is None:
            return
        rest.step()
        now = time.monotonic()
        if rest.done or now - self._progress_sent > PROGRESS_EVERY_S:
            self._progress_sent = now
            self.announce_revision()
            self._emit(rest.progress())
        if rest.done:
            self._second_pass = None
            with self._lock.writing():
                self._store.pack()
            self._emit(Progress("idle", 0, 0))

    def prefer(self, samples: tuple[SampleId, ...]) -> None:
        """Read these long files next."""
        self._preferred = samples
        if self._second_pass is not None:
            self._second_pass.prefer(samples)

    def _pause_second_pass(self) -> None:
        if self._second_pass is not None:
            self._second_pass.pause()
            self._second_pass = None

    def drop(self) -> None:
        """Give up the run, if there is one, and release the writer lock."""
        if self._run is not None and not self._run.done:
            self._workers.close()  # their results belong to no run any more
        self._pause_second_pass()
        self._run = None
        self._lock.release()

    def close(self) -> None:
        self._watcher.close()
        self._lock.release()
        self.pending.close()


def _folders(paths: Iterable[bytes]) -> set[bytes]:
    return {os.path.dirname(path) for path in paths}

"""Index runs of the service: started when folders changed, advanced step by step, one at a time."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from tui_browser.errors import BrowserError
from tui_browser.folder.watch import FolderWatcher
from tui_browser.indexing.indexer import record_model
from tui_browser.indexing.pipeline import IndexRun
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.layouts.shown import Placer
from tui_browser.records import Progress
from tui_browser.service.messages import Changed, Event, Notice
from tui_browser.service.pending_folders import PendingFolders
from tui_browser.store.store import Store

PROGRESS_EVERY_S = 0.25
_SETTLE_S = 0.5
"""How long files that were still being written are left alone."""
_LOCK_WAIT_S = 2.0


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

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Be the writer inside the block; raises LibraryBusy after a short wait."""
        with contextlib.nullcontext() if self._is_held else self._store.writing(wait_s=_LOCK_WAIT_S):
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
        self._revision = store.revision()
        self._progress_sent = 0.0
        self._watcher = FolderWatcher(self.pending.add)
        self._watch_roots()

    @property
    def running(self) -> bool:
        return self._run is not None

    @property
    def patience_s(self) -> float:
        """How long the service may sleep while a run is under way."""
        return 0.02 if self._run is not None and self._run.scanning else PROGRESS_EVERY_S

    def connections(self) -> list[Any]:
        """What becomes readable when there is work."""
        return [self.pending.fileno(), *(self._run.connections() if self._run is not None else ())]

    def roots_changed(self) -> None:
        """Watch the roots as they are now, and compare all of them with the disk."""
        self._watch_roots()
        self.pending.add_everything()

    def _watch_roots(self) -> None:
        self._watcher.set_roots([root.path for root in self._store.roots()])

    def announce_revision(self) -> None:
        """Emit `Changed` if this or another process changed the library."""
        revision = self._store.revision()
        if revision != self._revision:
            self._revision = revision
            self._emit(Changed(revision))

    def begin_if_due(self) -> bool:
        """Start a run when folders wait for one; True when one was started. Raises LibraryBusy."""
        folders = self.pending.take()
        if folders is not None and not folders:
            return False
        roots = [root.path for root in self._store.roots()]
        if not roots:
            self._emit(Progress("idle", 0, 0))
            return False
        try:
            self._lock.hold()
        except BrowserError:
            self.pending.add_everything()
            raise
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
        )
        return True

    def step(self) -> Progress | None:
        """Advance the run; returns the final progress when it is over, else None."""
        run = self._run
        assert run is not None  # only called while `running`
        changed = run.step()
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
            self.pending.add({os.path.dirname(path) for path in run.counts.unsettled})
            self.pending.delay(_SETTLE_S)
        progress = run.progress()
        return Progress("idle", progress.done, progress.total, rejected=run.counts.rejected)

    def drop(self) -> None:
        """Give up the run, if there is one, and release the writer lock."""
        if self._run is not None and not self._run.done:
            self._workers.close()  # their results belong to no run any more
        self._run = None
        self._lock.release()

    def close(self) -> None:
        self._watcher.close()
        self._lock.release()
        self.pending.close()

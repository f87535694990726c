"""The index service: the process beside the app that watches, indexes, lays out, generates and stores edits.

One loop waits for requests of the app, changed folders, decoded clips, embeddings, layouts and generated sounds, and
checks once a second whether another process changed the library. It is the only writer for the app, and it does one
thing at a time: index and place, then fit a layout.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from tui_browser.errors import BrowserError, LibraryBusy
from tui_browser.generate.sound_encoder import HeardSound
from tui_browser.indexing.file_encoder import FileEncoder, features_of
from tui_browser.indexing.library_model import library_bundle, usable_model, want_model
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.layouts.shown import Placer
from tui_browser.library.demo import ensure_demo
from tui_browser.library.heard_files import refusal
from tui_browser.library.library import Library
from tui_browser.model.bundle import Bundle
from tui_browser.records import Progress
from tui_browser.service.annotation_edits import AnnotationEdits
from tui_browser.service.copy_jobs import CopyJobs
from tui_browser.service.generate_jobs import GenerateJobs
from tui_browser.service.guests import guest_of
from tui_browser.service.index_jobs import IndexJobs, WriterLock
from tui_browser.service.layout_jobs import LayoutJobs
from tui_browser.service.messages import (
    AcceptLayout,
    AddRoot,
    Annotate,
    CancelGeneration,
    Event,
    FindCopies,
    FindNearest,
    FitLayout,
    ForgetRoot,
    GenerateSound,
    Guest,
    Locate,
    LocateFailed,
    MorphSamples,
    Notice,
    PrepareGeneration,
    ReadSoon,
    RefitClasses,
    Request,
    Rescan,
    ShowLayout,
    TakeBack,
    UndoLayout,
    UseModel,
)
from tui_browser.service.neighbour_jobs import NeighbourJobs
from tui_browser.service.refit_jobs import RefitJobs
from tui_browser.store.store import Store

CHECK_EVERY_S = 1.0
RETRY_S = 2.0
"""Delay after the library was busy; a failed run waits five times as long, then twice that, and so on."""


def service_main(
    conn: Connection,
    library: str,
    model: str | None,
    fallback: str,
    jobs: int,
    add: tuple[bytes, ...],
    demo: str | None,
    neighbours: str,
) -> None:
    """The service process."""
    while True:
        before = _file_identity(library)
        try:
            with IndexService(
                library, model=model, fallback=fallback, jobs=jobs, emit=conn.send, neighbours=neighbours
            ) as service:
                service.warm_if_new()
                if demo is not None:
                    conn.send(Progress("scan", 0, 0))
                    add = (*add, os.fsencode(ensure_demo(demo)))  # 2 s, once; the encoder loads meanwhile
                for path in add:
                    service.handle(AddRoot(path))
                service.loop(conn)
        except BrowserError as error:
            if not _refuse_until_replaced(conn, library, before, reason=str(error)):
                raise
            conn.send(Notice("the library file was replaced: it is used from now on"))


def _refuse_until_replaced(conn: Connection, library: str, before: tuple[int, int] | None, *, reason: str) -> bool:
    """Answer each request with the reason until there is another library file; False when the app closes.

    The app goes on as a reader. A file that was repaired or restored is another one.
    """
    refusal = Notice(reason, "error")
    with contextlib.suppress(EOFError, OSError):
        conn.send(refusal)
        while _file_identity(library) == before:
            if conn.poll(RETRY_S):
                conn.recv()
                conn.send(refusal)
        return True
    return False


def _file_identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def serve(library: str, *, model: str | None, fallback: str, jobs: int, emit: Callable[[Event], None]) -> None:
    """Run the service in this process until it is interrupted, as the verb `watch` does."""
    with IndexService(library, model=model, fallback=fallback, jobs=jobs, emit=emit) as service:
        service.loop(None)


class IndexService:
    """Owns the library's store, the workers and the jobs; `loop` runs them."""

    def __init__(
        self,
        library: str,
        *,
        model: str | None,
        fallback: str,
        jobs: int,
        emit: Callable[[Event], None],
        neighbours: str = "exact",
    ) -> None:
        """`neighbours` is `auto`, `exact` or `pynndescent`: when an index of neighbours is kept."""
        self._emit = emit
        self._store = Store.open(library, mode="write")
        self._jobs = jobs
        self._lock = WriterLock(self._store)
        bundle, note = library_bundle(self._store, model=model, fallback=fallback)
        if note:
            emit(Notice(note, "warning"))
        self._begin_with(bundle)
        self._generation = GenerateJobs(
            bundle,
            Library(library, self._store),
            guest_of=self._guest,
            emit=emit,
        )
        self._edits = AnnotationEdits(self._store, self._lock, emit=emit)
        self._refits = RefitJobs(library, emit=emit)
        self._neighbours = NeighbourJobs(self._store, setting=neighbours, emit=emit)
        self._copies = CopyJobs(self._store, writing=self._lock.writing, emit=emit)
        self._checked = 0.0
        self._busy_reported = False
        self._last_failure = ""
        self._failures = 0

    def _begin_with(self, bundle: Bundle) -> None:
        """Make what works with this model: processes, map and jobs."""
        self._workers = IndexWorkers(bundle, jobs=self._jobs)
        self._placer = Placer(self._store, space=bundle.space, has_map=bundle.has_map)
        self._index = IndexJobs(self._store, self._workers, self._placer, self._lock, emit=self._emit)
        self._layouts = LayoutJobs(self._store, self._placer, writing=self._lock.writing, emit=self._emit)

    def _end_with(self) -> None:
        """End what works with the present model."""
        self._layouts.close()
        self._workers.close()
        self._index.close()

    def __enter__(self) -> IndexService:
        return self

    def __exit__(self, *_: object) -> None:
        self._generation.close()
        self._neighbours.close()
        self._copies.close()
        self._refits.close()
        self._end_with()
        self._store.close()

    def warm_if_new(self) -> None:
        """Load the workers before the first file is found, if the library is empty."""
        if not self._store.counts().samples:
            self._workers.warm()

    # --- the loop ----------------------------------------------------------------------------------------------------

    def loop(self, inbox: Connection | None) -> None:
        """Work until the inbox is closed (EOFError) or the process is interrupted."""
        while True:
            patience_s = self._index.patience_s if self._index.busy else CHECK_EVERY_S
            ready = wait(self._connections(inbox), timeout=patience_s)
            if self._index.pending.fileno() in ready:
                self._index.pending.drain()
            if inbox is not None and inbox in ready:
                self.handle(inbox.recv())
            self._work()

    def _connections(self, inbox: Connection | None) -> list[Any]:
        jobs = (self._layouts.fileno(), self._generation.fileno(), self._refits.fileno())
        candidates = [inbox, *self._index.connections(), *jobs]
        return (
            [candidate for candidate in candidates if candidate is not None]
            + self._neighbours.connections()
            + self._copies.connections()
        )

    def _work(self) -> None:
        self._generation.poll()
        self._neighbours.poll()
        if self._copies.poll():
            self._index.announce_revision()
        self._refits.poll()
        try:
            if self._index.running:
                self._step_index()
            else:
                self._layouts.poll()
            if not self._index.running and self._index.begin_if_due():
                self._busy_reported = False
            if not self._index.running:
                self._index.step_second_pass()
            self._check_library()
        except LibraryBusy as error:
            self._index.drop()
            if not self._busy_reported:
                self._busy_reported = True
                self._emit(Notice(str(error), "warning"))
            self._index.pending.add_everything(after_s=RETRY_S)
        except Exception as error:  # noqa: BLE001 - the service goes on, whatever a file led to
            self._index.drop()
            failure = str(error)
            if not isinstance(error, BrowserError):
                failure = f"internal error ({type(error).__name__}: {error})"
            if failure != self._last_failure:  # reported once, however often it is tried again
                self._last_failure = failure
                self._emit(Notice(failure, "error"))
            self._failures += 1
            self._index.pending.add_everything(after_s=RETRY_S * 5 * 2 ** min(self._failures - 1, 6))

    def _step_index(self) -> None:
        final_progress = self._index.step()
        if final_progress is None:
            return
        self._last_failure = ""
        self._failures = 0
        if not self._layouts.begin_if_due():
            self._emit(final_progress)
        self._workers.warm()

    def _check_library(self) -> None:
        """Notice changes by other processes, and files that are due for another attempt."""
        now = time.monotonic()
        if now - self._checked < CHECK_EVERY_S:
            return
        self._checked = now
        self._edits.poll()
        self._index.announce_revision()
        if not self._index.running:
            self._index.pending.add_due()
            self._neighbours.library_changed()

    # --- requests ----------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> None:
        """Do what the app requests; a failure becomes a Notice."""
        try:
            self._handle(request)
        except BrowserError as error:
            self._emit(Notice(str(error), "error"))

    def _handle(self, request: Request) -> None:
        match request:
            case Locate(path):
                self._locate(path)
            case GenerateSound() | MorphSamples():
                self._generation.request(request)
            case CancelGeneration():
                self._generation.cancel()
            case PrepareGeneration():
                self._generation.prepare()
            case FindNearest():
                self._neighbours.request(request)
            case ReadSoon(ids):
                self._index.prefer(ids)
            case FindCopies():
                self._copies.begin()
            case Rescan():
                self._index.pending.add_everything()
            case FitLayout(name):
                self._layouts.refit(name)
            case ShowLayout(name):
                self._layouts.choose(name)
            case UndoLayout():
                self._layouts.undo()
            case AcceptLayout():
                self._layouts.accept()
            case UseModel(name):
                self._use_model(name)
            case RefitClasses():
                self._refits.request(request)
            case AddRoot() | ForgetRoot() | Annotate() | TakeBack():
                self._edits.request(request)
                if isinstance(request, AddRoot):
                    self._index.pending.add_everything()
                self._index.announce_revision()

    def _use_model(self, name: str) -> None:
        """Move the library to another model; with one that cannot be used everything stays as it is."""
        bundle = usable_model(name)
        if bundle.space == self._workers.bundle.space:
            raise BrowserError(f"the library already uses the model {bundle.name}")
        with self._lock.writing():
            want_model(self._store, bundle)
        self._index.drop()
        self._end_with()
        self._begin_with(bundle)
        self._generation.use(bundle)

    def _locate(self, path: bytes) -> None:
        try:
            answer: Guest | LocateFailed = self._guest(path, _heard(path, self._workers))[0]
        except BrowserError as error:
            answer = LocateFailed(path, refusal(error))
        self._emit(answer)

    def _guest(self, path: bytes, heard: HeardSound) -> tuple[Guest, bool]:
        """A sound on the shown map among the samples it sounds like, and whether it has a place there."""
        bundle = self._workers.bundle
        return guest_of(path, heard, bundle.classes, self._placer, self._store.class_head(bundle.space))


def _heard(path: bytes, workers: IndexWorkers) -> HeardSound:
    """A file from anywhere as the encoder hears it; raises AudioError."""
    clip, encoding = FileEncoder(workers.bundle, workers=workers).decode_and_encode(path)
    return HeardSound(encoding, clip.descriptors.duration_s, clip.descriptors.loudness_db, features_of(clip))

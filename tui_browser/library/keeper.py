"""The index service: the process beside the app that watches, scans, encodes, places and keeps edits.

One loop, no locks held while it rests: it waits for requests of the app, hints of the watch, clips and encodings,
a layout in the making, and once a second looks whether another process changed the library. It alone writes on
behalf of the app, and only one run of work is under way at a time: scan and encode, then place, then lay out.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from typing import Any

from tui_browser.errors import BrowserError, LibraryBusy
from tui_browser.folder.watch import Watch
from tui_browser.library.demo import ensure_demo
from tui_browser.library.door import Library
from tui_browser.library.ear import load_model
from tui_browser.library.fitting import Fitting
from tui_browser.library.guest import locate
from tui_browser.library.indexer import adopt
from tui_browser.library.layouts import Placer
from tui_browser.library.making import Making
from tui_browser.library.messages import (
    AcceptLayout,
    AddRoot,
    Changed,
    Event,
    FitLayout,
    ForgetRoot,
    Guest,
    Locate,
    LocateFailed,
    Make,
    Notice,
    Request,
    Rescan,
    SetFlag,
    SetTags,
    ShowLayout,
    UndoLayout,
)
from tui_browser.library.pipeline import IndexRun
from tui_browser.library.secondtries import SecondTries
from tui_browser.library.workers import Workers
from tui_browser.records import Progress
from tui_browser.store.store import Store

TELL_EVERY_S = 0.25
LOOK_EVERY_S = 1.0
RETRY_S = 2.0


def keeper_main(
    conn: Connection,
    library: str,
    model: str | None,
    fallback: str,
    jobs: int,
    add: tuple[bytes, ...],
    demo: str | None,
) -> None:
    """The service process."""
    try:
        with IndexService(library, model=model, fallback=fallback, jobs=jobs, tell=conn.send) as service:
            service.warm_if_new()
            if demo is not None:
                conn.send(Progress("scan", 0, 0))
                add = (*add, os.fsencode(ensure_demo(demo)))  # 2 s, once; the encoder loads meanwhile
            for path in add:
                service.handle(AddRoot(path))
            service.loop(conn)
    except BrowserError as error:
        refusal = Notice(str(error), "error")
        with contextlib.suppress(EOFError, OSError):  # the app is gone; until then it goes on as a reader
            while True:  # each request is answered with why there is no service
                conn.send(refusal)
                conn.recv()
        raise


def serve(library: str, *, model: str | None, fallback: str, jobs: int, tell: Callable[[Event], None]) -> None:
    """The service in this process, until interrupted: what `watch` runs."""
    with IndexService(library, model=model, fallback=fallback, jobs=jobs, tell=tell) as service:
        service.loop(None)


class IndexService:
    """State of the service; `loop` runs it."""

    def __init__(
        self, library: str, *, model: str | None, fallback: str, jobs: int, tell: Callable[[Event], None]
    ) -> None:
        self._tell = tell
        self._store = Store.open(library, mode="write")
        self._bundle = load_model(model or self._store.meta("model") or fallback)
        self._workers = Workers(self._bundle, jobs=jobs)
        self._placer = Placer(self._store, space=self._bundle.space, has_map=self._bundle.has_map)
        self._making = Making(self._bundle, Library(library, self._store), tell=tell)
        self._wake_read, self._wake_write = os.pipe()
        self._hint_lock = threading.Lock()
        self._hints: set[bytes] = set()
        self._everything = True
        self._not_before = 0.0
        self._held = ExitStack()
        self._run: IndexRun | None = None
        self._whole = False
        self._fitting = Fitting(self._store, self._placer, writing=self._writing, tell=tell)
        self._revision = self._store.revision()
        self._told = 0.0
        self._looked = 0.0
        self._busy_told = False
        self._complaint = ""
        self._failures = 0
        self._second_tries = SecondTries()
        self._watch = Watch(self._hint)
        self._watch.set_roots([root.path for root in self._store.roots()])

    def __enter__(self) -> IndexService:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.close()
        self._fitting.close()
        self._making.close()
        self._workers.close()
        self._held.close()
        self._store.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def warm_if_new(self) -> None:
        """A library without samples will need the workers: let them load before the first file is found."""
        if not self._store.counts().samples:
            self._workers.warm()

    # --- the loop ----------------------------------------------------------------------------------------------------

    def loop(self, inbox: Connection | None) -> None:
        """Work until the inbox is closed (EOFError) or the process is interrupted."""
        while True:
            ready = wait(self._waiting_for(inbox), timeout=self._patience())
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            if inbox is not None and inbox in ready:
                self.handle(inbox.recv())
            self._turn()

    def _waiting_for(self, inbox: Connection | None) -> list[Any]:
        things: list[Any] = [self._wake_read]
        if inbox is not None:
            things.append(inbox)
        if self._run is not None:
            things += self._run.connections()
        if (fit := self._fitting.fileno()) is not None:
            things.append(fit)
        if (maker := self._making.fileno()) is not None:
            things.append(maker)
        return things

    def _patience(self) -> float:
        if self._run is not None:
            return 0.02 if self._run.scanning else TELL_EVERY_S
        return LOOK_EVERY_S

    def _turn(self) -> None:
        self._making.poll()
        try:
            if self._run is not None:
                self._step()
            else:
                self._fitting.poll()
            if self._run is None:
                self._begin_run()
            self._look_around()
        except LibraryBusy as error:
            self._drop_run()
            if not self._busy_told:
                self._busy_told = True
                self._tell(Notice(str(error), "warning"))
            self._try_again(RETRY_S)
        except Exception as error:  # noqa: BLE001 - whatever a file led to, the service goes on
            self._drop_run()
            told = str(error)
            if not isinstance(error, BrowserError):
                told = f"something went wrong inside ({type(error).__name__}: {error})"
            if told != self._complaint:  # once, however often it is tried again
                self._complaint = told
                self._tell(Notice(told, "error"))
            self._failures += 1
            self._try_again(RETRY_S * 5 * 2 ** min(self._failures - 1, 6))

    def _try_again(self, after_s: float) -> None:
        self._everything = True
        self._not_before = time.monotonic() + after_s

    def _drop_run(self) -> None:
        if self._run is not None and not self._run.done:
            self._workers.close()  # what they still hold belongs to no run any more
        self._run = None
        self._held.close()

    def _look_around(self) -> None:
        """Notice what other processes wrote."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S or self._run is not None:
            return
        self._looked = now
        self._tell_revision()
        self._hints |= self._second_tries.due(now)

    def _tell_revision(self) -> None:
        revision = self._store.revision()
        if revision != self._revision:
            self._revision = revision
            self._tell(Changed(revision))

    # --- runs --------------------------------------------------------------------------------------------------------

    def _hint(self, folders: frozenset[bytes]) -> None:
        with self._hint_lock:
            self._hints |= folders
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"\0")

    def _begin_run(self) -> None:
        if time.monotonic() < self._not_before:
            return
        with self._hint_lock:
            hints = frozenset(self._hints)
            if not hints and not self._everything:
                return
            self._hints.clear()
        folders = None if self._everything else hints
        roots = [root.path for root in self._store.roots()]
        self._everything = False
        if not roots:
            self._tell(Progress("idle", 0, 0))
            return
        try:
            self._held.enter_context(self._store.writing(wait_s=0.0))
        except BrowserError:
            self._everything = True
            raise
        self._busy_told = False
        self._placer.begin()
        if not self._placer.moving:
            adopt(self._store, self._bundle)
        self._whole = folders is None
        self._run = IndexRun(
            self._store,
            self._workers,
            space=self._bundle.space,
            layout=self._placer.layout,
            roots=roots,
            folders=folders,
        )

    def _step(self) -> None:
        run = self._run
        assert run is not None  # the caller looked
        changed = run.step()
        now = time.monotonic()
        if run.done or now - self._told > TELL_EVERY_S:
            self._told = now
            if changed or run.done:
                self._placer.settle()
            self._tell_revision()
            self._tell(run.progress())
        if run.done:
            self._end_run(run)

    def _end_run(self, run: IndexRun) -> None:
        if self._whole and self._placer.moving:
            self._placer.complete()
            adopt(self._store, self._bundle)
        self._placer.end(auto=True)
        self._store.pack()
        self._complaint = ""
        self._failures = 0
        self._tell_revision()
        self._drop_run()
        tally = run.tally
        if told := self._second_tries.note(self._store.rejects(), self._store.unseen(), now=time.monotonic()):
            self._tell(Notice(told))
        for note in self._watch.notes:
            self._tell(Notice(note))
        if tally.unsettled:
            self._hints |= {os.path.dirname(path) for path in tally.unsettled}
            self._not_before = time.monotonic() + 0.5
        if not self._fitting.begin_if_due():
            self._tell(Progress("idle", run.progress().done, run.progress().total, rejected=tally.rejected))
        self._workers.warm()

    # --- requests ----------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> None:
        """Do what the app asks for; what cannot be done becomes a Notice."""
        try:
            self._do(request)
        except BrowserError as error:
            self._tell(Notice(str(error), "error"))

    def _do(self, request: Request) -> None:
        match request:
            case Locate(path):
                self._locate(path)
            case Make():
                self._making.ask(request)
            case Rescan():
                self._everything = True
            case FitLayout(name):
                self._fitting.refit(name)
            case ShowLayout(name):
                self._fitting.choose(name)
            case UndoLayout():
                self._fitting.undo()
            case AcceptLayout():
                self._fitting.accept()
            case AddRoot() | ForgetRoot() | SetFlag() | SetTags():
                with self._writing():
                    self._edit(request)
                if isinstance(request, ForgetRoot):
                    self._drop_run()  # its files may be among those being read
                self._tell_revision()

    def _writing(self) -> contextlib.AbstractContextManager[None]:
        """The writer lock, which a run holds already."""
        return contextlib.nullcontext() if self._run is not None else self._store.writing(wait_s=2.0)

    def _edit(self, request: AddRoot | ForgetRoot | SetFlag | SetTags) -> None:
        match request:
            case AddRoot(path):
                if not os.path.isdir(path):
                    raise BrowserError("this folder does not exist", path=path)
                if path not in {root.path for root in self._store.roots()}:
                    self._store.add_root(path)
                self._roots_changed()
            case ForgetRoot(path):
                self._store.forget_root(path)
                self._roots_changed()
            case SetFlag(ids, flag, on):
                self._store.set_flag(ids, flag, on)
            case SetTags(ids, add, remove):
                self._store.set_tags(ids, add, remove)

    def _roots_changed(self) -> None:
        self._watch.set_roots([root.path for root in self._store.roots()])
        self._everything = True

    def _locate(self, path: bytes) -> None:
        try:
            guest: Guest | LocateFailed = locate(path, self._workers, self._placer)
        except BrowserError as error:
            guest = LocateFailed(path, str(error))
        self._tell(guest)

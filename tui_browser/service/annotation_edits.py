"""Changes that the app asks for: made here where this process may write, else queued for the process that does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from tui_browser.errors import BrowserError, LibraryBusy, LibraryError, counted
from tui_browser.service.index_jobs import WriterLock
from tui_browser.service.messages import AddRoot, Annotate, Event, ForgetRoot, Notice, TakeBack
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.edit_queue import QueuedEdit
from tui_browser.store.errors import is_of_the_disk
from tui_browser.store.store import Store

KEPT = 250
"""Changes that can be taken back: a few more than the app's history has steps."""
PATIENCE_S = 0.3
"""How long another process may hold the lock before an edit is queued."""
TOLD_AFTER_S = 5.0
"""A writer makes queued edits within a second; one that takes longer is told of."""

Edit = Annotate | TakeBack | AddRoot | ForgetRoot


class AnnotationEdits:
    """Makes edits in their order, each once; none is lost while the disk takes a small file."""

    def __init__(self, store: Store, lock: WriterLock, *, emit: Callable[[Event], None]) -> None:
        self._store = store
        self._lock = lock
        self._emit = emit
        self._backs: dict[int, AnnotationChange] = {}
        """By the number of the change, the oldest first; those of queued changes are noted in the library."""
        self._origin = f"{time.time_ns():020d}-{os.getpid()}"
        self._unkept: list[Edit] = []
        """Edits that could neither be made nor queued, as on a full disk: tried again."""
        self._waits_since: float | None = None
        self._told = False

    def request(self, edit: Edit) -> None:
        """Make an edit, or queue it behind those that wait; raises BrowserError where neither works, and keeps it."""
        if self._unkept:
            self._unkept.append(edit)
            return
        try:
            self._make_or_queue(edit)
        except BrowserError as error:
            if is_of_the_disk(error):
                self._unkept.append(edit)
            raise

    def poll(self) -> None:
        """Make what waits, if no other process is writing; to be called about once a second."""
        try:
            if not self._try_again():
                return
            if not self._store.edit_queue.waiting():
                self._waits_since, self._told = None, False
                return
            with self._lock.writing(wait_s=0.0):
                for sentence in self._store.make_queued_edits():
                    self._emit(Notice(sentence, "warning"))
        except LibraryBusy as error:
            self._tell(error)
        except LibraryError:  # a full disk: told when it was requested
            return

    def _try_again(self) -> bool:
        """Whether nothing is left that could not be kept."""
        while self._unkept:
            try:
                self._make_or_queue(self._unkept[0])
            except BrowserError as error:
                if is_of_the_disk(error):
                    return False
                self._emit(Notice(str(error), "error"))
            del self._unkept[0]
        return True

    def _tell(self, error: LibraryBusy) -> None:
        now = time.monotonic()
        self._waits_since = self._waits_since or now
        if not self._told and now - self._waits_since > TOLD_AFTER_S:
            self._told = True
            waiting = counted(len(self._store.edit_queue.waiting()), "change")
            self._emit(Notice(f"{error.what}: {waiting} kept until it is done", "warning"))

    def _make_or_queue(self, edit: Edit) -> None:
        try:
            if not self._store.edit_queue.waiting() or self._lock.is_held:
                with self._lock.writing(wait_s=PATIENCE_S):
                    self._store.make_queued_edits()
                    self._make(edit)
                return
        except LibraryBusy:
            pass
        self._store.edit_queue.add(self._queued(edit))

    def _queued(self, edit: Edit) -> QueuedEdit:
        match edit:
            case AddRoot(path):
                return QueuedEdit(add_root=_existing(path))
            case ForgetRoot(path):
                return QueuedEdit(forget_root=path)
            case TakeBack(number):
                if (back := self._backs.pop(number, None)) is not None:
                    return QueuedEdit(back)
                return QueuedEdit(origin=self._origin, number=number)
            case Annotate(change, number):
                return QueuedEdit(change, origin=self._origin, number=number)

    def _make(self, edit: Edit) -> None:
        match edit:
            case AddRoot(path):
                if _existing(path) not in {root.path for root in self._store.roots()}:
                    self._store.add_root(path)
            case ForgetRoot(path):
                self._store.forget_root(path)
            case TakeBack(number):
                if (back := self._backs.pop(number, None)) is not None:
                    self._store.annotate(back)
                else:
                    self._store.take_back_queued(origin=self._origin, number=number)
            case Annotate(change, number):
                back = self._store.annotate(change)
                if number:
                    self._backs.pop(number, None)
                    self._backs[number] = back
                    while len(self._backs) > KEPT:
                        del self._backs[next(iter(self._backs))]


def _existing(path: bytes) -> bytes:
    if not os.path.isdir(path):
        raise BrowserError("this folder does not exist", path=path)
    return path

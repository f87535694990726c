"""The search for copies beside the app: one process at a time, whose result is stored when the library is free."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection

from tui_browser import child
from tui_browser.errors import BrowserError, LibraryBusy, counted
from tui_browser.indexing.copy_finder import KEEPER, FoundCopies
from tui_browser.indexing.copy_process import CopyAnswer, CopyProgress, start_search, store_found
from tui_browser.service.messages import Event, Notice
from tui_browser.store.store import Store

_NICENESS = 10
_TENTHS = 10


class CopyJobs:
    """Starts a search, tells how far it is, and stores what it finds."""

    def __init__(
        self, store: Store, *, writing: Callable[[], AbstractContextManager[None]], emit: Callable[[Event], None]
    ) -> None:
        self._store = store
        self._writing = writing
        self._emit = emit
        self._process: child.Child | None = None
        self._found: FoundCopies | None = None
        """Found, and not stored yet because another process writes."""
        self._told = 0

    def connections(self) -> list[Connection]:
        """What becomes readable when `poll` has something."""
        return [] if self._process is None else [self._process.conn]

    def begin(self) -> None:
        """Start a search, unless one is under way."""
        if self._process is None:
            self._told = 0
            self._process = start_search(self._store.path, niceness=_NICENESS)
            self._emit(Notice("looking for copies"))

    def poll(self) -> bool:
        """Take what the process says; whether the library changed. Never waits."""
        try:
            while self._process is not None and self._process.conn.poll():
                self._take(self._process.receive())
        except (BrowserError, OSError) as error:
            self._end()
            self._emit(Notice(f"the search for copies ended: {error}", "error"))
        return self._store_found()

    def close(self) -> None:
        """End the search, if there is one."""
        self._end()

    def _take(self, answer: CopyAnswer) -> None:
        match answer:
            case CopyProgress(doing, done, total):
                tenth = _TENTHS * done // max(1, total)
                if tenth > self._told and done < total:
                    self._told = tenth
                    self._emit(Notice(f"{doing} sounds for copies: {10 * tenth} %"))
            case FoundCopies():
                self._end()
                self._found = answer
            case _:
                self._end()
                self._emit(Notice(str(answer), "error"))

    def _store_found(self) -> bool:
        found = self._found
        if found is None:
            return False
        try:
            with self._writing():
                store_found(self._store, found)
        except LibraryBusy:
            return False  # the next poll tries again
        except BrowserError as error:
            self._found = None
            self._emit(Notice(str(error), "error"))
            return False
        self._found = None
        copies = sum(member.kind != KEEPER for member in found.members)
        groups = len(found.members) - copies
        noun = "copy" if copies == 1 else "copies"
        self._emit(Notice(f"{copies:,} {noun} in {counted(groups, 'group')}" if copies else "no sound has a copy"))
        return True

    def _end(self) -> None:
        if self._process is not None:
            self._process.close(grace_s=0.1)
            self._process = None

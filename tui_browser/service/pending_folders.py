"""Folders that wait for the next index run, and when it may start."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Collection

from tui_browser.indexing.retries import RetrySchedule
from tui_browser.records import Reject, UnseenPath


class PendingFolders:
    """Folders to compare with the disk. `add` may be called from any thread, the rest from one.

    `fileno()` is readable after `add`, so that the caller's loop wakes.
    """

    def __init__(self) -> None:
        self._woken, self._wake = os.pipe()
        self._lock = threading.Lock()
        self._folders: set[bytes] = set()
        self._everything = True
        self._not_before = 0.0
        self._retries = RetrySchedule()
        self._later: dict[bytes, float] = {}

    def fileno(self) -> int:
        return self._woken

    def drain(self) -> None:
        """Reset `fileno()`."""
        os.read(self._woken, 4096)

    def add(self, folders: Collection[bytes]) -> None:
        with self._lock:
            self._folders |= set(folders)
        with contextlib.suppress(OSError):
            os.write(self._wake, b"\0")

    def add_everything(self, *, after_s: float = 0.0) -> None:
        """All roots have to be compared, after a delay if one is given."""
        self._everything = True
        if after_s:
            self.delay(after_s)

    def delay(self, delay_s: float) -> None:
        """Start no run before this time is over."""
        self._not_before = time.monotonic() + delay_s

    def add_later(self, folders: Collection[bytes], *, after_s: float) -> None:
        """Add folders once this time is over; other folders need not wait for it."""
        due = time.monotonic() + after_s
        self._later |= dict.fromkeys(folders, due)

    def add_due(self) -> None:
        """Add what was to be added later, and the folders of files that failed earlier and are due again."""
        now = time.monotonic()
        due = {folder for folder, at in self._later.items() if at <= now}
        for folder in due:
            del self._later[folder]
        with self._lock:
            self._folders |= self._retries.due(now) | due

    def note_failures(self, rejects: Collection[Reject], unseen: Collection[UnseenPath]) -> str:
        """Schedule retries after a run; returns one sentence on folders newly found unreadable, or nothing."""
        return self._retries.note(rejects, unseen, now=time.monotonic())

    def put_back(self, folders: Collection[bytes] | None, *, after_s: float) -> None:
        """What `take` returned is to be compared after this time: another process is writing."""
        if folders is None:
            self._everything = True
        else:
            with self._lock:
                self._folders |= set(folders)
        self.delay(after_s)

    def take(self) -> frozenset[bytes] | None:
        """The folders to compare now, empty when there are none or it is too early; None for all roots."""
        if time.monotonic() < self._not_before:
            return frozenset()
        with self._lock:
            everything, folders = self._everything, frozenset(self._folders)
            self._everything = False
            self._folders.clear()
        return None if everything else folders

    def close(self) -> None:
        os.close(self._woken)
        os.close(self._wake)

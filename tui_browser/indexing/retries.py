"""When to retry files and folders that failed for a passing reason: the system does not report when a drive returns."""

from __future__ import annotations

import os
from collections.abc import Collection

from tui_browser.indexing.decoder_pool import retryable_codes
from tui_browser.indexing.unseen import unseen_sentence
from tui_browser.records import Reject, UnseenPath

FIRST_S = 10.0
LONGEST_S = 600.0


class RetrySchedule:
    """Folders to scan again after a pause, which doubles while nothing changes. The caller passes the time."""

    def __init__(self, *, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._folders: frozenset[bytes] = frozenset()
        self._unseen: frozenset[UnseenPath] = frozenset()
        self._pause_s = first_s
        self._due = 0.0

    def note(self, rejects: Collection[Reject], unseen: Collection[UnseenPath], *, now: float) -> str:
        """Record what failed in a run; a sentence about newly unseen paths, empty without any."""
        codes = retryable_codes()
        folders = {os.path.dirname(reject.stat.path) for reject in rejects if reject.code in codes}
        folders |= {entry.path for entry in unseen}
        if folders != self._folders:
            self._folders, self._pause_s = frozenset(folders), self._first_s
            self._due = now + self._pause_s
        new = [entry for entry in unseen if entry not in self._unseen]
        self._unseen = frozenset(unseen)
        return unseen_sentence(new) if new else ""

    def due(self, now: float) -> frozenset[bytes]:
        """The folders to scan now; empty before they are due."""
        if not self._folders or now < self._due:
            return frozenset()
        self._pause_s = min(2 * self._pause_s, self._longest_s)
        self._due = now + self._pause_s
        return self._folders

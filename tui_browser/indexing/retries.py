"""When to look again at what failed through no fault of its own: no event tells that a drive or a right is back."""

from __future__ import annotations

import os
from collections.abc import Collection

from tui_browser.indexing.decoder_pool import retryable_codes
from tui_browser.indexing.unseen import unseen_sentence
from tui_browser.records import Reject, UnseenPath

FIRST_S = 10.0
LONGEST_S = 600.0


class RetrySchedule:
    """Folders that are due after a while, which doubles as long as nothing changes. The clock is the caller's."""

    def __init__(self, *, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._folders: frozenset[bytes] = frozenset()
        self._unseen: frozenset[UnseenPath] = frozenset()
        self._pause_s = first_s
        self._due = 0.0

    def note(self, rejects: Collection[Reject], unseen: Collection[UnseenPath], *, now: float) -> str:
        """After a run: what failed so far. One sentence about what could not be looked at and was not told yet."""
        codes = retryable_codes()
        folders = {os.path.dirname(reject.stat.path) for reject in rejects if reject.code in codes}
        folders |= {one.path for one in unseen}
        if folders != self._folders:
            self._folders, self._pause_s = frozenset(folders), self._first_s
            self._due = now + self._pause_s
        new = [one for one in unseen if one not in self._unseen]
        self._unseen = frozenset(unseen)
        return unseen_sentence(new) if new else ""

    def due(self, now: float) -> frozenset[bytes]:
        """The folders to look at now; none before their time."""
        if not self._folders or now < self._due:
            return frozenset()
        self._pause_s = min(2 * self._pause_s, self._longest_s)
        self._due = now + self._pause_s
        return self._folders

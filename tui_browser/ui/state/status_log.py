"""What the status line has said in this session, with the time, newest first."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MOST_ENTRIES = 500
Severity = Literal["information", "warning", "error"]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A sentence and when it was said."""

    clock: str
    """HH:MM, local time."""
    text: str
    severity: Severity = "information"


class StatusLog:
    """Keeps the last sentences; one that is repeated at once is kept once, with its newest time."""

    def __init__(self) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=MOST_ENTRIES)

    @property
    def entries(self) -> Sequence[LogEntry]:
        """Newest first."""
        return self._entries

    def note(self, text: str, severity: Severity = "information") -> None:
        """Keep a sentence."""
        if self._entries and self._entries[0].text == text:
            self._entries.popleft()
        self._entries.appendleft(LogEntry(time.strftime("%H:%M"), text, severity))

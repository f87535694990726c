"""How often folders are scanned whose drives report no changes: often after a change, rarely while nothing happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable

FIRST_S = 10.0
LONGEST_S = 600.0
_SLOWER = 1.5
_MOST_SHARE = 0.05
"""Scans take at most this share of the time: a slow server is left alone for longer."""


class PollPace:
    """The pause of each polled folder; the caller passes the time."""

    def __init__(self, *, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._pauses: dict[bytes, float] = {}
        self._due: dict[bytes, float] = {}

    def due(self, folders: Collection[bytes], now: float) -> list[bytes]:
        """Those of all polled folders that are to be scanned now."""
        for known in self._due.keys() - set(folders):
            del self._due[known]
            self._pauses.pop(known, None)
        due = [folder for folder in folders if self._due.setdefault(folder, now + self._first_s) <= now]
        for folder in due:
            self._due[folder] = now + self._pauses.get(folder, self._first_s)
        return due

    def next_due(self) -> float:
        """When the next folder is due; infinite without any."""
        return min(self._due.values(), default=float("inf"))

    def note(self, folders: Iterable[bytes], now: float, *, took_s: float, changed: bool) -> None:
        """A scan of these folders has ended: `changed` says whether it found anything."""
        for folder in folders:
            if folder not in self._due:
                continue
            pause_s = self._first_s if changed else self._pauses.get(folder, self._first_s) * _SLOWER
            least_s = took_s * (1 / _MOST_SHARE - 1)
            self._pauses[folder] = max(min(pause_s, self._longest_s), least_s)
            self._due[folder] = now + self._pauses[folder]

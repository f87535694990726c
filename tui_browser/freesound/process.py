"""The other end of the process that speaks to Freesound: starts it, sends requests, receives events."""

from __future__ import annotations

from collections.abc import Iterator

from tui_browser import child
from tui_browser.config.places import log_file
from tui_browser.errors import WorkerError
from tui_browser.freesound.messages import Event, Request
from tui_browser.freesound.web import TimeLimits

_GRACE_S = 1.5
"""Longer than the process takes to remove what is half written."""


class FreesoundProcess:
    """Nothing runs before the first request; after `close`, or when the process has died, the next one starts it."""

    def __init__(self, *, limits: TimeLimits | None = None) -> None:
        self._limits = limits
        self._child: child.Child | None = None

    def send(self, request: Request) -> None:
        """Send a request; raises WorkerError where the process cannot be started."""
        if self._child is None or not self._child.alive:
            self.close()
            self._child = child.start("tui_browser.freesound.serve:serve_main", self._limits, log=log_file("freesound"))
        self._child.send(request)

    def fileno(self) -> int:
        """Readable when `poll` has events; -1 before the first request. Another one after a new start."""
        return self._child.conn.fileno() if self._child is not None else -1

    def poll(self) -> list[Event]:
        """Events since the last call; never waits. Raises WorkerError when the process has ended."""
        events: list[Event] = []
        try:
            while self._child is not None and self._child.conn.poll(0):
                events.append(self._child.receive())
        except OSError as error:
            raise WorkerError(
                "the process for Freesound has ended", hint="see freesound.log in the cache folder"
            ) from error
        return events

    def events(self) -> Iterator[Event]:
        """Events as they come; waits for each. Raises WorkerError when the process has ended."""
        while self._child is not None:
            yield self._child.receive()

    def close(self, *, grace_s: float = _GRACE_S) -> None:
        """End the process and what it does; safe to call twice."""
        running, self._child = self._child, None
        if running is not None:
            running.close(grace_s=grace_s)

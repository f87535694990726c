"""The app's end of the index service; the app loads no other part of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tui_browser import child
from tui_browser.config.places import log_file
from tui_browser.errors import WorkerError
from tui_browser.service.messages import Event, Request


class ServiceClient:
    """Starts the service process, sends requests and receives events."""

    def __init__(
        self,
        library: str,
        *,
        model: str | None = None,
        fallback: str,
        jobs: int = 1,
        add: Sequence[bytes] = (),
        demo: str | None = None,
        neighbours: str = "exact",
    ) -> None:
        """`add` are folders that become roots first, and so is `demo`, in which the demo's sounds are created.

        `model` moves the library to another model; without it, a new library is encoded by `fallback`. Nothing runs
        before `start`, so that the app's first paint has the processor to itself.
        """
        self._args = (library, model, fallback, jobs, tuple(add), demo, neighbours)
        self._child: child.Child | None = None
        self._unsent: list[Request] = []
        self._sending = threading.Lock()

    def start(self) -> None:
        """Start the process and send it the requests made before. Raises WorkerError."""
        if self._child is None:
            self._child = child.start(
                "tui_browser.service.index_service:service_main", *self._args, log=log_file("service")
            )
            for request in self._unsent:
                self._child.send(request)

    def send(self, request: Request) -> None:
        """Send a request, from any thread; raises WorkerError when the service has ended."""
        if self._child is None:
            self._unsent.append(request)
        else:
            with self._sending:
                self._child.send(request)

    def fileno(self) -> int:
        """Readable when `poll` has events; -1 before `start`."""
        return self._child.conn.fileno() if self._child is not None else -1

    def poll(self) -> list[Event]:
        """Events since the last call; never waits. Raises WorkerError when the service has ended."""
        events: list[Event] = []
        try:
            while self._child is not None and self._child.conn.poll(0):
                events.append(self._child.receive())
        except OSError as error:
            raise WorkerError("the index service has ended", hint="see service.log in the cache folder") from error
        return events

    def close(self) -> None:
        """End the service; a transaction under way is written completely or not at all."""
        if self._child is not None:
            self._child.close(grace_s=0.5)

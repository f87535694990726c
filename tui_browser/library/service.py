"""The app's end of the index service. It is all that the app loads of it: see `keeper` for the process itself."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser import child
from tui_browser.config.places import log_file
from tui_browser.errors import WorkerError
from tui_browser.library.messages import Event, Request


class Service:
    """The app's end of the service process."""

    def __init__(
        self,
        library: str,
        *,
        model: str | None = None,
        fallback: str,
        jobs: int = 1,
        add: Sequence[bytes] = (),
        demo: str | None = None,
    ) -> None:
        """`add` become roots first, and so does the folder `demo`, in which the demo's sounds are made if need be.

        `model` moves the library to another model; without it, a new library is heard by `fallback`.

        Nothing runs before `start`: the app's first paint has the processor to itself.
        """
        self._args = (library, model, fallback, jobs, tuple(add), demo)
        self._child: child.Child | None = None
        self._early: list[Request] = []

    def start(self) -> None:
        """Start the process, and hand it what was asked before. Raises WorkerError."""
        if self._child is None:
            self._child = child.start("tui_browser.library.keeper:keeper_main", *self._args, log=log_file("service"))
            for request in self._early:
                self._child.send(request)

    def send(self, request: Request) -> None:
        """Ask for something; raises WorkerError when the service is gone."""
        if self._child is None:
            self._early.append(request)
        else:
            self._child.send(request)

    def fileno(self) -> int:
        """Readable when `poll` has something; -1 before `start`."""
        return self._child.conn.fileno() if self._child is not None else -1

    def poll(self) -> list[Event]:
        """What happened since; never waits. Raises WorkerError when the service is gone."""
        events: list[Event] = []
        try:
            while self._child is not None and self._child.conn.poll(0):
                events.append(self._child.receive())
        except OSError as error:
            raise WorkerError("the index service has ended", hint="see service.log in the cache folder") from error
        return events

    def close(self) -> None:
        """End the service; what it was writing is written whole or not at all."""
        if self._child is not None:
            self._child.close(grace_s=0.5)

"""Learns from corrected classes in a child process while the library is in use."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.errors import BrowserError
from tui_browser.service.messages import ClassesRefitted, Event, RefitClasses
from tui_browser.workbench.class_repair.refit import RunningRefit


class RefitJobs:
    """At most one at a time; a newer request replaces it."""

    def __init__(self, library: str, *, emit: Callable[[Event], None]) -> None:
        self._library = library
        self._emit = emit
        self._running: RunningRefit | None = None
        self._number = 0

    def request(self, request: RefitClasses) -> None:
        """Begin; the answer is a `ClassesRefitted`."""
        self.close()
        self._number = request.number
        try:
            self._running = RunningRefit(self._library)
        except BrowserError as error:
            self._emit(ClassesRefitted(request.number, None, str(error)))

    def fileno(self) -> int | None:
        """Readable when the answer is there; None while nothing runs."""
        return self._running.fileno() if self._running is not None else None

    def poll(self) -> None:
        """Send the answer if it is there."""
        if self._running is None:
            return
        try:
            refit = self._running.poll()
        except BrowserError as error:
            self.close()
            self._emit(ClassesRefitted(self._number, None, str(error)))
            return
        if refit is not None:
            self.close()
            self._emit(ClassesRefitted(self._number, refit))

    def close(self) -> None:
        """Cancel what runs."""
        if self._running is not None:
            self._running.close()
            self._running = None

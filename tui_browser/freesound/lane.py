"""A thread that does one job after the other; a newer job may replace the ones before."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from tui_browser.freesound.clock import Cancelled, CancelledError

Job = Callable[[Cancelled], None]


class Lane:
    """Jobs of one kind; each is told by the function that it gets whether to stop."""

    def __init__(self, name: str) -> None:
        self._jobs: deque[tuple[Job, threading.Event]] = deque()
        self._current: threading.Event | None = None
        self._condition = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job, *, replacing: bool) -> None:
        """Run a job after those that wait, or in place of them and of the one that runs."""
        with self._condition:
            if replacing:
                self._cancel()
            self._jobs.append((job, threading.Event()))
            self._condition.notify()

    def cancel(self) -> None:
        """Stop the job that runs, and drop those that wait."""
        with self._condition:
            self._cancel()

    def _cancel(self) -> None:
        for _, stop in self._jobs:
            stop.set()  # it is run all the same, to report that it was cancelled
        if self._current is not None:
            self._current.set()

    def close(self) -> None:
        """Cancel all; the thread ends with the job that runs."""
        with self._condition:
            self._closed = True
            self._cancel()
            self._condition.notify()

    def join(self, wait_s: float) -> None:
        """Wait so long for the thread to end."""
        self._thread.join(wait_s)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._jobs and not self._closed:
                    self._condition.wait()
                if not self._jobs:
                    return
                job, stop = self._jobs.popleft()
                self._current = stop
            try:
                job(stop.is_set)
            except CancelledError:
                pass
            finally:
                with self._condition:
                    self._current = None

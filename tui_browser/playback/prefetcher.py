"""Prepares files in a background thread before anybody plays them; a newer request replaces the last one."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tui_browser.errors import AudioError


class Prefetcher:
    """Runs one job after the other, and starts none while it is paused."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._first: Callable[[], object] | None = None
        self._paths: deque[bytes] = deque()
        self._work: Callable[[bytes], object] = bytes
        self._paused = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="prefetch", daemon=True)
        self._thread.start()

    def run_each(self, paths: Sequence[bytes], work: Callable[[bytes], object]) -> None:
        """Run `work` on each path, in this order; replaces the paths that still wait."""
        with self._condition:
            self._paths = deque(paths)
            self._work = work
            self._condition.notify_all()

    def run_first(self, work: Callable[[], object]) -> None:
        """Run this before all paths; replaces one that still waits."""
        with self._condition:
            self._first = work
            self._condition.notify_all()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Start no job inside the block, so that a file being opened has the disk and processor to itself."""
        with self._condition:
            self._paused = True
        try:
            yield
        finally:
            with self._condition:
                self._paused = False
                self._condition.notify_all()

    def close(self) -> None:
        """End after the current job."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closing or ((self._first or self._paths) and not self._paused))
                if self._closing:
                    return
                job, self._first = self._first, None
                if job is None:
                    job = partial(self._work, self._paths.popleft())
            with contextlib.suppress(AudioError):  # playing the file reports the error
                job()

"""Files got ready before anybody asks for them, in a thread of its own; the newest wish takes the place of the last."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tui_browser.errors import AudioError


class Prefetcher:
    """Does one file after the other, and begins none while somebody waits for another."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._first: Callable[[], object] | None = None
        self._paths: deque[bytes] = deque()
        self._work: Callable[[bytes], object] = bytes
        self._held = False
        self._closing = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)
        self._thread.start()

    def ask(self, paths: Sequence[bytes], work: Callable[[bytes], object]) -> None:
        """Do `work` with each of these, in this order, in place of what was asked for before."""
        with self._turn:
            self._paths = deque(paths)
            self._work = work
            self._turn.notify_all()

    def ask_first(self, work: Callable[[], object] | None) -> None:
        """Do this before all else, in place of what was asked for so before; None calls that off."""
        with self._turn:
            self._first = work
            self._turn.notify_all()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile nothing is begun."""
        with self._turn:
            self._held = True
        try:
            yield
        finally:
            with self._turn:
                self._held = False
                self._turn.notify_all()

    def wait(self, timeout_s: float) -> bool:
        """Whether all that was asked for is done within that time."""
        with self._turn:
            return self._turn.wait_for(lambda: not (self._first or self._paths or self._busy), timeout_s)

    def close(self) -> None:
        """End after the file that is being read."""
        with self._turn:
            self._closing = True
            self._turn.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._turn:
                self._busy = False
                self._turn.notify_all()
                self._turn.wait_for(lambda: self._closing or ((self._first or self._paths) and not self._held))
                if self._closing:
                    return
                self._busy = True
                work, self._first = self._first, None
                if work is None:
                    work = partial(self._work, self._paths.popleft())
            with contextlib.suppress(AudioError):  # whoever plays it will be told
                work()

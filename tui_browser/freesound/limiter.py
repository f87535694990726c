"""Keeps requests within what Freesound allows: 60 a minute and 2,000 a day, also over restarts and for two at once.

The times of the last day's requests are in a small file that all processes of a person share.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator

from filelock import FileLock, Timeout

from tui_browser.config.places import state_dir
from tui_browser.errors import FreesoundError
from tui_browser.freesound.clock import Cancelled, Clock, WallClock, never, pause
from tui_browser.safe_files import PRIVATE_FILE, PRIVATE_FOLDER, read_bounded, replace_file

A_MINUTE, A_DAY = 60, 2_000
_MINUTE_S, _DAY_S = 60.0, 86_400.0
_MOST_BYTES = 1 << 18
_LOCK_S = 5.0

Tell = Callable[[float, str], None]
"""Takes the seconds of a wait, and its reason."""


def default_file() -> str:
    """The file of a person's requests."""
    return os.path.join(state_dir(), "freesound-requests.json")


class RequestLimiter:
    """`acquire` returns when the next request may go out."""

    def __init__(self, path: str | None = None, *, clock: Clock | None = None) -> None:
        self._path = path or default_file()
        self._clock = clock or WallClock()
        self._times: list[float] = []
        """Of the requests of the last day, as far as this process knows, ascending."""
        self._guard = threading.Lock()

    def acquire(self, *, tell: Tell | None = None, cancelled: Cancelled = never) -> None:
        """Wait until another request is allowed, and count it.

        `tell` gets the length of a wait when it begins. Raises FreesoundError when the day's requests are used up, and
        CancelledError.
        """
        told = False
        while True:
            wait_s = self._take()
            if wait_s <= 0:
                return
            if wait_s > _MINUTE_S + 1:
                hours, minutes = divmod(int(wait_s // 60) + 1, 60)
                raise FreesoundError(
                    f"the {A_DAY:,} requests that Freesound allows a day are used up",
                    hint=f"the next one is possible in {hours} h {minutes:02d} min",
                )
            if tell is not None and not told:
                told = True
                tell(wait_s, f"Freesound allows {A_MINUTE} requests a minute")
            pause(self._clock, wait_s, cancelled)

    def _take(self) -> float:
        """Count a request and return 0, or return the seconds until one is allowed."""
        with self._guard, self._shared():
            now = self._clock.now()
            # A time in the future is from a clock that was put back.
            self._times = sorted(at for at in {*self._times, *self._read()} if now - _DAY_S < at <= now + 1)
            for most, span_s in ((A_DAY, _DAY_S), (A_MINUTE, _MINUTE_S)):
                if len(self._times) >= most and (wait_s := self._times[-most] + span_s - now) > 0:
                    return wait_s
            at = now
            while at in self._times:  # each request has a time of its own
                at += 1e-6
            self._times.append(at)
            self._write()
            return 0.0

    @contextlib.contextmanager
    def _shared(self) -> Iterator[None]:
        """Hold the file's lock; without a folder to write in, this process counts alone."""
        try:
            os.makedirs(os.path.dirname(self._path), mode=PRIVATE_FOLDER, exist_ok=True)
            lock = FileLock(f"{self._path}.lock", timeout=_LOCK_S, mode=PRIVATE_FILE)
            lock.acquire()
        except (OSError, Timeout):
            yield
            return
        try:
            yield
        finally:
            lock.release()

    def _read(self) -> list[float]:
        try:
            times = json.loads(read_bounded(self._path, _MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return []
        return [float(at) for at in times if type(at) in (int, float)] if isinstance(times, list) else []

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            content = json.dumps(self._times[-A_DAY:]).encode("ascii")
            replace_file(self._path, content, mode=PRIVATE_FILE)

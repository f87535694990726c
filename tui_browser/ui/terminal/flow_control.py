"""Flow control: a frame waits until earlier frames have reached the terminal, and then shows the newest state.

sshd and the network buffer much more than a slow line delivers, so writing succeeds long before anything is seen.
Therefore each frame is followed by a status query (DSR 5, which every terminal answers, in order); output without an
answer counts as in flight. As in congestion control, the window of bytes in flight grows while answers are quick and
shrinks when they are late. A terminal that never answers is asked only once.
"""

from __future__ import annotations

import threading
from collections import deque

ASK = "\x1b[5n"
ANSWER = "\x1b[0n"
LATE_S = 0.1
"""An answer that takes this much longer than a round trip waited behind other output."""
PATIENCE_S = 10.0
"""After this time without an answer, everything counts as arrived: an answer can get lost."""
_LEAST_BYTES, _FIRST_BYTES = 1 << 10, 8 << 10
_FAST_LINE = 200_000
"""Bytes per second: the window never allows more than this per second of round trip."""
_SMALL_BYTES = 512
"""So few bytes take no time on any line; alone in flight, they measure the round trip."""
_TRIPS = 20
_SETTLE_S = 1.0


class FlowControl:
    """Counts the bytes in flight to a terminal; thread-safe. Times are `time.monotonic()` seconds."""

    def __init__(self) -> None:
        self.window = _FIRST_BYTES
        """Another frame is sent while fewer bytes than this are in flight."""
        self._changed = threading.Condition()
        self._unasked = 0
        self._queries: deque[tuple[float, int, bool]] = deque()
        """Time of each query, bytes before it, and whether nothing else was in flight."""
        self._in_flight = 0
        self._last_answer = 0.0
        self._answers = False
        self._silent = False
        self._trips: deque[float] = deque(maxlen=_TRIPS)

    def wrote(self, count: int) -> None:
        """Count bytes that were written."""
        self._unasked += count

    def ask(self, now: float) -> bool:
        """Whether to send `ASK` after the bytes written since the last query."""
        with self._changed:
            count, self._unasked = self._unasked, 0
            if not count or self._silent:
                return False
            self._silent = not self._answers  # until the first answer
            self._queries.append((now, count, not self._queries))
            self._in_flight += count
            return True

    def answered(self, now: float) -> None:
        """The terminal answered its oldest query: everything written before it has arrived."""
        with self._changed:
            if not self._queries:
                return
            self._answers, self._silent, self._last_answer = True, False, now
            asked, count, alone = self._queries.popleft()
            self._in_flight -= count
            trip = now - asked
            if not self._trips or trip < min(self._trips) or (alone and count <= _SMALL_BYTES):
                self._trips.append(trip)
            round_trip = min(self._trips)
            if trip > round_trip + LATE_S:
                self.window = max(self.window // 2, _LEAST_BYTES)
            elif self._in_flight + count > self.window // 2:
                self.window = min(self.window + count, _FIRST_BYTES + int(round_trip * _FAST_LINE))
            self._changed.notify_all()

    def ready(self, now: float, *, queued: int) -> bool:
        """Whether to send a frame; `queued` pieces of output have not even been written on this machine."""
        if queued:
            return False
        with self._changed:
            if not self._answers or not self._queries:
                return True
            if self._in_flight < self.window and now - self._queries[0][0] <= min(self._trips) + LATE_S:
                return True
            if now - max(self._last_answer, self._queries[0][0]) > PATIENCE_S:
                self._forget()
                return True
            return False

    def settle(self, timeout_s: float = _SETTLE_S) -> None:
        """Wait for outstanding answers, which would otherwise end up as input in the shell."""
        with self._changed:
            self._changed.wait_for(lambda: not self._answers or not self._queries, timeout_s)

    def hung_up(self) -> None:
        """The terminal is gone: expect no more answers."""
        with self._changed:
            self._answers, self._silent = False, True
            self._forget()
            self._changed.notify_all()

    def _forget(self) -> None:
        self._queries.clear()
        self._in_flight = 0

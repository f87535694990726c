"""Painting no faster than the terminal takes it: a frame waits until those before it have arrived, and shows what is
then newest.

A slow line swallows output unseen: sshd and the net take much more than they deliver. So the terminal is asked after
each frame whether it is well (DSR 5, which all of them answer, in order), and what it has not answered yet is on the
way. As congestion control does, the most that may be on the way grows while answers come at once and shrinks when
they come late. A terminal that never answers is asked once only.
"""

from __future__ import annotations

import threading
from collections import deque

ASK = "\x1b[5n"
ANSWER = "\x1b[0n"
LATE_S = 0.1
"""Beyond a round trip: an answer that comes later had to wait behind other output."""
PATIENCE_S = 10.0
"""Without any answer for so long, what is on the way counts as arrived: an answer can be lost."""
_LEAST_BYTES, _FIRST_BYTES = 1 << 10, 8 << 10
_QUICK = 200_000
"""Bytes a second of a line that need not be quicker: no more than this is sent ahead in a round trip."""
_SMALL_BYTES = 512
"""So little is sent in no time on any line; alone on the way, it tells the round trip."""
_TRIPS = 20
_SETTLE_S = 1.0


class FlowControl:
    """What is on the way to a terminal. Times are of `time.monotonic`; used by the threads that paint and read."""

    def __init__(self) -> None:
        self.window = _FIRST_BYTES
        """The most bytes on the way with which another frame is sent."""
        self._changed = threading.Condition()
        self._fresh = 0
        self._asked: deque[tuple[float, int, bool]] = deque()
        """When, behind how many bytes, and whether alone on the way."""
        self._under_way = 0
        self._heard = 0.0
        self._answers = False
        self._silent = False
        self._trips: deque[float] = deque(maxlen=_TRIPS)

    def wrote(self, count: int) -> None:
        """So many bytes were handed to the terminal."""
        self._fresh += count

    def ask(self, now: float) -> bool:
        """Whether to send `ASK` behind what was written since the last time."""
        with self._changed:
            count, self._fresh = self._fresh, 0
            if not count or self._silent:
                return False
            self._silent = not self._answers  # until it has answered once
            self._asked.append((now, count, not self._asked))
            self._under_way += count
            return True

    def answered(self, now: float) -> None:
        """The terminal has answered: all up to the oldest question has arrived."""
        with self._changed:
            if not self._asked:
                return
            self._answers, self._silent, self._heard = True, False, now
            asked, count, alone = self._asked.popleft()
            self._under_way -= count
            trip = now - asked
            if not self._trips or trip < min(self._trips) or (alone and count <= _SMALL_BYTES):
                self._trips.append(trip)
            round_trip = min(self._trips)
            if trip > round_trip + LATE_S:
                self.window = max(self.window // 2, _LEAST_BYTES)
            elif self._under_way + count > self.window // 2:
                self.window = min(self.window + count, _FIRST_BYTES + int(round_trip * _QUICK))
            self._changed.notify_all()

    def ready(self, now: float, *, queued: int) -> bool:
        """Whether to send a frame; `queued` pieces of output wait for being written on this machine."""
        if queued:
            return False
        with self._changed:
            if not self._answers or not self._asked:
                return True
            if self._under_way < self.window and now - self._asked[0][0] <= min(self._trips) + LATE_S:
                return True
            if now - max(self._heard, self._asked[0][0]) > PATIENCE_S:
                self._forget()
                return True
            return False

    def settle(self, timeout_s: float = _SETTLE_S) -> None:
        """Wait for answers on their way: after the app has left they would be typed into the shell."""
        with self._changed:
            self._changed.wait_for(lambda: not self._answers or not self._asked, timeout_s)

    def hung_up(self) -> None:
        """No answer comes any more."""
        with self._changed:
            self._answers, self._silent = False, True
            self._forget()
            self._changed.notify_all()

    def _forget(self) -> None:
        self._asked.clear()
        self._under_way = 0

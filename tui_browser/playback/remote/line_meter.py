"""Measures a connection: its round trip, its rate, and how many bytes may be under way on it.

The model is a queue before a line of constant rate: a chunk leaves the queue when the one before it has left and its
own bytes are through, and is acknowledged one round trip later. So each acknowledgement tells how long the line was
busy with its bytes. Chunks are sent at that rate, so that at most 50 ms of them wait in the queue; where the rate was
taken for too high, the bytes under way are limited to what fills the line and those 50 ms.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

QUEUE_S = 0.05
"""Most that sound under way may hold up what comes after it."""
SLOW_BYTES_S = 40_000.0
"""On a line with a lower rate (320 kbit/s) nothing is sent ahead."""
_CHUNK_S = 0.02
_CHUNK_BYTES = (512, 16 << 10)
_WINDOW_BYTES = (1 << 10, 256 << 10)
_UNKNOWN_CHUNK_BYTES = 2 << 10
_UNKNOWN_WINDOW_BYTES = 8 << 10
_UNKNOWN_AHEAD_BYTES = 4 << 10
_ENOUGH_BYTES = 4 << 10
"""The rate counts as measured after so many bytes."""
_FORGET_BYTES, _FORGET_S = 128 << 10, 2.0
"""What was measured before counts half after so much more."""
_ROUND_TRIPS = 8
"""The shortest of so many measurements counts."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    block: Hashable
    size: int
    sent_at: float


class LineMeter:
    """Follows the chunks of one connection; all times are `time.monotonic()`."""

    def __init__(self, round_trip_s: float) -> None:
        self.unacknowledged_bytes = 0
        self._round_trips: deque[float] = deque([round_trip_s], maxlen=_ROUND_TRIPS)
        self._chunks: deque[_Chunk] = deque()
        self._free_at = 0.0  # when the line was through with the last acknowledged chunk
        self._queued_until = 0.0  # when it will be through with all that was sent
        self._busy_s = self._busy_bytes = 0.0

    @property
    def round_trip_s(self) -> float:
        """The time of a small message there and back on the idle line."""
        return min(self._round_trips)

    @property
    def bytes_s(self) -> float | None:
        """The rate at which sound gets through; None before it is known."""
        if self._busy_bytes < _ENOUGH_BYTES:
            return None
        return self._busy_bytes / max(self._busy_s, 1e-6)

    @property
    def is_slow(self) -> bool:
        """Whether nothing should be sent ahead."""
        return self.bytes_s is not None and self.bytes_s < SLOW_BYTES_S

    @property
    def chunk_bytes(self) -> int:
        """A good size for the next chunk: some 20 ms of the line."""
        if self.bytes_s is None:
            return _UNKNOWN_CHUNK_BYTES
        return round(min(max(self.bytes_s * _CHUNK_S, _CHUNK_BYTES[0]), _CHUNK_BYTES[1]))

    def room_bytes(self, *, ahead: bool = False) -> int:
        """How many more bytes may be under way now; `ahead` for sound that nobody waits for."""
        if self.bytes_s is None:
            window = _UNKNOWN_AHEAD_BYTES if ahead else _UNKNOWN_WINDOW_BYTES
        else:
            window = round(min(max(self.bytes_s * (self.round_trip_s + QUEUE_S), _WINDOW_BYTES[0]), _WINDOW_BYTES[1]))
        return max(0, window - self.unacknowledged_bytes)

    def free_again_at(self, size: int) -> float:
        """From when on a chunk of this size waits no longer than `QUEUE_S`."""
        return self._queued_until - max(0.0, QUEUE_S - size / self.bytes_s) if self.bytes_s else 0.0

    def note_round_trip(self, seconds: float) -> None:
        """A small message took this long there and back."""
        self._round_trips.append(seconds)

    def note_sent(self, block: Hashable, size: int, now: float) -> None:
        """A chunk of `block` was handed to the line."""
        self._chunks.append(_Chunk(block, size, now))
        self._queued_until = max(self._queued_until, now) + (size / self.bytes_s if self.bytes_s else 0.0)
        self.unacknowledged_bytes += size

    def note_received(self, block: Hashable, now: float) -> None:
        """The oldest unacknowledged chunk of `block`, and so every chunk before it, has arrived."""
        if not any(chunk.block == block for chunk in self._chunks):
            return
        left_at, began, size = now - self.round_trip_s, self._chunks[0].sent_at, 0
        while self._chunks:
            chunk = self._chunks.popleft()
            size += chunk.size
            if chunk.block == block:
                break
        self.unacknowledged_bytes -= size
        self._busy_s += max(0.0, left_at - max(self._free_at, began))
        self._busy_bytes += size
        self._free_at = max(self._free_at, left_at)
        if self._busy_bytes > _FORGET_BYTES or (self._busy_s > _FORGET_S and self._busy_bytes > 2 * _ENOUGH_BYTES):
            self._busy_s, self._busy_bytes = self._busy_s / 2, self._busy_bytes / 2

    def note_refused(self, block: Hashable) -> None:
        """The chunks of this block were not needed: the listener had it already."""
        kept = [chunk for chunk in self._chunks if chunk.block != block]
        self._chunks = deque(kept)
        self.unacknowledged_bytes = sum(chunk.size for chunk in kept)

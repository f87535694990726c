"""Blocks that apps are sending: their bytes so far, counted over all apps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.protocol import ListenerError

MOST_ARRIVING_BYTES = 12 << 20
"""Bytes of unfinished blocks, of all apps together."""


@dataclass(slots=True)
class _Arrival:
    digest: bytes
    size: int
    data: bytearray = field(default_factory=bytearray)
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)


class Arrivals:
    """The unfinished blocks of one app."""

    def __init__(self) -> None:
        self.bytes = 0
        """What they hold now."""
        self._slots: dict[int, _Arrival] = {}

    def open(self, slot: int, digest: bytes, size: int) -> None:
        """A block follows in this slot; what was unfinished there is dropped."""
        self.drop(slot)
        self._slots[slot] = _Arrival(digest, size)

    def drop(self, slot: int) -> None:
        arrival = self._slots.pop(slot, None)
        self.bytes -= len(arrival.data) if arrival is not None else 0

    def clear(self) -> None:
        self._slots.clear()
        self.bytes = 0

    def is_arriving(self, digest: bytes) -> bool:
        return any(arrival.digest == digest for arrival in self._slots.values())

    def add(self, slot: int, data: bytes) -> tuple[bytes, int, bytes | None] | None:
        """Add bytes: the block's hash, its bytes so far, and the whole block once it is complete.

        None where no block is open in this slot. Raises ListenerError for what cannot be a block, or not this one.
        """
        arrival = self._slots.get(slot)
        if arrival is None:
            return None  # of a block that the cache had
        arrival.data += data
        arrival.hash.update(data)
        self.bytes += len(data)
        received = len(arrival.data)
        if received > arrival.size:
            raise ListenerError("more bytes than were announced")
        if received >= 4 and bytes(arrival.data[:4]) not in wire.MAGICS:
            raise ListenerError("a block that is neither FLAC nor Opus")
        if received < arrival.size:
            return arrival.digest, received, None
        self.drop(slot)
        if arrival.hash.digest() != arrival.digest:
            raise ListenerError("a block that does not match its hash")
        return arrival.digest, received, bytes(arrival.data)

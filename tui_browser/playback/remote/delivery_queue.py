"""The blocks on their way to a listener: which chunk goes next, and when.

Blocks that somebody waits for go before those that are sent ahead. The bytes under way are limited by what the line
takes (`LineMeter`), so that a request never waits behind sound that nobody wants any more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_codec import Block
from tui_browser.playback.remote.line_meter import LineMeter

_MOST_WAITING = 2


@dataclass(eq=False, slots=True)
class _Delivery:
    block: Block
    urgent: bool
    slot: int | None = None
    sent: int = 0
    received: int = 0
    chunks: deque[int] = field(default_factory=deque)
    """Sizes of the chunks that are not acknowledged yet."""

    @property
    def is_sent(self) -> bool:
        return self.sent >= len(self.block.data)


class DeliveryQueue:
    """Used by one thread. All times are `time.monotonic()`."""

    def __init__(self, meter: LineMeter) -> None:
        self.meter = meter
        self.resume_at: float | None = None
        """When there is room for the next chunk; None where it does not wait for that."""
        self._deliveries: deque[_Delivery] = deque()
        self._dropped: list[_Delivery] = []
        """Those that were dropped while chunks of them were under way."""

    @property
    def idle(self) -> bool:
        """Whether no block is on its way."""
        return not self._deliveries

    @property
    def full(self) -> bool:
        """Whether more blocks would only wait."""
        return sum(not delivery.is_sent for delivery in self._deliveries) >= _MOST_WAITING

    @property
    def owed(self) -> bool:
        """Whether the listener has to acknowledge something."""
        return self.meter.unacknowledged_bytes > 0

    def add(self, block: Block, *, urgent: bool) -> None:
        """Deliver this block at once, or after all urgent ones."""
        for delivery in self._deliveries:
            if delivery.block.digest == block.digest:
                delivery.urgent = delivery.urgent or urgent
                return
        self._deliveries.append(_Delivery(block, urgent))

    def drop(self) -> None:
        """Drop the blocks that have not started, and make the others no longer urgent; on a slow line drop all."""
        deliveries, self._deliveries = self._deliveries, deque()
        for delivery in deliveries:
            if delivery.slot is not None and not self.meter.is_slow:
                delivery.urgent = False
                self._deliveries.append(delivery)
            elif delivery.chunks:
                self._dropped.append(delivery)

    def announcements(self) -> list[wire.Put]:
        """Open slots for urgent blocks now, so that the listener knows of them before the next request."""
        waiting = [delivery for delivery in self._deliveries if delivery.urgent and delivery.slot is None]
        return [put for put in map(self._open_slot, waiting) if put is not None]

    def next_message(self, now: float) -> wire.Put | wire.Chunk | None:
        """What goes to the listener next; None when nothing does until an acknowledgement comes, or `resume_at`."""
        self.resume_at = None
        for urgent in (True, False):
            if not urgent and self.meter.is_slow:
                return None
            for delivery in self._deliveries:
                if delivery.urgent is not urgent or delivery.is_sent:
                    continue
                size = min(self.meter.chunk_bytes, len(delivery.block.data) - delivery.sent)
                if self.meter.unacknowledged_bytes and self.meter.room_bytes(ahead=not urgent) < size:
                    return None
                if self.meter.free_again_at(size) > now:
                    self.resume_at = self.meter.free_again_at(size)
                    return None
                if delivery.slot is None:
                    put = self._open_slot(delivery)
                    if put is not None:
                        return put
                    continue
                return self._next_chunk(delivery, size, now)
            if urgent and any(delivery.urgent for delivery in self._deliveries):
                return None  # the line is kept free for it
        return None

    def _next_chunk(self, delivery: _Delivery, size: int, now: float) -> wire.Chunk:
        assert delivery.slot is not None
        part = delivery.block.data[delivery.sent : delivery.sent + size]
        delivery.sent += size
        delivery.chunks.append(size)
        self.meter.note_sent((delivery.slot, delivery.block.digest), size, now)
        return wire.Chunk(delivery.slot, part)

    def _open_slot(self, delivery: _Delivery) -> wire.Put | None:
        taken = {other.slot for other in self._deliveries}
        free = [slot for slot in range(wire.SLOTS) if slot not in taken]
        if not free:
            replaced = next((other for other in self._deliveries if other.slot is not None and not other.urgent), None)
            if replaced is None or not delivery.urgent:
                return None
            self._deliveries.remove(replaced)  # the listener drops what it has of it when the slot is used again
            self._dropped += [replaced] if replaced.chunks else []
            free = [replaced.slot] if replaced.slot is not None else []
        delivery.slot = free[0]
        return wire.Put(delivery.slot, delivery.block.digest, len(delivery.block.data))

    def acknowledge(self, slot: int, digest: bytes, received: int, now: float) -> bool:
        """The listener has `received` bytes of this block; True where that is all of it."""
        deliveries = (*self._dropped, *self._deliveries)
        delivery = next((each for each in deliveries if (each.slot, each.block.digest) == (slot, digest)), None)
        if delivery is None:
            return False
        chunk = delivery.chunks.popleft() if delivery.chunks else 0
        if received == delivery.received + chunk:
            self.meter.note_received((slot, digest), now)
        else:
            self.meter.note_refused((slot, digest))  # the listener had the block already
        delivery.received = received
        complete = received >= len(delivery.block.data)
        if delivery in self._dropped:
            if complete or not delivery.chunks:
                self._dropped.remove(delivery)
        elif complete:
            self._deliveries.remove(delivery)
        return complete

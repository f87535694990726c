"""The meter and the queue on a simulated line: a queue before a line of one rate, then half a round trip each way."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_codec import Block
from tui_browser.playback.remote.delivery_queue import DeliveryQueue
from tui_browser.playback.remote.line_meter import QUEUE_S, SLOW_BYTES_S, LineMeter


class Line:
    """A line of `bytes_s` and a round trip, and a listener at its end that acknowledges every chunk."""

    def __init__(self, bytes_s: float, round_trip_s: float) -> None:
        self.queue = DeliveryQueue(LineMeter(round_trip_s))
        self.now = 0.0
        self.most_queued_s = 0.0
        """The longest that a byte had to wait for those before it, once the rate was known."""
        self._bytes_s, self._round_trip_s = bytes_s, round_trip_s
        self._free_at = 0.0
        self._due: deque[tuple[float, int, bytes, int]] = deque()
        self._open: dict[int, tuple[bytes, int]] = {}

    def run(self, *, seconds: float = 1e9) -> None:
        """Until nothing is left to send, or for so long."""
        end = self.now + seconds
        while self.now < end:
            message = self.queue.next_message(self.now)
            if isinstance(message, wire.Put):
                self._open[message.slot] = (message.digest, 0)
            elif message is not None:
                self._send(message)
            elif self.queue.resume_at is not None and not (self._due and self._due[0][0] < self.queue.resume_at):
                self.now = max(self.now, self.queue.resume_at)
            elif self._due:
                self.now, slot, digest, received = self._due.popleft()
                self.queue.acknowledge(slot, digest, received, self.now)
            else:
                return

    def _send(self, chunk: wire.Chunk) -> None:
        waits_s = max(0.0, self._free_at - self.now)
        if self.queue.meter.bytes_s is not None:
            self.most_queued_s = max(self.most_queued_s, waits_s)
        self._free_at = max(self._free_at, self.now) + len(chunk.data) / self._bytes_s
        digest, received = self._open[chunk.slot]
        self._open[chunk.slot] = (digest, received + len(chunk.data))
        self._due.append((self._free_at + self._round_trip_s, chunk.slot, *self._open[chunk.slot]))


def block(size: int, seed: int = 0) -> Block:
    data = np.random.default_rng(seed).bytes(size)
    return Block(wire.block_digest(data), data, 48_000, 0, 24_000)


@pytest.mark.parametrize("round_trip_s", [0.0, 0.04, 0.2])
@pytest.mark.parametrize("bytes_s", [12_500.0, 125_000.0, 1_250_000.0])
def test_the_rate_is_found_and_the_line_is_filled_and_no_more(bytes_s: float, round_trip_s: float) -> None:
    line = Line(bytes_s, round_trip_s)
    line.queue.add(block(16_000), urgent=True)
    line.run()
    assert line.queue.meter.bytes_s == pytest.approx(bytes_s, rel=0.25)
    assert line.queue.idle and not line.queue.owed
    began, size = line.now, 400_000
    line.most_queued_s = 0.0
    line.queue.add(block(size, 1), urgent=True)
    line.run()
    assert line.now - began < 1.3 * size / bytes_s + 2 * round_trip_s + 0.1
    assert line.most_queued_s < 1.3 * QUEUE_S + 0.05


def test_on_a_slow_line_nothing_is_sent_ahead_and_what_was_begun_is_dropped() -> None:
    line = Line(12_500.0, 0.04)
    line.queue.add(block(16_000), urgent=True)
    line.run(seconds=0.9)
    queue = line.queue
    assert queue.meter.is_slow and not queue.idle
    queue.drop()
    assert line.queue.idle
    line.queue.add(block(16_000, 1), urgent=False)
    line.run()
    assert line.queue.next_message(line.now) is None and not line.queue.owed


def test_on_a_fast_line_what_is_sent_ahead_arrives() -> None:
    line = Line(10 * SLOW_BYTES_S, 0.04)
    for seed in range(6):
        line.queue.add(block(30_000, seed), urgent=False)
    line.run()
    assert line.queue.idle and not line.queue.meter.is_slow


def test_a_block_that_the_listener_had_leaves_nothing_owed() -> None:
    queue = DeliveryQueue(LineMeter(0.0))
    there = block(6_000)
    queue.add(there, urgent=True)
    put = queue.next_message(0.0)
    assert isinstance(put, wire.Put)
    assert isinstance(queue.next_message(0.0), wire.Chunk) and queue.owed
    assert queue.acknowledge(put.slot, there.digest, 6_000, 0.1)
    assert queue.idle and not queue.owed


def test_a_line_that_becomes_slow_is_found_to_be_slow() -> None:
    line = Line(1_250_000.0, 0.0)
    line.queue.add(block(300_000), urgent=True)
    line.run()
    assert not line.queue.meter.is_slow
    line._bytes_s = 12_500.0
    line.queue.add(block(100_000, 1), urgent=True)
    line.run()
    assert line.queue.meter.is_slow

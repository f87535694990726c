"""The app's end of the line: a connection that has proved itself, and blocks on their way through it.

What was asked for goes first. Of every block only so much is under way as the listener has not yet acknowledged, so
that neither the kernel's nor ssh's buffers fill with what nobody waits for any more.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.blocks import Block
from tui_browser.playback.remote.pairing import known_tokens, listener_sockets, open_socket_to_listener
from tui_browser.playback.remote.protocol import ListenerError

HINT = "for sound over SSH, run `tui-browser listen` on your laptop and log in with the line it prints"
CONNECT_S = 3.0
_WINDOW_BYTES = 128 << 10
_WINDOW_AHEAD_BYTES = 32 << 10
_READ_BYTES = 64 << 10
_REFUSALS = {
    wire.REFUSED_VERSION: "the listener is of another version than this program",
    wire.REFUSED_PROOF: "the listener has another secret now",
    wire.REFUSED_FULL: "the listener has too many connections",
}


@dataclass(slots=True)
class _Delivery:
    block: Block
    urgent: bool
    slot: int | None = None
    sent: int = 0
    received: int = 0


class ListenerConnection:
    """One connection to a listener, used by one thread; all that waits is `__init__`."""

    def __init__(self, address: str, tokens: Sequence[bytes]) -> None:
        """Connect and greet; raises LineError or OSError, within a few seconds."""
        self.address = address
        self.sent_bytes = self.received_bytes = 0
        self.waiting_since: float | None = None
        """Since when the listener owes an answer."""
        self._frames = wire.FrameParser(wire.TO_APP)
        self._socket = open_socket_to_listener(address, timeout_s=CONNECT_S)
        try:
            welcome = self._greet(tokens)
        except BaseException:  # whatever ends the greeting, ctrl-c too, nobody else would close the socket
            self._socket.close()
            raise
        self._socket.setblocking(False)
        self.sounds = welcome.sounds
        size = wire.PREFIX_BYTES
        self._held = {welcome.held[at : at + size] for at in range(0, len(welcome.held), size)}
        self._out = bytearray()
        self._deliveries: deque[_Delivery] = deque()

    def fileno(self) -> int:
        return self._socket.fileno()

    def _greet(self, tokens: Sequence[bytes]) -> wire.Accepted:
        nonce = secrets.token_bytes(16)
        self._say(wire.Hello(wire.VERSION, nonce))
        challenge = self._answer(wire.Challenge)
        assert isinstance(challenge, wire.Challenge)
        for token in tokens:
            if wire.same_proof(challenge.proof, wire.proof_of_listener(token, nonce, challenge.nonce)):
                asked = time.monotonic()  # only now: before, ssh had to open its channel as well
                self._say(wire.Proof(wire.proof_of_app(token, nonce, challenge.nonce)))
                welcome = self._answer(wire.Accepted)
                self.round_trip_s = time.monotonic() - asked
                assert isinstance(welcome, wire.Accepted)
                return welcome
        raise ListenerError(
            "this listener is not known here", hint="type the first line that tui-browser listen prints"
        )

    def _say(self, message: wire.Message) -> None:
        data = wire.pack(message)
        self._socket.sendall(data)
        self.sent_bytes += len(data)

    def _answer(self, wanted: type) -> wire.Message:
        end = time.monotonic() + CONNECT_S
        while time.monotonic() < end:
            data = self._socket.recv(_READ_BYTES)
            if not data:
                raise ListenerError("the listener hung up")
            self.received_bytes += len(data)
            for message in self._frames.feed(data):
                if isinstance(message, wire.Denied):
                    raise ListenerError(_REFUSALS.get(message.code, "the listener did not understand"))
                if not isinstance(message, wanted):
                    raise ListenerError("an answer out of turn")
                return message
        raise ListenerError("the listener does not answer")

    # --- what is to be sent ------------------------------------------------------------------------------------------

    def holds(self, digest: bytes) -> bool:
        """Whether the listener is thought to have this block."""
        return digest[: wire.PREFIX_BYTES] in self._held

    def ask(self, message: wire.Message, *, answered: bool = False) -> None:
        """Queue a small message before every block; `answered` where the listener owes an answer to it."""
        self._out += wire.pack(message)
        if answered and self.waiting_since is None:
            self.waiting_since = time.monotonic()

    def deliver(self, block: Block, *, urgent: bool) -> None:
        """Send this block, unless it is there or on its way: at once, or when nothing else is to be done."""
        if self.holds(block.digest):
            return
        for delivery in self._deliveries:
            if delivery.block.digest == block.digest:
                delivery.urgent = delivery.urgent or urgent
                break
        else:
            self._deliveries.append(_Delivery(block, urgent))
        if urgent:
            self._announce()

    def give_way(self) -> None:
        """Nothing that is on its way is urgent any more; what has not begun is dropped."""
        self._deliveries = deque(delivery for delivery in self._deliveries if delivery.slot is not None)
        for delivery in self._deliveries:
            delivery.urgent = False

    @property
    def idle(self) -> bool:
        """Whether no block is on its way."""
        return not self._deliveries

    def _announce(self) -> None:
        """Open a slot for the urgent blocks now, so that a request behind it finds them on their way."""
        for delivery in self._deliveries:
            if delivery.urgent and delivery.slot is None:
                self._open(delivery)

    def _open(self, delivery: _Delivery) -> bool:
        taken = {each.slot for each in self._deliveries}
        free = [slot for slot in range(wire.SLOTS) if slot not in taken]
        if not free:
            idle = next((each for each in self._deliveries if each.slot is not None and not each.urgent), None)
            if idle is None or not delivery.urgent:
                return False
            self._deliveries.remove(idle)  # whatever was half sent: the listener drops it with the slot
            free = [idle.slot] if idle.slot is not None else []
        delivery.slot = free[0]
        self.ask(wire.Put(delivery.slot, delivery.block.digest, len(delivery.block.data)), answered=True)
        return True

    def _next_chunk(self) -> bytes:
        for urgent in (True, False):
            for delivery in self._deliveries:
                if delivery.urgent is not urgent:
                    continue
                window = _WINDOW_BYTES if urgent else _WINDOW_AHEAD_BYTES
                under_way = delivery.sent - delivery.received
                if under_way >= window or delivery.sent >= len(delivery.block.data):
                    continue
                if delivery.slot is None and not self._open(delivery):
                    continue
                if self._out:
                    return b""  # the announcement goes first
                part = delivery.block.data[delivery.sent : delivery.sent + wire.CHUNK_BYTES]
                delivery.sent += len(part)
                if self.waiting_since is None:
                    self.waiting_since = time.monotonic()
                assert delivery.slot is not None
                return wire.pack(wire.Chunk(delivery.slot, part))
            if urgent and any(delivery.urgent for delivery in self._deliveries):
                return b""  # the line is kept free for it
        return b""

    # --- to and fro --------------------------------------------------------------------------------------------------

    def write(self) -> bool:
        """Hand to the kernel what it takes; True when there is more. Raises OSError when the line is gone."""
        while True:
            if not self._out:
                self._out += self._next_chunk()
            if not self._out:
                return False
            try:
                count = self._socket.send(self._out)
            except (BlockingIOError, InterruptedError):
                return True
            self.sent_bytes += count
            del self._out[:count]

    def read(self) -> list[wire.Message]:
        """What the listener has to tell, but for receipts; raises LineError or OSError when the line is gone."""
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return []
        if not data:
            raise ListenerError("the line to the listener was closed")
        self.received_bytes += len(data)
        self.waiting_since = None
        told: list[wire.Message] = []
        for message in self._frames.feed(data):
            match message:
                case wire.Got(slot=slot, digest=digest, received=received):
                    self._receipt(slot, digest, received)
                case wire.Kept(digest=digest):
                    self._held.add(digest[: wire.PREFIX_BYTES])
                case wire.Missing(digest=digest):
                    self._held.discard(digest[: wire.PREFIX_BYTES])
                    told.append(message)
                case wire.DeviceChanged(sounds=sounds):
                    self.sounds = sounds
                    told.append(message)
                case wire.Denied(code=code):
                    raise ListenerError(_REFUSALS.get(code, "the listener did not understand"))
                case _:
                    told.append(message)
        if any(delivery.sent > delivery.received for delivery in self._deliveries):
            self.waiting_since = time.monotonic()
        return told

    def _receipt(self, slot: int, digest: bytes, received: int) -> None:
        for delivery in self._deliveries:
            if delivery.slot == slot and delivery.block.digest == digest:
                delivery.received = received
                if received >= len(delivery.block.data):
                    self._deliveries.remove(delivery)
                    self._held.add(digest[: wire.PREFIX_BYTES])
                return

    def hang_up(self) -> None:
        """Make whoever waits for this line go on; from any thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


def wake_pipe() -> tuple[int, int]:
    """A pipe whose ends never block: (read, write)."""
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    return woken, wake


def connect_to_listener(address: str | None) -> ListenerConnection:
    """A line to a listener: at the address, else the newest that answers; raises LineError with the reason for none."""
    candidates = [address] if address else listener_sockets()
    reason = ListenerError("no line to a listener was found", hint=HINT)
    tokens = known_tokens()
    for candidate in candidates:
        try:
            return ListenerConnection(candidate, tokens)
        except ListenerError as error:
            reason = error
        except OSError as error:
            if address:
                said = error.strerror or str(error)
                reason = ListenerError(f"no listener answers at {address}: {said.lower()}", hint=HINT)
    raise reason

"""The app's end of a connection to a listener: the handshake, requests, and blocks of sound in delivery.

Requests go before blocks. Each block has a window of unacknowledged bytes, so that neither the kernel's nor ssh's
buffers fill with sound that nobody waits for any more.
"""

from __future__ import annotations

import contextlib
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
_PREFETCH_WINDOW_BYTES = 32 << 10
_READ_BYTES = 64 << 10
_REFUSALS = {
    wire.REFUSED_VERSION: "the listener is of another version than this program",
    wire.REFUSED_PROOF: "the listener has a different secret now",
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
    """One connection to a listener, used by one thread; only `__init__` blocks."""

    def __init__(self, address: str, tokens: Sequence[bytes]) -> None:
        """Connect and authenticate within a few seconds; raises ListenerError or OSError."""
        self.address = address
        self.waiting_since: float | None = None
        """Since when the listener owes an answer; None when it owes none."""
        self._frames = wire.FrameParser(wire.TO_APP)
        self._socket = open_socket_to_listener(address, timeout_s=CONNECT_S)
        try:
            accepted = self._authenticate(tokens)
        except BaseException:  # ctrl-c included: nobody else closes the socket
            self._socket.close()
            raise
        self._socket.setblocking(False)
        self.sounds = accepted.sounds
        size = wire.PREFIX_BYTES
        self._held = {accepted.held[at : at + size] for at in range(0, len(accepted.held), size)}
        self._unsent = bytearray()
        self._deliveries: deque[_Delivery] = deque()

    def fileno(self) -> int:
        return self._socket.fileno()

    def _authenticate(self, tokens: Sequence[bytes]) -> wire.Accepted:
        nonce = secrets.token_bytes(16)
        self._send_now(wire.Hello(wire.VERSION, nonce))
        challenge = self._receive(wire.Challenge)
        assert isinstance(challenge, wire.Challenge)
        for token in tokens:
            if wire.same_proof(challenge.proof, wire.proof_of_listener(token, nonce, challenge.nonce)):
                sent = time.monotonic()  # the first round trip includes ssh opening its channel
                self._send_now(wire.Proof(wire.proof_of_app(token, nonce, challenge.nonce)))
                accepted = self._receive(wire.Accepted)
                self.round_trip_s = time.monotonic() - sent
                assert isinstance(accepted, wire.Accepted)
                return accepted
        raise ListenerError(
            "this listener is not known here", hint="type the first line that tui-browser listen prints"
        )

    def _send_now(self, message: wire.Message) -> None:
        self._socket.sendall(wire.pack(message))

    def _receive(self, expected: type) -> wire.Message:
        end = time.monotonic() + CONNECT_S
        while time.monotonic() < end:
            data = self._socket.recv(_READ_BYTES)
            if not data:
                raise ListenerError("the listener closed the connection")
            for message in self._frames.feed(data):
                if isinstance(message, wire.Denied):
                    raise ListenerError(_REFUSALS.get(message.code, "the listener did not understand"))
                if not isinstance(message, expected):
                    raise ListenerError("an answer out of order")
                return message
        raise ListenerError("the listener does not answer")

    # --- requests and blocks -----------------------------------------------------------------------------------------

    def holds(self, digest: bytes) -> bool:
        """Whether the listener has this block, as far as is known."""
        return digest[: wire.PREFIX_BYTES] in self._held

    def send(self, message: wire.Message, *, answered: bool = False) -> None:
        """Queue a message ahead of all blocks; `answered` where the listener has to answer it."""
        self._unsent += wire.pack(message)
        if answered and self.waiting_since is None:
            self.waiting_since = time.monotonic()

    def deliver(self, block: Block, *, urgent: bool) -> None:
        """Deliver a block that the listener lacks: at once, or after all urgent ones."""
        if self.holds(block.digest):
            return
        for delivery in self._deliveries:
            if delivery.block.digest == block.digest:
                delivery.urgent = delivery.urgent or urgent
                break
        else:
            self._deliveries.append(_Delivery(block, urgent))
        if urgent:
            self._open_urgent()

    def drop_deliveries(self) -> None:
        """Drop the blocks that have not started, and make the others no longer urgent."""
        self._deliveries = deque(delivery for delivery in self._deliveries if delivery.slot is not None)
        for delivery in self._deliveries:
            delivery.urgent = False

    @property
    def idle(self) -> bool:
        """Whether no block is being delivered."""
        return not self._deliveries

    def _open_urgent(self) -> None:
        """Open slots for urgent blocks now, so that the listener knows of them before the next request."""
        for delivery in self._deliveries:
            if delivery.urgent and delivery.slot is None:
                self._open_slot(delivery)

    def _open_slot(self, delivery: _Delivery) -> bool:
        taken = {other.slot for other in self._deliveries}
        free = [slot for slot in range(wire.SLOTS) if slot not in taken]
        if not free:
            replaced = next((other for other in self._deliveries if other.slot is not None and not other.urgent), None)
            if replaced is None or not delivery.urgent:
                return False
            self._deliveries.remove(replaced)  # the listener drops what it has of it when the slot is used again
            free = [replaced.slot] if replaced.slot is not None else []
        delivery.slot = free[0]
        self.send(wire.Put(delivery.slot, delivery.block.digest, len(delivery.block.data)), answered=True)
        return True

    def _next_chunk(self) -> bytes:
        for urgent in (True, False):
            for delivery in self._deliveries:
                if delivery.urgent is not urgent:
                    continue
                window = _WINDOW_BYTES if urgent else _PREFETCH_WINDOW_BYTES
                unacknowledged = delivery.sent - delivery.received
                if unacknowledged >= window or delivery.sent >= len(delivery.block.data):
                    continue
                if delivery.slot is None and not self._open_slot(delivery):
                    continue
                if self._unsent:
                    return b""  # the announcement goes first
                part = delivery.block.data[delivery.sent : delivery.sent + wire.CHUNK_BYTES]
                delivery.sent += len(part)
                if self.waiting_since is None:
                    self.waiting_since = time.monotonic()
                assert delivery.slot is not None
                return wire.pack(wire.Chunk(delivery.slot, part))
            if urgent and any(delivery.urgent for delivery in self._deliveries):
                return b""  # the connection is kept free for it
        return b""

    # --- reading and writing -----------------------------------------------------------------------------------------

    def write(self) -> bool:
        """Send what the kernel takes; True when there is more. Raises OSError when the connection is lost."""
        while True:
            if not self._unsent:
                self._unsent += self._next_chunk()
            if not self._unsent:
                return False
            try:
                count = self._socket.send(self._unsent)
            except (BlockingIOError, InterruptedError):
                return True
            del self._unsent[:count]

    def read(self) -> list[wire.Message]:
        """Messages from the listener, without acknowledgements; raises ListenerError or OSError at the end."""
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return []
        if not data:
            raise ListenerError("the connection to the listener was closed")
        self.waiting_since = None
        messages: list[wire.Message] = []
        for message in self._frames.feed(data):
            match message:
                case wire.Got(slot=slot, digest=digest, received=received):
                    self._acknowledge(slot, digest, received)
                case wire.Kept(digest=digest):
                    self._held.add(digest[: wire.PREFIX_BYTES])
                case wire.Missing(digest=digest):
                    self._held.discard(digest[: wire.PREFIX_BYTES])
                    messages.append(message)
                case wire.DeviceChanged(sounds=sounds):
                    self.sounds = sounds
                    messages.append(message)
                case wire.Denied(code=code):
                    raise ListenerError(_REFUSALS.get(code, "the listener did not understand"))
                case _:
                    messages.append(message)
        if any(delivery.sent > delivery.received for delivery in self._deliveries):
            self.waiting_since = time.monotonic()
        return messages

    def _acknowledge(self, slot: int, digest: bytes, received: int) -> None:
        for delivery in self._deliveries:
            if delivery.slot == slot and delivery.block.digest == digest:
                delivery.received = received
                if received >= len(delivery.block.data):
                    self._deliveries.remove(delivery)
                    self._held.add(digest[: wire.PREFIX_BYTES])
                return

    def shut_down(self) -> None:
        """Wake the thread that waits for this connection; may be called from any thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


def connect_to_listener(address: str | None) -> ListenerConnection:
    """A connection to the listener at `address`, else to the newest that answers; raises ListenerError."""
    candidates = [address] if address else listener_sockets()
    failure = ListenerError("no listener was found", hint=HINT)
    tokens = known_tokens()
    for candidate in candidates:
        try:
            return ListenerConnection(candidate, tokens)
        except ListenerError as error:
            failure = error
        except OSError as error:
            if address:
                reason = (error.strerror or str(error)).lower()
                failure = ListenerError(f"no listener answers at {address}: {reason}", hint=HINT)
    raise failure

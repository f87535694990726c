"""The app's end of a connection to a listener: the handshake, requests, and blocks of sound in delivery.

Requests go before blocks, and of blocks only so much is under way that neither the kernel's nor ssh's buffers fill with
sound that nobody waits for any more.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Sequence

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_codec import Block
from tui_browser.playback.remote.delivery_queue import DeliveryQueue
from tui_browser.playback.remote.line_meter import LineMeter
from tui_browser.playback.remote.pairing import known_tokens, listener_sockets, open_socket_to_listener
from tui_browser.playback.remote.protocol import ListenerError

HINT = "for sound over SSH, log in with `tui-browser ssh HOST` on your laptop"
CONNECT_S = 3.0
_PING_S = 2.0
"""The round trip is measured at most so often, and only while something is sent."""
_MOST_HELD = 16_384
"""Blocks of which is known that the listener has them."""
_READ_BYTES = 64 << 10
_REFUSALS = {
    wire.REFUSED_VERSION: "the listener is of another version than this program",
    wire.REFUSED_PROOF: "the listener has a different secret now",
    wire.REFUSED_FULL: "the listener has too many connections",
}


class UnknownListenerError(ListenerError):
    """A listener whose secret is not known here, or is another one now."""


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
            accepted, round_trip_s = self._authenticate(tokens)
        except BaseException:  # ctrl-c included: nobody else closes the socket
            self._socket.close()
            raise
        self._socket.setblocking(False)
        self.sounds = accepted.sounds
        size = wire.PREFIX_BYTES
        newest_first = [accepted.held[at : at + size] for at in range(0, len(accepted.held), size)]
        self._held = dict.fromkeys(reversed(newest_first))
        self._unsent = bytearray()
        self.deliveries = DeliveryQueue(LineMeter(round_trip_s))
        self._ping = 0
        self._pinged_at = 0.0
        self._measure_round_trip()

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def round_trip_s(self) -> float:
        """The time of a small message there and back."""
        return self.deliveries.meter.round_trip_s

    def _authenticate(self, tokens: Sequence[bytes]) -> tuple[wire.Accepted, float]:
        """The listener's greeting, and a first measurement of the round trip in seconds."""
        nonce = secrets.token_bytes(16)
        opened = time.monotonic()
        self._send_now(wire.Hello(wire.VERSION, nonce))
        challenge = self._receive(wire.Challenge)
        assert isinstance(challenge, wire.Challenge)
        opening_s = time.monotonic() - opened
        for token in tokens:
            if wire.same_proof(challenge.proof, wire.proof_of_listener(token, nonce, challenge.nonce)):
                sent = time.monotonic()
                self._send_now(wire.Proof(wire.proof_of_app(token, nonce, challenge.nonce)))
                accepted = self._receive(wire.Accepted)
                # the first includes ssh opening its channel, the second a long answer
                assert isinstance(accepted, wire.Accepted)
                return accepted, min(opening_s, time.monotonic() - sent)
        raise UnknownListenerError(
            "this listener is not known here", hint="`tui-browser ssh` on your laptop pairs both"
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
        if answered:
            self._expect_answer()
            self._measure_round_trip()

    def _expect_answer(self) -> None:
        if self.waiting_since is None:
            self.waiting_since = time.monotonic()

    def _measure_round_trip(self) -> None:
        """Send a ping, unless sound is under way that it would have to wait for, or one was sent just now."""
        now = time.monotonic()
        if now - self._pinged_at > _PING_S and not self.deliveries.owed:
            self._ping, self._pinged_at = (self._ping + 1) & 0xFFFFFFFF, now
            self.send(wire.Ping(self._ping))
            self._expect_answer()

    def deliver(self, block: Block, *, urgent: bool) -> None:
        """Deliver a block that the listener lacks: at once, or after all urgent ones."""
        if self.holds(block.digest):
            return
        if self.deliveries.idle:
            self._measure_round_trip()
        self.deliveries.add(block, urgent=urgent)
        for put in self.deliveries.announcements():
            self.send(put, answered=True)

    # --- reading and writing -----------------------------------------------------------------------------------------

    def write(self) -> bool:
        """Send what the kernel takes; True when there is more. Raises OSError when the connection is lost."""
        while True:
            if not self._unsent:
                message = self.deliveries.next_message(time.monotonic())
                if message is not None:
                    self._unsent += wire.pack(message)
                    self._expect_answer()
            if not self._unsent:
                return False
            try:
                count = self._socket.send(self._unsent)
            except (BlockingIOError, InterruptedError):
                return True
            del self._unsent[:count]

    def read(self) -> list[wire.Message]:
        """Messages from the listener, without those dealt with here; raises ListenerError or OSError at the end."""
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
                    if self.deliveries.acknowledge(slot, digest, received, time.monotonic()):
                        self._note_held(digest)
                case wire.Kept(digest=digest):
                    self._note_held(digest)
                case wire.Pong(number=number):
                    if number == self._ping:
                        self.deliveries.meter.note_round_trip(time.monotonic() - self._pinged_at)
                case wire.Missing(digest=digest):
                    self._held.pop(digest[: wire.PREFIX_BYTES], None)
                    messages.append(message)
                case wire.DeviceChanged(sounds=sounds):
                    self.sounds = sounds
                    messages.append(message)
                case wire.Denied(code=code):
                    raise ListenerError(_REFUSALS.get(code, "the listener did not understand"))
                case _:
                    messages.append(message)
        if self.deliveries.owed:
            self.waiting_since = time.monotonic()
        return messages

    def _note_held(self, digest: bytes) -> None:
        self._held[digest[: wire.PREFIX_BYTES]] = None
        if len(self._held) > _MOST_HELD:
            del self._held[next(iter(self._held))]

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

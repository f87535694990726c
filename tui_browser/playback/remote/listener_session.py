"""One app at the other end of a listener's line: greeted, then taken at its word as far as the protocol goes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_cache import BlockCache
from tui_browser.playback.remote.block_voice import BlockVoice
from tui_browser.playback.remote.blocks import decode_block
from tui_browser.playback.remote.listener_player import BUFFERED_S, ListenerPlayer, RemoteSound
from tui_browser.playback.remote.protocol import ListenerError

GREET_S = 10.0
"""The time that an app has to prove itself."""
_UNSENT_BYTES = 256 << 10
_READ_BYTES = 64 << 10


@dataclass(slots=True)
class _Arrival:
    digest: bytes
    size: int
    data: bytearray = field(default_factory=bytearray)


class ListenerSession:
    """Serves one connection; whatever it must not say ends it with a LineError."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        token: bytes,
        cache: BlockCache,
        speaker: ListenerPlayer,
        arrived: Callable[[ListenerSession, bytes], None],
    ) -> None:
        """`arrived` is called with the hash of a block that has come, for which any session may have waited."""
        self._reader = reader
        self._writer = writer
        self._token = token
        self._cache = cache
        self._speaker = speaker
        self._arrived = arrived
        self.greeted = False
        self._frames = wire.FrameParser(wire.TO_GREET)
        self._slots: dict[int, _Arrival] = {}
        self._performance: RemoteSound | None = None

    async def run(self) -> None:
        """Greet, then serve until the other end closes; raises LineError."""
        try:
            async with asyncio.timeout(GREET_S):
                await self._greet()
            self._frames.allowed = wire.TO_LISTENER
            self.greeted = True
            while data := await self._reader.read(_READ_BYTES):
                for message in self._frames.feed(data):
                    self._take(message)
                if self._writer.transport.get_write_buffer_size() > _UNSENT_BYTES:
                    raise ListenerError("an app that asks and does not listen")
        except TimeoutError as error:
            raise ListenerError("a connection that did not prove itself in time") from error
        finally:
            if self._performance is not None:
                if self._performance.voice.loop:
                    self._speaker.stop(self._performance)
                self._performance.voice.finish()  # what is here is heard to its end
                self._performance.last_known = True
                self._performance.wanted.clear()

    def send(self, message: wire.Message) -> None:
        if not self._writer.is_closing():
            self._writer.write(wire.pack(message))

    async def _greet(self) -> None:
        hello = await self._next()
        if not isinstance(hello, wire.Hello):
            raise ListenerError("a greeting out of turn")
        if hello.version != wire.VERSION:
            self.send(wire.Denied(wire.REFUSED_VERSION))
            raise ListenerError("an app of another version")
        nonce = secrets.token_bytes(16)
        self.send(wire.Challenge(nonce, wire.proof_of_listener(self._token, hello.nonce, nonce)))
        proof = await self._next()
        right = wire.proof_of_app(self._token, hello.nonce, nonce)
        if not isinstance(proof, wire.Proof) or not wire.same_proof(proof.proof, right):
            self.send(wire.Denied(wire.REFUSED_PROOF))
            raise ListenerError("an app with a wrong secret, or none")
        held = b"".join(digest[: wire.PREFIX_BYTES] for digest in self._cache.newest(wire.GREETED))
        self.send(wire.Accepted(self._speaker.sounds, held))

    async def _next(self) -> wire.Message:
        """The one message that may come next; nothing is sent ahead while greeting."""
        while True:
            data = await self._reader.read(_READ_BYTES)
            if not data:
                raise ListenerError("a connection that said nothing more")
            messages = list(self._frames.feed(data))
            if len(messages) > 1:
                raise ListenerError("a greeting out of turn")
            if messages:
                return messages[0]

    def _take(self, message: wire.Message) -> None:
        match message:
            case wire.PlayBlock():
                self._play(message)
            case wire.More(tag=tag, digest=digest):
                if self._performance is not None and self._performance.tag == tag:
                    if len(self._performance.wanted) >= wire.QUEUE:
                        raise ListenerError("a sound too far ahead of what is heard")
                    self._performance.wanted.append(digest)
                    self.advance()
            case wire.End(tag=tag):
                if self._performance is not None and self._performance.tag == tag:
                    self._performance.last_known = True
                    self.advance()
            case wire.Halt():
                self.send(wire.Over(self._performance.tag if self._performance is not None else 0))
                if self._performance is not None:
                    self._speaker.stop(self._performance)
                    self._performance = None
            case wire.Put(slot=slot, digest=digest, size=size):
                self._slots[slot] = _Arrival(digest, size)
                if digest in self._cache:
                    del self._slots[slot]
                    self.send(wire.Got(slot, digest, size))
            case wire.Chunk(slot=slot, data=data):
                self._add(slot, data)
            case _:
                raise ListenerError("a message of the other direction")

    def _play(self, asked: wire.PlayBlock) -> None:
        self._speaker.look_again()
        voice = BlockVoice(
            rate=self._speaker.rate,
            start=asked.start,
            gain_db=asked.gain_db,
            speed=asked.speed,
            loop=asked.loop and asked.last,
        )
        performance = RemoteSound(
            asked.tag,
            begun=lambda tag: self.send(wire.Begun(tag)),
            over=lambda tag: self.send(wire.Over(tag)),
            voice=voice,
        )
        performance.wanted.append(asked.digest)
        performance.last_known = asked.last
        self._performance = performance
        self.advance()

    def _add(self, slot: int, data: bytes) -> None:
        arrival = self._slots.get(slot)
        if arrival is None:
            return  # of a block that turned out to be here already
        arrival.data += data
        if len(arrival.data) > arrival.size:
            raise ListenerError("more bytes than were announced")
        self.send(wire.Got(slot, arrival.digest, len(arrival.data)))
        if len(arrival.data) == arrival.size:
            del self._slots[slot]
            if not self._cache.put(arrival.digest, bytes(arrival.data)):
                raise ListenerError("a block that is not what its hash says")
            self._arrived(self, arrival.digest)

    def advance(self) -> None:
        """Hand to the voice what has come of the sound that was asked for last, as far as it has room."""
        performance = self._performance
        if performance is None or performance.voice.complete:
            return
        voice = performance.voice
        while performance.wanted and voice.buffered_s < BUFFERED_S:
            data = self._cache.get(performance.wanted[0])
            if data is None:
                coming = any(arrival.digest == performance.wanted[0] for arrival in self._slots.values())
                if not coming and performance.missed != performance.wanted[0]:
                    performance.missed = performance.wanted[0]
                    self.send(wire.Missing(performance.missed))
                return
            try:
                samples, rate = decode_block(data)
            except ListenerError:
                self.send(wire.Broken(performance.tag))
                self._speaker.stop(performance)
                self._performance = None
                return
            performance.wanted.popleft()
            voice.push(samples, rate, last=performance.last_known and not performance.wanted)
            if not performance.sounding:
                self._speaker.play(performance)
        if performance.last_known and not performance.wanted:
            voice.finish()

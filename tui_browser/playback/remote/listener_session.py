"""The listener's end of one connection: authenticates the app, then does what the protocol allows."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_cache import BlockCache
from tui_browser.playback.remote.block_voice import BlockVoice
from tui_browser.playback.remote.blocks import decode_block
from tui_browser.playback.remote.listener_player import BUFFERED_S, ListenerPlayer, MessageWriter, RemoteSound
from tui_browser.playback.remote.protocol import ListenerError

HANDSHAKE_S = 10.0
"""How long an app has to authenticate."""
_MOST_UNSENT_BYTES = 256 << 10
_READ_BYTES = 64 << 10


@dataclass(slots=True)
class _Arrival:
    """A block that is being received."""

    digest: bytes
    size: int
    data: bytearray = field(default_factory=bytearray)


class ListenerSession:
    """Serves one connection; a message that is not allowed ends it with a ListenerError."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        token: bytes,
        cache: BlockCache,
        player: ListenerPlayer,
    ) -> None:
        self.app = MessageWriter(writer)
        self.authenticated = False
        self._reader = reader
        self._writer = writer
        self._token = token
        self._cache = cache
        self._player = player
        self._frames = wire.FrameParser(wire.TO_GREET)
        self._slots: dict[int, _Arrival] = {}
        self._sound: RemoteSound | None = None

    async def serve(self) -> AsyncGenerator[bytes]:
        """Serve until the app closes; yields the hash of each block that is complete. Raises ListenerError."""
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await self._authenticate()
            self._frames.allowed = wire.TO_LISTENER
            self.authenticated = True
            while data := await self._reader.read(_READ_BYTES):
                for message in self._frames.feed(data):
                    digest = self._handle(message)
                    if digest is not None:
                        yield digest
                if self._writer.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
                    raise ListenerError("an app that sends requests and reads no answers")
        except TimeoutError as error:
            raise ListenerError("a connection that did not authenticate in time") from error
        finally:
            if self._sound is not None:
                if self._sound.voice.loop:
                    self._player.stop(self._sound)
                self._sound.voice.finish()  # the blocks received are played to the end
                self._sound.last_known = True
                self._sound.missing.clear()

    async def _authenticate(self) -> None:
        hello = await self._next_message()
        if not isinstance(hello, wire.Hello):
            raise ListenerError("a handshake out of order")
        if hello.version != wire.VERSION:
            self.app.send(wire.Denied(wire.REFUSED_VERSION))
            raise ListenerError("an app of another version")
        nonce = secrets.token_bytes(16)
        self.app.send(wire.Challenge(nonce, wire.proof_of_listener(self._token, hello.nonce, nonce)))
        proof = await self._next_message()
        expected = wire.proof_of_app(self._token, hello.nonce, nonce)
        if not isinstance(proof, wire.Proof) or not wire.same_proof(proof.proof, expected):
            self.app.send(wire.Denied(wire.REFUSED_PROOF))
            raise ListenerError("an app with a wrong secret, or none")
        held = b"".join(digest[: wire.PREFIX_BYTES] for digest in self._cache.newest(wire.GREETED))
        self.app.send(wire.Accepted(self._player.sounds, held))

    async def _next_message(self) -> wire.Message:
        """The one message that may come next: an app sends nothing ahead during the handshake."""
        while True:
            data = await self._reader.read(_READ_BYTES)
            if not data:
                raise ListenerError("a connection that closed during the handshake")
            messages = list(self._frames.feed(data))
            if len(messages) > 1:
                raise ListenerError("a handshake out of order")
            if messages:
                return messages[0]

    def _handle(self, message: wire.Message) -> bytes | None:
        """Do what the app asks for; returns the hash of a block that is complete now."""
        sound = self._sound
        match message:
            case wire.PlayBlock():
                self._play(message)
            case wire.More(tag=tag, digest=digest):
                if sound is not None and sound.tag == tag:
                    if len(sound.missing) >= wire.QUEUE:
                        raise ListenerError("a sound sent too far ahead")
                    sound.missing.append(digest)
                    self.advance()
            case wire.End(tag=tag):
                if sound is not None and sound.tag == tag:
                    sound.last_known = True
                    self.advance()
            case wire.Halt():
                self.app.send(wire.Over(sound.tag if sound is not None else 0))
                if sound is not None:
                    self._player.stop(sound)
                    self._sound = None
            case wire.Put(slot=slot, digest=digest, size=size):
                self._slots[slot] = _Arrival(digest, size)
                if digest in self._cache:
                    del self._slots[slot]
                    self.app.send(wire.Got(slot, digest, size))
            case wire.Chunk(slot=slot, data=data):
                return self._add(slot, data)
            case _:
                raise ListenerError("a message of the other direction")
        return None

    def _play(self, request: wire.PlayBlock) -> None:
        self._player.try_lost_device()
        voice = BlockVoice(
            rate=self._player.rate,
            start=request.start,
            gain_db=request.gain_db,
            speed=request.speed,
            loop=request.loop and request.last,
        )
        self._sound = RemoteSound(request.tag, self.app, voice, last_known=request.last)
        self._sound.missing.append(request.digest)
        self.advance()

    def _add(self, slot: int, data: bytes) -> bytes | None:
        """Add bytes to a block; returns its hash when it is complete."""
        arrival = self._slots.get(slot)
        if arrival is None:
            return None  # of a block that the cache had
        arrival.data += data
        if len(arrival.data) > arrival.size:
            raise ListenerError("more bytes than were announced")
        self.app.send(wire.Got(slot, arrival.digest, len(arrival.data)))
        if len(arrival.data) < arrival.size:
            return None
        del self._slots[slot]
        if not self._cache.put(arrival.digest, bytes(arrival.data)):
            raise ListenerError("a block that does not match its hash")
        return arrival.digest

    def advance(self) -> None:
        """Decode the blocks of the current sound that have arrived, as far as its voice has room."""
        sound = self._sound
        if sound is None or sound.voice.complete:
            return
        while sound.missing and sound.voice.buffered_s < BUFFERED_S:
            digest = sound.missing[0]
            data = self._cache.get(digest)
            if data is None:
                arriving = any(arrival.digest == digest for arrival in self._slots.values())
                if not arriving and sound.reported != digest:
                    sound.reported = digest
                    self.app.send(wire.Missing(digest))
                return
            try:
                samples, rate = decode_block(data)
            except ListenerError:
                self.app.send(wire.Broken(sound.tag))
                self._player.stop(sound)
                self._sound = None
                return
            sound.missing.popleft()
            sound.voice.push(samples, rate, last=sound.last_known and not sound.missing)
            if not sound.started:
                self._player.play(sound)
        if sound.last_known and not sound.missing:
            sound.voice.finish()

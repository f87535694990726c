"""The listener's end of one connection: authenticates the app, then does what the protocol allows."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_arrivals import Arrivals
from tui_browser.playback.remote.block_cache import BlockCache
from tui_browser.playback.remote.block_codec import decode_block
from tui_browser.playback.remote.block_voice import BlockVoice
from tui_browser.playback.remote.listener_beat import ListenerBeat
from tui_browser.playback.remote.listener_player import (
    BUFFERED_S,
    BlockPart,
    ListenerPlayer,
    MessageWriter,
    RemoteSound,
)
from tui_browser.playback.remote.protocol import ListenerError

HANDSHAKE_S = 10.0
"""How long an app has to authenticate."""
_READ_BYTES = 64 << 10
_TURN_S = 0.002
"""After so long with the messages of one app the others have their turn."""


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
        decoder: Executor,
        admit: Callable[[], bool],
        limit_arrivals: Callable[[], None],
    ) -> None:
        """`decoder` decodes blocks, one at a time; `admit` tells whether one more app that proved itself may stay.

        `limit_arrivals` is called whenever `arrivals` have grown.
        """
        self.app = MessageWriter(writer)
        self.greeted = False
        """Whether the app has opened the handshake."""
        self.authenticated = False
        self.heard_at = time.monotonic()
        """When the app last sent something."""
        self.arrivals = Arrivals()
        self._reader = reader
        self._token = token
        self._cache = cache
        self._player = player
        self._decoder = decoder
        self._admit = admit
        self._limit_arrivals = limit_arrivals
        self._frames = wire.FrameParser(wire.TO_GREET)
        self._sound: RemoteSound | None = None
        self._decoding: asyncio.Task[None] | None = None
        self._beat = ListenerBeat(
            self.app, cache=cache, player=player, decoder=decoder, is_arriving=self.arrivals.is_arriving
        )

    async def serve(self) -> AsyncGenerator[bytes]:
        """Serve until the app closes; yields the hash of each block that is complete. Raises ListenerError."""
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await self._authenticate()
            self._frames.allowed = wire.TO_LISTENER
            while data := await self._reader.read(_READ_BYTES):
                self.heard_at = began = time.monotonic()
                for message in self._frames.feed(data):
                    digest = self._handle(message)
                    if digest is not None:
                        yield digest
                    if time.monotonic() - began > _TURN_S:
                        await asyncio.sleep(0)
                        began = time.monotonic()
            if self.app.overflowed:
                raise ListenerError("an app that reads no answers")
        except TimeoutError as error:
            raise ListenerError("a connection that did not authenticate in time") from error
        finally:
            self.arrivals.clear()
            self._beat.halt()
            if self._sound is not None:
                if self._sound.voice.loop:
                    self._player.stop(self._sound)
                self._sound.last_known = True  # the blocks received are played to the end
                self._sound.missing.clear()
                self.advance()

    async def _authenticate(self) -> None:
        hello = await self._next_message()
        if not isinstance(hello, wire.Hello):
            raise ListenerError("a handshake out of order")
        if hello.version != wire.VERSION:
            self.app.send(wire.Denied(wire.REFUSED_VERSION))
            raise ListenerError("an app of another version")
        self.greeted = True
        nonce = secrets.token_bytes(16)
        self.app.send(wire.Challenge(nonce, wire.proof_of_listener(self._token, hello.nonce, nonce)))
        proof = await self._next_message()
        expected = wire.proof_of_app(self._token, hello.nonce, nonce)
        if not isinstance(proof, wire.Proof) or not wire.same_proof(proof.proof, expected):
            self.app.send(wire.Denied(wire.REFUSED_PROOF))
            raise ListenerError("an app with a wrong secret, or none")
        if not self._admit():
            self.app.send(wire.Denied(wire.REFUSED_FULL))
            raise ListenerError("more apps than a listener takes")
        self.authenticated = True
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
            case wire.More(tag=tag):
                if sound is not None and sound.tag == tag:
                    if len(sound.missing) >= wire.QUEUE:
                        raise ListenerError("a sound sent too far ahead")
                    sound.missing.append(BlockPart(message.digest, message.start, message.end))
                    self.advance()
            case wire.End(tag=tag):
                if sound is not None and sound.tag == tag:
                    sound.last_known = True
                    self.advance()
            case wire.Halt():
                self.app.send(wire.Over(sound.tag if sound is not None else 0))
                self._let_go()
            case wire.PlayPattern():
                self._beat.play(message)
            case wire.HaltPattern():
                self._beat.halt()
            case wire.Put(slot=slot, digest=digest, size=size):
                if digest in self._cache:
                    self.arrivals.drop(slot)
                    self.app.send(wire.Got(slot, digest, size))
                else:
                    self.arrivals.open(slot, digest, size)
            case wire.Chunk(slot=slot, data=data):
                return self._add(slot, data)
            case wire.Ping(number=number):
                self.app.send(wire.Pong(number))
            case _:
                raise ListenerError("a message of the other direction")
        return None

    def _play(self, request: wire.PlayBlock) -> None:
        voice = BlockVoice(
            rate=self._player.rate,
            start=request.start,
            gain_db=request.gain_db,
            speed=request.speed,
            loop=request.loop and request.last,
        )
        if self._sound is not None and not self._sound.started:
            self._sound.over = True  # it never will
        self._sound = RemoteSound(request.tag, self.app, voice, last_known=request.last)
        self._sound.missing.append(BlockPart(request.digest, 0, request.end))
        self.advance()

    def _let_go(self) -> None:
        if self._sound is not None:
            self._player.stop(self._sound)
            self._sound = None

    def _add(self, slot: int, data: bytes) -> bytes | None:
        """Add bytes to a block; returns its hash when it is complete."""
        added = self.arrivals.add(slot, data)
        if added is None:
            return None
        digest, received, block = added
        self.app.send(wire.Got(slot, digest, received))
        if block is None:
            self._limit_arrivals()
            return None
        self._cache.put(digest, block)
        return digest

    # --- decoding ----------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Decode the next block of the current sound, when it has arrived and the voice has room; and of the beat."""
        self._beat.advance()
        sound = self._sound
        if sound is not None and sound.over:
            sound = self._sound = None
        if sound is None or self._decoding is not None or sound.voice.complete:
            return
        if not sound.missing:
            if sound.last_known:
                sound.voice.finish()
            return
        part = sound.missing[0]
        if sound.voice.buffered_s >= BUFFERED_S:
            return
        if part.digest in self._cache:
            self._decoding = asyncio.get_running_loop().create_task(self._decode(sound, part))
        elif not self.arrivals.is_arriving(part.digest) and sound.reported != part.digest:
            sound.reported = part.digest
            self.app.send(wire.Missing(part.digest))

    async def _decode(self, sound: RemoteSound, part: BlockPart) -> None:
        """Decode one block in the decoder's thread, then go on."""
        last = sound.last_known and len(sound.missing) == 1
        run = asyncio.get_running_loop().run_in_executor
        try:
            data = await run(self._decoder, _feed, self._cache, sound, part, last)
        except ListenerError:
            self.app.send(wire.Broken(sound.tag))
            self._player.stop(sound)
            data = None
        finally:
            self._decoding = None
        if not sound.over:
            self._cache.note_use(part.digest, data)
        if data is not None and not sound.over:
            if sound.missing:
                sound.missing.popleft()
            if not sound.started:
                self._player.play(sound)
        self.advance()


def _feed(cache: BlockCache, sound: RemoteSound, part: BlockPart, last: bool) -> bytes | None:
    """Give a block to the voice of a sound; returns its bytes, None when the cache has lost it."""
    data = None if sound.over else cache.load(part.digest)
    if data is not None:
        samples, rate = decode_block(data)
        sound.voice.push(samples[part.start : part.end], rate, last=last)
    return data

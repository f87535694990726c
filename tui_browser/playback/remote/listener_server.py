"""The listener's process: accepts connections and serves them with one player and one cache.

It plays sounds and does nothing else; `protocol` lists every message that it takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

from tui_browser.playback.remote.block_arrivals import MOST_ARRIVING_BYTES
from tui_browser.playback.remote.block_cache import BlockCache
from tui_browser.playback.remote.listener import ListenerOptions
from tui_browser.playback.remote.listener_player import ListenerPlayer
from tui_browser.playback.remote.listener_session import ListenerSession
from tui_browser.playback.remote.protocol import (
    REFUSED_FRAME,
    Denied,
    DeviceChanged,
    Kept,
    ListenerError,
)

SESSIONS = 16
"""Most apps at once that have authenticated."""
UNPROVED = 64
"""Most connections at once that have not."""
_ACCEPTED = 16
"""Connections that are taken in one go: fewer than UNPROVED, so that each can say its first word."""
_BACKLOG = 512
"""Connections that may wait to be taken."""
_IDLE_S = 60.0
"""An app that was silent for so long gives way to a new one where there are too many."""
_TEND_S = 0.5
_CLOSE_S = 1.0
_MOST_NOTES = 100


def listener_main(conn: Connection, options: ListenerOptions) -> None:
    """Serve at the socket that the parent hands over, until the parent closes."""
    from multiprocessing.reduction import recv_handle

    listening = socket.socket(fileno=recv_handle(conn))
    asyncio.run(_ListenerServer(conn, options).serve(listening))


class _ListenerServer:
    """All sessions, the player and the cache they share, and notes for the person."""

    def __init__(self, conn: Connection, options: ListenerOptions) -> None:
        self._conn = conn
        self._options = options
        self._cache = BlockCache(options.cache_folder, limit=options.cache_bytes)
        self._sessions: dict[ListenerSession, None] = {}  # the oldest first
        self._decoder = ThreadPoolExecutor(1, "decoder")
        self._finding: asyncio.Task[None] | None = None
        self._notes: set[str] = set()
        self._device_note = ""
        self._done = asyncio.Event()
        self._woken = asyncio.Event()

    async def serve(self, listening: socket.socket) -> None:
        import soundfile  # noqa: F401  # 50 ms that the first sound need not wait for

        loop = asyncio.get_running_loop()
        loop.add_reader(self._conn.fileno(), self._done.set)  # the parent sends nothing; readable means that it closed

        def notify() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._woken.set)

        player = ListenerPlayer(self._options.player, notify=notify)
        handlers: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = loop.create_task(self._serve_app(reader, writer, player))
            handlers.add(task)
            task.add_done_callback(handlers.discard)

        start = asyncio.start_server if listening.family == socket.AF_INET else asyncio.start_unix_server
        server = await start(connected, sock=listening, backlog=_ACCEPTED)
        listening.listen(_BACKLOG)  # asyncio has one number for what may wait and for what it takes in one go
        tending = loop.create_task(self._tend(player))
        async with server:
            await self._done.wait()
        loop.remove_reader(self._conn.fileno())
        for task in [tending, *handlers]:
            task.cancel()
        await asyncio.gather(tending, *handlers, return_exceptions=True)
        self._decoder.shutdown(cancel_futures=True)
        player.close()

    async def _serve_app(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, player: ListenerPlayer
    ) -> None:
        self._limit_unproved()
        session = ListenerSession(
            reader,
            writer,
            token=self._options.token,
            cache=self._cache,
            player=player,
            decoder=self._decoder,
            admit=self._admit,
            limit_arrivals=self._limit_arrivals,
        )
        self._sessions[session] = None
        try:
            async with contextlib.aclosing(session.serve()) as digests:
                async for digest in digests:
                    self._announce_block(session, digest)
        except ListenerError as error:
            self._send_note(f"refused: {error.what}")
            session.app.send(Denied(REFUSED_FRAME))
        except OSError:
            return  # the connection is lost; the app connects again
        finally:
            self._sessions.pop(session, None)
            await _close_stream(writer)

    def _limit_unproved(self) -> None:
        """Make room for one more connection: the oldest that has not even said its first word goes, else the oldest."""
        unproved = [session for session in self._sessions if not session.authenticated]
        if len(unproved) >= UNPROVED:
            self._send_note("refused: more connections without the secret than a listener takes")
            self._drop(next((session for session in unproved if not session.greeted), unproved[0]))

    def _admit(self) -> bool:
        """Whether one more app may stay; where there are too many, one that has been silent for long gives way."""
        proved = [session for session in self._sessions if session.authenticated]
        if len(proved) < SESSIONS:
            return True
        quietest = min(proved, key=lambda session: session.heard_at)
        if time.monotonic() - quietest.heard_at < _IDLE_S:
            return False
        self._drop(quietest)
        return True

    def _limit_arrivals(self) -> None:
        """Drop the app with the most bytes of unfinished blocks when there are too many of them."""
        if sum(session.arrivals.bytes for session in self._sessions) > MOST_ARRIVING_BYTES:
            self._send_note("refused: an app that leaves its blocks unfinished")
            self._drop(max(self._sessions, key=lambda session: session.arrivals.bytes))

    def _drop(self, session: ListenerSession) -> None:
        self._sessions.pop(session, None)
        session.arrivals.clear()
        session.app.abort()

    async def _tend(self, player: ListenerPlayer) -> None:
        """Handle the player's events; check the device and feed long sounds at regular times."""
        self._send_device_note(player)
        sounds = player.sounds
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _TEND_S)
            self._woken.clear()
            player.tend()
            self._send_device_note(player)
            if sounds != player.sounds:
                sounds = player.sounds
                for session in self._sessions:
                    if session.authenticated:
                        session.app.send(DeviceChanged(sounds))
            if player.is_silent and self._finding is None and any(each.authenticated for each in self._sessions):
                self._finding = asyncio.get_running_loop().create_task(self._find_device(player))
            self._advance()

    async def _find_device(self, player: ListenerPlayer) -> None:
        """Look once for a device that is missing, off the loop, as sound libraries take their time."""
        try:
            backend = await asyncio.to_thread(player.find_device)
            if backend is not None:
                player.use(backend)
                self._woken.set()
        finally:
            self._finding = None

    def _announce_block(self, source: ListenerSession, digest: bytes) -> None:
        """Tell the other apps of a new block, and play the sounds that waited for it."""
        for session in self._sessions:
            if session is not source and session.authenticated:
                session.app.hint(Kept(digest))
        self._advance()

    def _advance(self) -> None:
        for session in self._sessions:
            session.advance()

    def _send_device_note(self, player: ListenerPlayer) -> None:
        """Send the parent where sounds go, each time that it changes."""
        if player.note != self._device_note:
            self._device_note = player.note
            self._send(player.note)

    def _send_note(self, note: str) -> None:
        """Send the parent what an app did wrong, each sentence once."""
        if note not in self._notes and len(self._notes) < _MOST_NOTES:
            self._notes.add(note)
            self._send(note)

    def _send(self, note: str) -> None:
        with contextlib.suppress(OSError):
            self._conn.send(note)


async def _close_stream(writer: asyncio.StreamWriter) -> None:
    """Close a connection, without waiting for an app that does not read."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            await writer.drain()
    if writer.transport.get_write_buffer_size():
        writer.transport.abort()
    writer.close()

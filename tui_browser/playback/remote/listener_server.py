"""The listener's process: accepts connections and serves them with one player and one cache.

It plays sounds and does nothing else; `protocol` lists every message that it takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from multiprocessing.connection import Connection

from tui_browser.playback.remote.block_cache import BlockCache
from tui_browser.playback.remote.listener import ListenerOptions
from tui_browser.playback.remote.listener_player import ListenerPlayer
from tui_browser.playback.remote.listener_session import ListenerSession
from tui_browser.playback.remote.protocol import (
    REFUSED_FRAME,
    REFUSED_FULL,
    Denied,
    DeviceChanged,
    Kept,
    ListenerError,
    pack,
)

SESSIONS = 16
"""Most connections at once, including those that have not authenticated yet."""
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
        self._sessions: set[ListenerSession] = set()
        self._connections = 0
        self._notes: set[str] = set()
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

        server = await asyncio.start_server(connected, sock=listening) if listening.family == socket.AF_INET else (
            await asyncio.start_unix_server(connected, sock=listening)
        )  # fmt: skip
        tending = loop.create_task(self._tend(player))
        async with server:
            await self._done.wait()
        loop.remove_reader(self._conn.fileno())
        for task in [tending, *handlers]:
            task.cancel()
        await asyncio.gather(tending, *handlers, return_exceptions=True)
        player.close()

    async def _serve_app(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, player: ListenerPlayer
    ) -> None:
        if self._connections >= SESSIONS:
            self._send_note("refused: more connections than a listener takes")
            writer.write(pack(Denied(REFUSED_FULL)))
            await _close_stream(writer)
            return
        self._connections += 1
        session = ListenerSession(
            reader,
            writer,
            token=self._options.token,
            cache=self._cache,
            player=player,
        )
        self._sessions.add(session)
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
            self._sessions.discard(session)
            self._connections -= 1
            await _close_stream(writer)

    async def _tend(self, player: ListenerPlayer) -> None:
        """Handle the player's events; check the device and feed long sounds at regular times."""
        self._send_note(player.note)
        sounds = player.sounds
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _TEND_S)
            self._woken.clear()
            player.tend()
            self._send_note(player.note)
            if sounds != player.sounds:
                sounds = player.sounds
                for session in self._sessions:
                    session.app.send(DeviceChanged(sounds))
            self._advance()

    def _announce_block(self, source: ListenerSession, digest: bytes) -> None:
        """Tell the other apps of a new block, and play the sounds that waited for it."""
        for session in self._sessions:
            if session is not source and session.authenticated:
                session.app.send(Kept(digest))
        self._advance()

    def _advance(self) -> None:
        for session in self._sessions:
            session.advance()

    def _send_note(self, note: str) -> None:
        """Send a sentence to the parent, each one once."""
        if note not in self._notes and len(self._notes) < _MOST_NOTES:
            self._notes.add(note)
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

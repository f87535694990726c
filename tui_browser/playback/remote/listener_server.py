"""The listener's own process: all sessions, what they share, and what the person is told of them.

It plays sounds and does nothing else: see `protocol` for all that can be said to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
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
"""Connections at once, those that have not proved themselves among them."""
_TEND_S = 0.5
_GOODBYE_S = 1.0


def listener_main(conn: Connection, terms: ListenerOptions) -> None:
    """Serve at the socket that the parent hands over, until the parent closes."""
    from multiprocessing.reduction import recv_handle

    opened = socket.socket(fileno=recv_handle(conn))
    asyncio.run(_ListenerServer(conn, terms).serve(opened))


class _ListenerServer:
    """All sessions, what they share, and what the person is told of them."""

    def __init__(self, conn: Connection, terms: ListenerOptions) -> None:
        self._conn = conn
        self._terms = terms
        self._cache = BlockCache(terms.cache_folder, limit=terms.cache_bytes)
        self._sessions: set[ListenerSession] = set()
        self._connections = 0
        self._said: set[str] = set()
        self._done = asyncio.Event()
        self._tended = asyncio.Event()

    async def serve(self, opened: socket.socket) -> None:
        import soundfile  # noqa: F401  # 50 ms that the first sound need not wait for

        loop = asyncio.get_running_loop()
        loop.add_reader(self._conn.fileno(), self._done.set)  # the parent says nothing but goodbye
        self._speaker = ListenerPlayer(
            self._terms.player, notify=lambda: _from_thread(loop, self._tended.set), told=self._tell_once
        )
        handlers: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = loop.create_task(self._receive(reader, writer))
            handlers.add(task)
            task.add_done_callback(handlers.discard)

        server = await asyncio.start_server(connected, sock=opened) if opened.family == socket.AF_INET else (
            await asyncio.start_unix_server(connected, sock=opened)
        )  # fmt: skip
        tending = loop.create_task(self._tend())
        async with server:
            await self._done.wait()
        loop.remove_reader(self._conn.fileno())
        for task in [tending, *handlers]:
            task.cancel()
        await asyncio.gather(tending, *handlers, return_exceptions=True)
        self._speaker.close()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._connections >= SESSIONS:
            self._tell_once("refused: more connections than a listener takes")
            writer.write(pack(Denied(REFUSED_FULL)))
            await _goodbye(writer)
            return
        self._connections += 1
        session = ListenerSession(
            reader,
            writer,
            token=self._terms.token,
            cache=self._cache,
            speaker=self._speaker,
            arrived=self._arrived,
        )
        self._sessions.add(session)
        try:
            await session.run()
        except ListenerError as error:
            self._tell_once(f"refused: {error.what}")
            session.send(Denied(REFUSED_FRAME))
        except OSError:
            return  # the line is gone; the app comes back by itself
        finally:
            self._sessions.discard(session)
            self._connections -= 1
            await _goodbye(writer)

    async def _tend(self) -> None:
        """Pass on what the device tells; every now and then look whether it lives, and feed long sounds."""
        sounds = self._speaker.sounds
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._tended.wait(), _TEND_S)
            self._tended.clear()
            self._speaker.tend()
            if sounds != self._speaker.sounds:
                sounds = self._speaker.sounds
                for session in self._sessions:
                    session.send(DeviceChanged(sounds))
            self._advance()

    def _arrived(self, from_whom: ListenerSession, digest: bytes) -> None:
        for session in self._sessions:
            if session is not from_whom and session.greeted:
                session.send(Kept(digest))
        self._advance()

    def _advance(self) -> None:
        for session in self._sessions:
            session.advance()

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._said and len(self._said) < 100:
            self._said.add(sentence)
            with contextlib.suppress(OSError):
                self._conn.send(sentence)


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
        loop.call_soon_threadsafe(call)


async def _goodbye(writer: asyncio.StreamWriter) -> None:
    """Close, without waiting for an end that does not read."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_GOODBYE_S):
            await writer.drain()
    if writer.transport.get_write_buffer_size():
        writer.transport.abort()
    writer.close()

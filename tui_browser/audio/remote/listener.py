"""The laptop's end of sound over SSH: a socket, a few sessions, one way out.

It runs in a child process, whose descriptors 1 and 2 are a log: sound libraries write there. It plays sounds and does
nothing else: see `protocol` for all that can be said to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from tui_browser.audio.remote.protocol import REFUSED_FRAME, REFUSED_FULL, LineError, Refused, pack
from tui_browser.child import Child, start
from tui_browser.errors import PlayerError, WorkerError

SESSIONS = 16
"""Connections at once, those that have not proved themselves among them."""
_TEND_S = 0.5
_GOODBYE_S = 1.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a listener is given."""

    address: str
    """A path, or 127.0.0.1:PORT."""
    token: bytes = field(repr=False)
    cache_folder: str
    cache_bytes: int
    player: str
    """`miniaudio`, `null` or `recorder:FILE`."""


class Listener:
    """The parent's end of a listener; its socket is open when this is made."""

    def __init__(self, terms: Terms, *, log: str | None = None) -> None:
        """Raises PlayerError where the socket cannot be opened."""
        opened = open_socket(terms.address)
        self.address = terms.address if "/" in terms.address else f"127.0.0.1:{opened.getsockname()[1]}"
        self._path = terms.address if "/" in terms.address else None
        try:
            self._child: Child | None = start("tui_browser.audio.remote.listener:listener_main", terms, log=log)
            _hand_over(self._child, opened)
        except (WorkerError, OSError) as error:
            self.close()
            raise PlayerError("the listener could not be started", hint=str(error)) from error
        finally:
            opened.close()

    def heard(self, *, timeout_s: float | None = None) -> str | None:
        """The next sentence that the listener has to say; None when the time is over; raises WorkerError at its end."""
        if self._child is None or not self._child.conn.poll(timeout_s):
            return None
        said = self._child.receive()
        return said if isinstance(said, str) else None

    def close(self) -> None:
        """End the child and remove the socket; safe to call twice."""
        child, self._child = getattr(self, "_child", None), None
        if child is not None:
            child.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            self._path = None


def open_socket(address: str) -> socket.socket:
    """A listening socket at a path (for its owner only) or at 127.0.0.1:PORT; raises PlayerError."""
    try:
        if "/" not in address:
            return socket.create_server(("127.0.0.1", int(address.rpartition(":")[2])))
        folder = os.path.dirname(address)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        facts = os.stat(folder)
        if facts.st_uid != os.getuid() or facts.st_mode & 0o022:
            raise PlayerError("a folder that others can change is no place for a socket", path=folder)
        _clear(address)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            opened.bind(address)
            os.chmod(address, 0o600)
            opened.listen(SESSIONS)
        except OSError:
            opened.close()
            raise
        return opened
    except OSError as error:
        busy = error.errno == errno.EADDRINUSE
        hint = "is tui-browser listen running already?" if busy else error.strerror or str(error)
        raise PlayerError("the listener's socket cannot be opened", path=address, hint=hint) from error


def _clear(path: str) -> None:
    """Remove a socket that nobody listens at any more."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise OSError(errno.EEXIST, "something else lies there")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2.0)
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)


def _hand_over(child: Child, opened: socket.socket) -> None:
    from multiprocessing.reduction import send_handle

    send_handle(child.conn, opened.fileno(), child.process.pid)


# --- the child -------------------------------------------------------------------------------------------------------


def listener_main(conn: Connection, terms: Terms) -> None:
    """Serve at the socket that the parent hands over, until the parent closes."""
    from multiprocessing.reduction import recv_handle

    opened = socket.socket(fileno=recv_handle(conn))
    asyncio.run(_Room(conn, terms).serve(opened))


class _Room:
    """All sessions, what they share, and what the person is told of them."""

    def __init__(self, conn: Connection, terms: Terms) -> None:
        from tui_browser.audio.remote.cache import Cache
        from tui_browser.audio.remote.session import Session

        self._conn = conn
        self._terms = terms
        self._cache = Cache(terms.cache_folder, limit=terms.cache_bytes)
        self._sessions: set[Session] = set()
        self._connections = 0
        self._said: set[str] = set()
        self._done = asyncio.Event()
        self._tended = asyncio.Event()

    async def serve(self, opened: socket.socket) -> None:
        import soundfile  # noqa: F401  # 50 ms that the first sound need not wait for

        from tui_browser.audio.remote.speaker import Speaker

        loop = asyncio.get_running_loop()
        loop.add_reader(self._conn.fileno(), self._done.set)  # the parent says nothing but goodbye
        self._speaker = Speaker(
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
        from tui_browser.audio.remote.session import Session

        if self._connections >= SESSIONS:
            self._tell_once("refused: more connections than a listener takes")
            writer.write(pack(Refused(REFUSED_FULL)))
            await _goodbye(writer)
            return
        self._connections += 1
        session = Session(
            reader,
            writer,
            token=self._terms.token,
            cache=self._cache,
            speaker=self._speaker,
            arrived=self._advance,
        )
        self._sessions.add(session)
        try:
            await session.run()
        except LineError as error:
            self._tell_once(f"refused: {error.what}")
            session.send(Refused(REFUSED_FRAME))
        except OSError:
            return  # the line is gone; the app comes back by itself
        finally:
            self._sessions.discard(session)
            self._connections -= 1
            await _goodbye(writer)

    async def _tend(self) -> None:
        """Pass on what the device tells; every now and then look whether it lives, and feed long sounds."""
        from tui_browser.audio.remote.protocol import Device

        sounds = self._speaker.sounds
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._tended.wait(), _TEND_S)
            self._tended.clear()
            self._speaker.tend()
            if sounds != self._speaker.sounds:
                sounds = self._speaker.sounds
                for session in self._sessions:
                    session.send(Device(sounds))
            self._advance()

    def _advance(self) -> None:
        for session in self._sessions:
            session.advance()

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._said and len(self._said) < 100:
            self._said.add(sentence)
            with contextlib.suppress(OSError):
                self._conn.send(sentence)


def _from_thread(loop: asyncio.AbstractEventLoop, call: object) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
        loop.call_soon_threadsafe(call)  # type: ignore[arg-type]


async def _goodbye(writer: asyncio.StreamWriter) -> None:
    """Close, without waiting for an end that does not read."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_GOODBYE_S):
            await writer.drain()
    writer.close()
    writer.transport.abort() if writer.transport.get_write_buffer_size() else None

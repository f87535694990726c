"""The app's end of the control socket: takes lines from many clients, one request at a time, and tells them of events.

It runs on the app's loop, so that nothing here waits: requests of all clients take turns with a pause between two, a
client that does not read loses events and is told how many, and what a client may leave unread or unsent is bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from tui_browser.control.protocol import (
    MOST_LINE,
    ControlError,
    ControlRequest,
    EventName,
    as_line,
    parse_request,
)
from tui_browser.control.socket_file import ControlSocket
from tui_browser.errors import BrowserError

Answer = Callable[[Mapping[str, Any]], None]
"""Answers a request; called once, now or later."""

MOST_CLIENTS = 16
PAUSE_S = 0.002
"""Between two requests, whoever sent them: the app has this time for keys."""
MOST_WAITING = 32
"""Requests of a client that wait; the rest stay in the socket."""
MOST_UNREAD = 1 << 16
"""Bytes that wait for a client to read them, beyond which it loses events."""


def failure(error: BrowserError) -> dict[str, Any]:
    """The answer to a request that cannot be carried out."""
    return {"ok": False, "error": str(error)}


class ControlServer:
    """Serves at a socket until `close`."""

    def __init__(self, listening: ControlSocket, handle: Callable[[ControlRequest, Answer], None]) -> None:
        """`handle` carries out what is no subscription; it may raise ControlError instead of answering."""
        self.handle = handle
        self._listening = listening
        self._clients: set[_Client] = set()
        self._turns: deque[_Client] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._server: asyncio.Server | None = None
        self._starting: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def path(self) -> str:
        return self._listening.path

    def start(self) -> None:
        """Take clients from now on."""
        self._starting = asyncio.get_running_loop().create_task(self._start())

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Client(self), sock=self._listening.socket)

    def close(self) -> None:
        """End all connections; what was answered is still sent."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.close()
        self._listening.close()

    def publish(self, event: EventName, fields: Mapping[str, Any]) -> int:
        """Tell the subscribers of an event; returns how many there are."""
        subscribers = [client for client in self._clients if event in client.events]
        if subscribers:
            line = as_line({"event": event, **fields})
            for client in subscribers:
                client.tell(line)
        return len(subscribers)

    def admit(self, client: _Client) -> bool:
        """Whether one more client may stay."""
        if self._closed or len(self._clients) >= MOST_CLIENTS:
            return False
        self._clients.add(client)
        return True

    def leave(self, client: _Client) -> None:
        """A client is gone."""
        self._clients.discard(client)
        with contextlib.suppress(ValueError):
            self._turns.remove(client)

    def await_turn(self, client: _Client) -> None:
        """Let this client's next request be carried out when it is its turn."""
        if self._closed or client in self._turns:
            return
        self._turns.append(client)
        if self._timer is None:
            self._take_turn()

    def _take_turn(self) -> None:
        self._timer = None
        if self._turns and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_S, self._take_turn)
            self._turns.popleft().carry_out_next()


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: ControlServer) -> None:
        self.events: frozenset[EventName] = frozenset()
        """What it has subscribed to."""
        self._server = server
        self._transport: asyncio.Transport
        self._part = b""
        """The beginning of a line whose end has not come."""
        self._lines: deque[bytes] = deque()
        self._busy = False
        """Whether a request of it is being carried out."""
        self._full = False
        """Whether more waits for it than it may leave unread."""
        self._lost = 0
        """Events that it was not told."""
        self._reading = True
        self._ended = False
        """Whether it sends nothing more."""

    # --- what comes --------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=MOST_UNREAD)
        if not self._server.admit(self):
            self._end_with(ControlError(f"{MOST_CLIENTS} clients are connected already", hint="end one of them"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.leave(self)

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        *lines, self._part = (self._part + data).split(b"\n")
        if len(self._part) > MOST_LINE or any(len(line) > MOST_LINE for line in lines):
            self._lines.clear()
            self._end_with(ControlError(f"a request has at most {MOST_LINE:,} bytes"))
            return
        self._lines.extend(line for line in lines if line.strip())
        self._go_on()

    def eof_received(self) -> bool:
        """Carry out what came, the last line also without its end; subscribers go on to be told."""
        self._ended = True
        if self._part.strip():
            self._lines.append(self._part)
        self._part = b""
        self._go_on()
        return True

    # --- requests ----------------------------------------------------------------------------------------------------

    def carry_out_next(self) -> None:
        """Carry out the request that waits longest."""
        if not self._lines or self._busy or self._full or self._transport.is_closing():
            return
        self._busy = True
        try:
            request = parse_request(self._lines.popleft())
            if request.do == "subscribe":
                self.events = frozenset(request.events)
                self._answer({"ok": True, "events": list(request.events)})
            else:
                self._server.handle(request, self._answer)
        except BrowserError as error:
            self._answer(failure(error))
        except Exception as error:  # noqa: BLE001 - a defect ends the request and not the app
            self._answer({"ok": False, "error": f"internal error ({type(error).__name__}: {error})"})

    def _answer(self, fields: Mapping[str, Any]) -> None:
        if not self._busy:
            return
        self._busy = False
        self._write(as_line(fields))
        self._go_on()

    def _go_on(self) -> None:
        """Ask for the next turn, read on or wait, and end where all is said."""
        if self._transport.is_closing():
            return
        if self._lines and not self._busy and not self._full:
            self._server.await_turn(self)
        if self._ended and not (self._lines or self._busy or self.events):
            self._transport.close()
            return
        reading = len(self._lines) < MOST_WAITING and not self._full
        if reading != self._reading and not self._ended:
            self._reading = reading
            (self._transport.resume_reading if reading else self._transport.pause_reading)()

    # --- what goes ---------------------------------------------------------------------------------------------------

    def tell(self, line: bytes) -> None:
        """Send an event, unless too much waits to be read."""
        if self._full:
            self._lost += 1
        else:
            self._write(line)

    def pause_writing(self) -> None:
        self._full = True
        self._go_on()

    def resume_writing(self) -> None:
        self._full = False
        if self._lost:
            lost, self._lost = self._lost, 0
            self._write(as_line({"event": "lost", "count": lost}))
        self._go_on()

    def _write(self, line: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(line)

    def _end_with(self, error: ControlError) -> None:
        self._write(as_line(failure(error)))
        self._transport.close()

    def close(self) -> None:
        """End the connection, once the request that is being carried out is answered."""
        self._lines.clear()
        self._ended, self.events = True, frozenset()
        self._go_on()

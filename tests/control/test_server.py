"""The app's end of the control socket under clients that send what they like, as fast as they like, or do not read."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tui_browser.control.protocol import MOST_LINE, ControlError, ControlRequest
from tui_browser.control.server import MOST_CLIENTS, PAUSE_S, Answer, ControlServer
from tui_browser.control.socket_file import open_control

Handle = Callable[[ControlRequest, Answer], None]
Connect = Callable[[], Awaitable["Peer"]]
Scenario = Callable[[ControlServer, Connect], Awaitable[None]]


def echo(request: ControlRequest, answer: Answer) -> None:
    answer({"ok": True, "query": request.query})


def serving(path: Path, scenario: Scenario, *, handle: Handle = echo) -> None:
    """Run a scenario beside a server at a socket."""

    async def go() -> None:
        server = ControlServer(open_control(str(path / "c.sock")), handle)
        server.start()
        await asyncio.sleep(0)
        peers: list[Peer] = []

        async def connect() -> Peer:
            peers.append(Peer(*await asyncio.open_unix_connection(server.path, limit=1 << 22)))
            return peers[-1]

        try:
            async with asyncio.timeout(20):
                await scenario(server, connect)
        finally:
            server.close()
            for peer in peers:
                peer.writer.transport.abort()
                with contextlib.suppress(OSError):
                    await peer.writer.wait_closed()

    asyncio.run(go())
    assert not (path / "c.sock").exists()


class Peer:
    """A client that writes bytes and reads lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def line(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(await self._reader.readline())
        return line

    async def ended(self) -> bool:
        try:
            return not await self._reader.read(1)
        except ConnectionResetError:
            return True

    async def says(self, data: bytes) -> dict[str, Any]:
        self.send(data)
        return await self.line()


def query(text: str) -> bytes:
    return json.dumps({"do": "search", "query": text}).encode() + b"\n"


def test_requests_are_answered_in_order_however_the_bytes_come(tmp_path: Path) -> None:
    async def scenario(server: ControlServer, connect: Connect) -> None:
        peer = await connect()
        for byte in query("in pieces"):
            peer.send(bytes([byte]))
            await peer.writer.drain()
        assert (await peer.line())["query"] == "in pieces"
        peer.send(b"\n \r\n" + b"".join(query(str(number)) for number in range(100)))
        assert [(await peer.line())["query"] for _ in range(100)] == [str(number) for number in range(100)]
        peer.send(query("last").rstrip())  # without its end
        peer.writer.write_eof()
        assert (await peer.line())["query"] == "last"
        assert await peer.ended()

    serving(tmp_path, scenario)


def test_hostile_lines_are_answered_or_end_the_connection(tmp_path: Path) -> None:
    async def scenario(server: ControlServer, connect: Connect) -> None:
        peer = await connect()
        for line in (b"\xff\x00\x1b[2J\n", b"[[[[\n", b'{"do": "stat"}\n', b"null\n", b"[" * 60_000 + b"\n"):
            answer = await peer.says(line)
            assert answer["ok"] is False and answer["error"].isprintable()
        assert (await peer.says(query("still here")))["ok"]
        for long in (b"x" * (MOST_LINE + 1), b'"' + b"x" * MOST_LINE + b'"\n'):
            other = await connect()
            assert "at most 65,536 bytes" in (await other.says(long))["error"]
            assert await other.ended()
        gone = await connect()
        gone.send(query("never read"))
        gone.writer.transport.abort()
        assert (await peer.says(query("still here")))["ok"]

    serving(tmp_path, scenario)


def test_a_defect_ends_the_request_and_not_the_connection(tmp_path: Path) -> None:
    def handle(request: ControlRequest, answer: Answer) -> None:
        if request.query == "defect":
            raise ZeroDivisionError("by zero")
        if request.query == "refused":
            raise ControlError("not now")
        answer({"ok": True})

    async def scenario(server: ControlServer, connect: Connect) -> None:
        peer = await connect()
        assert await peer.says(query("defect")) == {"ok": False, "error": "internal error (ZeroDivisionError: by zero)"}
        assert await peer.says(query("refused")) == {"ok": False, "error": "not now"}
        assert await peer.says(query("fine")) == {"ok": True}

    serving(tmp_path, scenario, handle=handle)


def test_more_clients_than_places_are_told_and_a_place_is_given_again(tmp_path: Path) -> None:
    async def scenario(server: ControlServer, connect: Connect) -> None:
        peers = [await connect() for _ in range(MOST_CLIENTS)]
        for peer in peers:
            assert (await peer.says(query("x")))["ok"]
        late = await connect()
        assert "16 clients are connected already" in (await late.line())["error"]
        assert await late.ended()
        peers.pop().writer.close()
        while not (await (await connect()).says(query("x")))["ok"]:
            await asyncio.sleep(0.01)

    serving(tmp_path, scenario)


def test_requests_of_all_clients_take_turns_with_a_pause(tmp_path: Path) -> None:
    times: list[tuple[str, float]] = []

    def handle(request: ControlRequest, answer: Answer) -> None:
        times.append((request.query, asyncio.get_running_loop().time()))
        answer({"ok": True})

    async def scenario(server: ControlServer, connect: Connect) -> None:
        peers = [await connect() for _ in range(3)]
        for name, peer in zip("abc", peers, strict=True):
            peer.send(query(name) * 40)
        for peer in peers:
            for _ in range(40):
                assert (await peer.line())["ok"]
        assert times[-1][1] - times[0][1] > (len(times) - 1) * PAUSE_S * 0.9
        assert {name for name, _ in times[60:66]} == set("abc")

    serving(tmp_path, scenario, handle=handle)


def test_a_subscriber_hears_what_it_asked_for(tmp_path: Path) -> None:
    async def scenario(server: ControlServer, connect: Connect) -> None:
        peer, other = await connect(), await connect()
        assert await peer.says(b'{"do": "subscribe", "events": ["picked"]}\n') == {"ok": True, "events": ["picked"]}
        assert (await other.says(b'{"do": "subscribe"}\n'))["ok"]
        peer.writer.write_eof()  # as a script whose input has ended
        assert (await other.says(query("x")))["ok"]
        assert server.publish("cursor", {"id": 1}) == 1
        assert server.publish("picked", {"paths": ["/a"]}) == 2
        assert await peer.line() == {"event": "picked", "paths": ["/a"]}
        assert [(await other.line())["event"] for _ in range(2)] == ["cursor", "picked"]

    serving(tmp_path, scenario)


def test_a_subscriber_that_does_not_read_loses_events_and_is_told_how_many(tmp_path: Path) -> None:
    async def scenario(server: ControlServer, connect: Connect) -> None:
        slow, quick = await connect(), await connect()
        for peer in (slow, quick):
            assert (await peer.says(b'{"do": "subscribe"}\n'))["ok"]
        slow.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a read transport, too
        sent, long = 2_000, "x" * 1_000
        for number in range(sent):
            server.publish("query", {"query": long, "count": number})
            assert (await quick.line())["count"] == number
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        heard, event = 0, await slow.line()
        while event["event"] == "query":
            heard, event = heard + 1, await slow.line()
        assert event["event"] == "lost" and event["count"] == sent - heard
        assert 0 < heard < sent
        server.publish("query", {"query": "again", "count": 0})
        assert (await slow.line())["query"] == "again"

    serving(tmp_path, scenario)


def test_a_client_that_asks_and_never_reads_is_not_answered_without_end(tmp_path: Path) -> None:
    answers = 0

    def handle(request: ControlRequest, answer: Answer) -> None:
        nonlocal answers
        answers += 1
        answer({"ok": True, "long": "x" * 50_000})

    async def scenario(server: ControlServer, connect: Connect) -> None:
        peer = await connect()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        peer.send(query("x") * 1_000)
        other = await connect()
        for _ in range(100):
            assert (await other.says(query("x")))["ok"]
        assert 0 < answers - 100 < 50

    serving(tmp_path, scenario, handle=handle)


def test_what_was_answered_is_sent_before_the_end(tmp_path: Path) -> None:
    waiting: list[Answer] = []

    async def scenario(server: ControlServer, connect: Connect) -> None:
        peer, idle = await connect(), await connect()
        peer.send(query("later"))
        while not waiting:
            await asyncio.sleep(0.01)
        server.close()
        assert await idle.ended()
        waiting[0]({"ok": True})
        assert (await peer.line())["ok"]
        assert await peer.ended()

    serving(tmp_path, scenario, handle=lambda request, answer: waiting.append(answer))


@pytest.mark.parametrize("chunk", [b"\n" * 200_000, b"{}\n" * 50_000])
def test_a_flood_is_held_in_the_socket(tmp_path: Path, chunk: bytes) -> None:
    async def scenario(server: ControlServer, connect: Connect) -> None:
        flood, peer = await connect(), await connect()
        flood.send(chunk)
        for _ in range(20):
            assert (await peer.says(query("x")))["ok"]
        flood.writer.transport.abort()

    serving(tmp_path, scenario)

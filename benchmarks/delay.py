"""A line with delay between two sockets, as the net is: it can also stall, be cut, and count what passes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable

_STEP_S = 0.005
"""On a line with a rate, so much of it arrives at a time."""


class SlowLine:
    """Listens at `path` and passes everything on to `target`, half a round trip later each way.

    Both are paths of sockets or 127.0.0.1:PORT. `rate` is the most bytes a second in each direction; None for no
    limit. Used by one thread, has one of its own.
    """

    def __init__(self, path: str, target: str, *, round_trip_s: float = 0.0, rate: float | None = None) -> None:
        self.path = path
        self.target = target
        self.one_way_s = round_trip_s / 2
        self.rate = rate
        self.there_bytes = 0
        """What has passed towards the target."""
        self.queued_bytes = 0
        """What waits now for the line towards the target to be free; bytes on the line itself do not count."""
        self.most_queued_bytes = 0
        self.back_bytes = 0
        self.connections = 0
        self._links: set[asyncio.Task[None]] = set()
        self._flowing = threading.Event()
        self._flowing.set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slow line")

    def __enter__(self) -> SlowLine:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()

    def stall(self, *, on: bool) -> None:
        """Hold back everything, or let it flow again."""
        self._flowing.clear() if on else self._flowing.set()

    def cut(self) -> None:
        """Close every connection; new ones are taken."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for link in self._links:
            link.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._done = asyncio.Event()
        server = await _listen(self._connected, self.path)
        self._ready.set()
        async with server:
            await self._done.wait()
        self._cut()
        await asyncio.gather(*self._links, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        link = self._loop.create_task(self._link(reader, writer))
        self._links.add(link)
        link.add_done_callback(self._links.discard)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        tasks: list[asyncio.Task[None]] = []
        try:
            far_reader, far_writer = await _open(self.target)
            writers.append(far_writer)
            tasks = [
                self._loop.create_task(self._pass(reader, far_writer, there=True)),
                self._loop.create_task(self._pass(far_reader, writer, there=False)),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):
            pass  # cut, or nobody is there: both ends see the line close
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for each in writers:
                each.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, there: bool) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = self._loop.create_task(self._deliver(under_way, writer))
        free_at = 0.0
        try:
            while data := await reader.read(16 << 10):
                if there:
                    self.there_bytes += len(data)
                    self.queued_bytes = len(data) + round(max(0.0, free_at - time.monotonic()) * (self.rate or 0.0))
                    self.most_queued_bytes = max(self.most_queued_bytes, self.queued_bytes)
                else:
                    self.back_bytes += len(data)
                step = max(64, round(_STEP_S * self.rate)) if self.rate else len(data)
                for at in range(0, len(data), step):
                    part = data[at : at + step]
                    free_at = max(free_at, time.monotonic()) + (len(part) / self.rate if self.rate else 0.0)
                    under_way.put_nowait((free_at + self.one_way_s, part))
            under_way.put_nowait((time.monotonic() + self.one_way_s, b""))
            await delivering
        except OSError:
            pass
        finally:
            delivering.cancel()

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                while not self._flowing.is_set():
                    await asyncio.sleep(0.01)
                if not data:
                    return
                writer.write(data)
                await writer.drain()


async def _listen(
    connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None], address: str
) -> asyncio.Server:
    if "/" in address:
        return await asyncio.start_unix_server(connected, address)
    host, _, port = address.rpartition(":")
    return await asyncio.start_server(connected, host, int(port))


async def _open(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if "/" in address:
        return await asyncio.open_unix_connection(address)
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host, int(port))

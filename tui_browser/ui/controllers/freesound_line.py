"""The app's line to the process that speaks to Freesound: requests with numbers, events, and what is told of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from tui_browser.errors import WorkerError
from tui_browser.freesound.messages import Event, Request
from tui_browser.ui.controllers.events import Emit, FreesoundChanged
from tui_browser.ui.ports import FreesoundLike
from tui_browser.ui.state.freesound import FreesoundState


class FreesoundLine:
    """Sends and receives; keeps the notice of the state, and tells by `FreesoundChanged` that the state is another."""

    def __init__(self, port: FreesoundLike, shown: FreesoundState, *, readable: Callable[[], None], emit: Emit) -> None:
        """`readable` is called when the process has sent something."""
        self._port = port
        self._shown = shown
        self._readable = readable
        self._emit = emit
        self._number = 0
        self._reader: tuple[asyncio.AbstractEventLoop, int] | None = None

    def next_number(self) -> int:
        """A number that no request had before."""
        self._number += 1
        return self._number

    def send(self, request: Request) -> bool:
        """Send a request; where that is not possible, say so."""
        try:
            self._port.send(request)
        except WorkerError as error:
            self.say(str(error), problem=True)
            return False
        self._start_reading()
        return True

    def poll(self) -> Sequence[Event]:
        """Events since the last call; raises WorkerError when the process has ended, which the next request starts."""
        try:
            return self._port.poll()
        except WorkerError:
            self.close()
            raise

    def _start_reading(self) -> None:
        """Read what the process sends; it has another descriptor after a new start."""
        descriptor = self._port.fileno()
        if descriptor < 0 or (self._reader is not None and self._reader[1] == descriptor):
            return
        self.close()
        loop = asyncio.get_running_loop()
        loop.add_reader(descriptor, self._readable)
        self._reader = loop, descriptor

    def close(self) -> None:
        """Read no more."""
        reader, self._reader = self._reader, None
        if reader is not None:
            with contextlib.suppress(OSError, ValueError):
                reader[0].remove_reader(reader[1])

    def say(self, text: str, *, problem: bool = False) -> None:
        """Show a sentence on the screen of Freesound."""
        self._shown.notice, self._shown.problem = text, problem
        self.changed()

    def changed(self) -> None:
        """The state is another one."""
        self._emit(FreesoundChanged())

"""The app's way to the neighbour index: asks the index service and waits, in a worker thread, for a short while."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tui_browser.errors import WorkerError
from tui_browser.library.slice_search import SliceNeighbour
from tui_browser.records import FloatArray, SampleId
from tui_browser.service.messages import FindNearest, NearestFound, NeighbourIndexReady, Request

_PATIENCE_S = 0.25
"""How long a query waits: exact search takes less than this at two million rows."""


class NeighbourClient:
    """Asks the index service for neighbours; the newest query wins."""

    def __init__(self, send: Callable[[Request], None]) -> None:
        """`send` may be called from any thread."""
        self._send = send
        self._ready = False
        self._number = 0
        self._answered = threading.Condition()
        self._answers: dict[int, NearestFound] = {}

    @property
    def ready(self) -> bool:
        """Whether there is an index: then a query belongs in a thread."""
        return self._ready

    def take(self, event: NeighbourIndexReady | NearestFound) -> None:
        """What the index service says, from the UI thread."""
        with self._answered:
            if isinstance(event, NeighbourIndexReady):
                self._ready = event.ready
            elif event.number == self._number:
                self._answers[event.number] = event
                self._answered.notify_all()

    def nearest(self, vector: FloatArray, *, k: int) -> list[tuple[SampleId, float, SliceNeighbour | None]] | None:
        """The `k` nearest samples of the library, nearest first; None where the index has no answer in time."""
        if not self._ready:
            return None
        with self._answered:
            self._number += 1
            number = self._number
            self._answers.clear()
            self._answered.notify_all()  # an older query gives up
        try:
            self._send(FindNearest(number, vector, k))
        except WorkerError:
            self._ready = False
            return None
        with self._answered:
            self._answered.wait_for(lambda: number in self._answers or number != self._number, _PATIENCE_S)
            answer = self._answers.get(number)
        return None if answer is None or answer.nearest is None else list(answer.nearest)

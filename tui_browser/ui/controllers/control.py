"""The control socket of the app: opened where a person asks for it; requests go up, news go to its clients."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_browser.control.protocol import ControlRequest, EventName
from tui_browser.control.server import Answer, ControlServer
from tui_browser.control.socket_file import ControlSocket, open_control
from tui_browser.errors import printable
from tui_browser.records import SampleId
from tui_browser.ui.controllers.events import ControlRequested, Emit
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.browser_state import BrowserState


@dataclass(frozen=True, slots=True)
class _Told:
    """What listeners know."""

    sample: SampleId | None = None
    path: bytes | None = None
    """The file that keys act on."""
    query: str = ""
    playing: bytes | None = None
    token: int = 0
    """Number of the sound that plays."""


class ControlController:
    """Without `open` there is no socket, and nothing is done."""

    def __init__(self, state: BrowserState, presenter: Presenter, worker: LatestWorker, *, emit: Emit) -> None:
        self._state = state
        self._presenter = presenter
        self._worker = worker
        self._emit = emit
        self._server: ControlServer | None = None
        self._closed = False
        self._told = _Told()

    @property
    def is_open(self) -> bool:
        return self._server is not None

    def open(self, place: str) -> None:
        """Open the socket at a path, or with an empty one in the usual place; the disk is waited for in a thread."""
        self._worker.submit(functools.partial(open_control, place), self._opened)

    def _opened(self, listening: ControlSocket) -> None:
        if self._closed:
            listening.close()
            return
        self._told = self._now()
        self._server = ControlServer(listening, self._ask)
        self._server.start()
        text = f"control socket: {printable(listening.path)}"
        if listening.is_first:
            self._presenter.log(text)
        else:
            self._presenter.say(f"{text}, as another app has the first one")

    def close(self) -> None:
        """End all connections and remove the socket."""
        self._closed = True
        if self._server is not None:
            self._server.close()
            self._server = None

    def _ask(self, request: ControlRequest, answer: Answer) -> None:
        self._emit(ControlRequested(request, answer))

    # --- news --------------------------------------------------------------------------------------------------------

    def publish(self, event: EventName, fields: Mapping[str, Any]) -> int:
        """Tell the clients that listen; returns how many do."""
        return self._server.publish(event, fields) if self._server is not None else 0

    def publish_changes(self) -> None:
        """Tell what has changed since this was called last."""
        before, now = self._told, self._now()
        self._told = now
        if (before.sample, before.path) != (now.sample, now.path):
            self.publish("cursor", cursor_fields(self._state))
        if before.query != now.query:
            self.publish("query", {"query": now.query, "count": shown_count(self._state)})
        if now.playing is not None and (before.playing, before.token) != (now.playing, now.token):
            self.publish("played", {"path": os.fsdecode(now.playing)})
        elif now.playing is None and before.playing is not None:
            self.publish("stopped", {})

    def _now(self) -> _Told:
        state, playback = self._state, self._state.playback
        query = state.search.text.strip() if state.search.settled else self._told.query
        return _Told(state.cursor.sample, state.path, query, playback.path, playback.token)


def cursor_fields(state: BrowserState) -> dict[str, Any]:
    """The sample that keys act on, for an answer or an event; a guest has no id."""
    path = state.path
    return {
        "id": None if state.on_guest or path is None else state.cursor.sample,
        "path": os.fsdecode(path) if path is not None else None,
    }


def shown_count(state: BrowserState) -> int:
    """Samples that the search and the legend show."""
    mask = state.visibility.mask
    return len(state.map_model) if mask is None else int(mask.sum())

"""Who has a place at a listener, and who gives way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tui_browser.playback.remote.block_arrivals import MOST_ARRIVING_BYTES, Arrivals
from tui_browser.playback.remote.listener import ListenerOptions
from tui_browser.playback.remote.listener_server import SESSIONS, UNPROVED, _ListenerServer


@dataclass(eq=False)
class Session:
    """Stands for an app's connection."""

    authenticated: bool = True
    greeted: bool = True
    silent_s: float = 0.0
    arrivals: Arrivals = field(default_factory=Arrivals)
    dropped: bool = False

    @property
    def heard_at(self) -> float:
        return time.monotonic() - self.silent_s

    @property
    def app(self) -> Any:
        return SimpleNamespace(abort=self._abort)

    def _abort(self) -> None:
        self.dropped = True


@pytest.fixture
def server(tmp_path: Path) -> Any:
    options = ListenerOptions(
        address="", token=bytes(32), cache_folder=str(tmp_path), cache_bytes=1 << 20, player="null"
    )
    return _ListenerServer(SimpleNamespace(send=lambda note: None), options)  # type: ignore[arg-type]


def test_where_there_are_too_many_apps_one_that_has_been_silent_for_long_gives_way(server: Any) -> None:
    busy = [Session(silent_s=20.0) for _ in range(SESSIONS)]
    server._sessions = dict.fromkeys(busy)
    assert not server._admit(), "all of them are in use"
    busy[3].silent_s = 100.0
    assert server._admit()
    assert [session.dropped for session in busy].index(True) == 3


def test_of_those_without_the_secret_the_oldest_that_said_nothing_goes_first(server: Any) -> None:
    proved, waiting = Session(), [Session(authenticated=False, greeted=number == 0) for number in range(UNPROVED)]
    server._sessions = dict.fromkeys([proved, *waiting])
    server._limit_unproved()
    assert [session.dropped for session in waiting].index(True) == 1 and not proved.dropped
    for session in waiting:
        session.greeted = True
    server._limit_unproved()
    assert not waiting[0].dropped, "there is room again"
    server._sessions[Session(authenticated=False)] = None
    server._limit_unproved()
    assert waiting[0].dropped


def test_of_unfinished_blocks_the_app_with_the_most_goes(server: Any) -> None:
    little, much = Session(), Session()
    server._sessions = dict.fromkeys([little, much])
    little.arrivals.bytes, much.arrivals.bytes = 1000, MOST_ARRIVING_BYTES - 1000
    server._limit_arrivals()
    assert not any(session.dropped for session in (little, much))
    little.arrivals.bytes += 1
    server._limit_arrivals()
    assert much.dropped and not little.dropped

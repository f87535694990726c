"""The neighbour index beside the app: when it is built, who answers a query, what happens when a worker is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import cast

import numpy as np
import pytest

from tui_browser.errors import LibraryError, WorkerError
from tui_browser.records import SampleId
from tui_browser.service.messages import Event, FindNearest, NearestFound, NeighbourIndexReady, Request
from tui_browser.service.neighbour_client import NeighbourClient
from tui_browser.service.neighbour_jobs import NeighbourJobs
from tui_browser.store.store import Store

VECTOR = np.full(4, 0.5, dtype=np.float32)


class FakeStore:
    path = "library.db"

    def __init__(self) -> None:
        self.rows, self.at = 2_000, 1

    def revision(self) -> int:
        return self.at

    def vector_rows(self, *, enough: int) -> int:
        return self.rows


class FakeChild:
    """A worker that the test plays: `worker` is its end of the connection."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.conn, self.worker = Pipe()

    def send(self, message: object) -> None:
        self.conn.send(message)

    def receive(self) -> object:
        try:
            return self.conn.recv()
        except EOFError as error:
            raise WorkerError("gone") from error

    def close(self, *, grace_s: float = 1.0) -> None:
        self.conn.close()


class Jobs:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, setting: str = "pynndescent") -> None:
        self.started: list[FakeChild] = []
        self.events: list[Event] = []
        self.store = FakeStore()
        monkeypatch.setattr(NeighbourJobs, "_start", lambda _, function: self._start(function))
        self.jobs = NeighbourJobs(cast(Store, self.store), setting=setting, emit=self.events.append)

    def _start(self, function: str) -> FakeChild:
        self.started.append(FakeChild(function))
        return self.started[-1]

    def say(self, message: object) -> None:
        """The youngest worker says this."""
        self.started[-1].worker.send(message)
        self.jobs.poll()

    def ready(self) -> Connection:
        self.jobs.library_changed()
        self.say(0.0)
        return self.started[-1].worker


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Jobs]:
    return lambda setting="pynndescent": Jobs(monkeypatch, setting)


def test_a_missing_index_is_built_and_then_searched(make: Callable[..., Jobs]) -> None:
    jobs = make()
    jobs.jobs.library_changed()
    jobs.say(LibraryError("there is no neighbour index"))
    assert [each.function for each in jobs.started] == ["search_main", "build_main"] and not jobs.events
    jobs.say(2_000)
    assert jobs.started[-1].function == "search_main"
    jobs.say(0.0)
    assert jobs.events == [NeighbourIndexReady(True)]


@pytest.mark.parametrize(("setting", "rows", "workers"), [
    ("exact", 9_000_000, 0), ("auto", 1_400_000, 0), ("auto", 1_600_000, 1), ("pynndescent", 900, 0),
])  # fmt: skip
def test_the_setting_and_the_size_decide(make: Callable[..., Jobs], setting: str, rows: int, workers: int) -> None:
    jobs = make(setting)
    jobs.store.rows = rows
    jobs.jobs.library_changed()
    jobs.jobs.library_changed()
    assert len(jobs.started) == workers


def test_the_newest_query_wins(make: Callable[..., Jobs]) -> None:
    jobs = make()
    worker = jobs.ready()
    for number in (1, 2, 3):
        jobs.jobs.request(FindNearest(number, VECTOR, 5))
    assert jobs.events[1:] == [NearestFound(2, None)]
    assert worker.recv().number == 1
    jobs.say(NearestFound(1, ()))
    assert worker.recv().number == 3 and jobs.events[-1] == NearestFound(1, ())


def test_without_an_index_the_answer_is_none_at_once(make: Callable[..., Jobs]) -> None:
    jobs = make()
    jobs.jobs.request(FindNearest(1, VECTOR, 5))
    assert jobs.events == [NearestFound(1, None)]


def test_when_a_tenth_is_new_the_index_is_built_again_while_the_old_one_answers(make: Callable[..., Jobs]) -> None:
    jobs = make()
    worker = jobs.ready()
    jobs.store.at = 2
    jobs.jobs.library_changed()
    assert worker.recv() is None
    worker.send(0.11)
    jobs.jobs.poll()
    assert jobs.started[-1].function == "build_main"
    jobs.jobs.request(FindNearest(1, VECTOR, 5))
    assert worker.recv().number == 1
    jobs.say(2_200)
    assert jobs.started[-1].function == "search_main" and NeighbourIndexReady(False) in jobs.events


def test_a_searcher_that_dies_leaves_no_query_without_an_answer(make: Callable[..., Jobs]) -> None:
    jobs = make()
    worker = jobs.ready()
    jobs.jobs.request(FindNearest(1, VECTOR, 5))
    worker.close()
    jobs.jobs.poll()
    assert jobs.events[1:] == [NearestFound(1, None), NeighbourIndexReady(False)]


def test_an_index_that_cannot_be_built_is_not_tried_again(make: Callable[..., Jobs]) -> None:
    jobs = make()
    jobs.jobs.library_changed()
    jobs.say(LibraryError("none"))
    jobs.say(WorkerError("no compiler"))
    jobs.store.at = 2
    jobs.jobs.library_changed()
    assert len(jobs.started) == 2


def test_the_app_waits_for_an_answer_in_a_thread() -> None:
    sent: list[Request] = []
    client = NeighbourClient(sent.append)
    assert client.nearest(VECTOR, k=3) is None and not sent
    client.take(NeighbourIndexReady(True))
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(client.nearest(VECTOR, k=3)))
    thread.start()
    while not sent:
        thread.join(0.001)
    request = sent[0]
    assert isinstance(request, FindNearest)
    client.take(NearestFound(request.number, ((SampleId(4), 0.5, None),)))
    thread.join()
    assert answers == [[(SampleId(4), 0.5, None)]]
    assert client.nearest(VECTOR, k=3) is None  # nobody answers in time: exact search does

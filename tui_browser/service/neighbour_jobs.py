"""The neighbour index beside the app: built by one worker process, searched by another.

pynndescent compiles for half a minute in each process that uses it, so the app and the index
service never import it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing.connection import Connection

from tui_browser import child
from tui_browser.config.places import cache_dir, log_file
from tui_browser.errors import BrowserError, WorkerError
from tui_browser.library.neighbour_index import AUTO_ROWS, FEWEST_ROWS, REBUILD_SHARE, NeighbourIndex, build
from tui_browser.service.messages import Event, FindNearest, NearestFound, NeighbourIndexReady
from tui_browser.store.store import Store

_NICENESS = 10
_REFRESH = None
"""What the searcher is sent when the library changed; it answers with its share of changed rows."""


def build_main(conn: Connection, library: str) -> None:
    """The builder process: stores an index and says how many rows it has, or why there is none."""
    try:
        conn.send(build(library))
    except BrowserError as error:
        conn.send(error)
    except (ImportError, MemoryError, OSError, RuntimeError, ValueError) as error:
        conn.send(WorkerError("the neighbour index could not be built", hint=f"{type(error).__name__}: {error}"))


def search_main(conn: Connection, library: str) -> None:
    """The searcher process: says its share of changed rows once it is ready, then answers queries."""
    try:
        index = NeighbourIndex(library)
    except (BrowserError, ImportError, MemoryError, RuntimeError, ValueError) as error:
        conn.send(WorkerError("there is no neighbour index", hint=str(error)))
        return
    index.nearest(index.example(), k=1)  # the first query pays for what numba loads
    conn.send(index.changed_share)
    while True:
        request = conn.recv()
        if request is _REFRESH:
            index.refresh()
            conn.send(index.changed_share)
        else:
            conn.send(NearestFound(request.number, tuple(index.nearest(request.vector, k=request.k))))


class NeighbourJobs:
    """Keeps an index where the setting and the size of the library ask for one, and passes queries on."""

    def __init__(self, store: Store, *, setting: str, emit: Callable[[Event], None]) -> None:
        """`setting` is `auto`, `exact` or `pynndescent`."""
        self._store = store
        self._setting = setting
        self._emit = emit
        self._builder: child.Child | None = None
        self._searcher: child.Child | None = None
        self._ready = False
        self._failed = False
        self._revision = -1
        self._waiting: FindNearest | None = None
        self._under_way: FindNearest | None = None

    def connections(self) -> list[Connection]:
        """What becomes readable when `poll` has something."""
        return [each.conn for each in (self._builder, self._searcher) if each is not None]

    def library_changed(self) -> None:
        """Look at the library's size after a run: begin, renew or drop the index."""
        revision = self._store.revision()
        if revision == self._revision:
            return
        self._revision = revision
        if not self._wanted():
            self.close()
        elif self._searcher is not None and self._ready:
            self._searcher.send(_REFRESH)
        elif self._searcher is None and self._builder is None and not self._failed:
            self._start_searcher()

    def request(self, request: FindNearest) -> None:
        """Answer a query after the one under way; another one that still waits is given up."""
        if self._waiting is not None:
            self._emit(NearestFound(self._waiting.number, None))
        self._waiting = request
        self._next()

    def poll(self) -> None:
        """Take what the workers say; never waits."""
        try:
            while self._searcher is not None and self._searcher.conn.poll():
                self._take(self._searcher.receive())
        except (BrowserError, OSError):
            self._drop_searcher()
            self._start_builder()
        try:
            if self._builder is not None and self._builder.conn.poll():
                built = self._builder.receive()
                self._builder.close()
                self._builder = None
                self._failed = isinstance(built, BrowserError)
                if not self._failed:
                    self._drop_searcher()
                    self._start_searcher()
        except (BrowserError, OSError):
            self._builder, self._failed = None, True  # not again in this session: exact search goes on

    def close(self) -> None:
        """End both workers."""
        self._drop_searcher()
        if self._builder is not None:
            self._builder.close(grace_s=0.1)
            self._builder = None

    def _wanted(self) -> bool:
        if self._setting == "exact":
            return False
        rows = self._store.vector_rows(enough=AUTO_ROWS if self._setting == "auto" else FEWEST_ROWS)
        return rows > (AUTO_ROWS if self._setting == "auto" else FEWEST_ROWS)

    def _take(self, message: object) -> None:
        match message:
            case NearestFound():
                self._under_way = None
                self._emit(message)
                self._next()
            case float() as changed_share:
                if not self._ready:
                    self._ready = True
                    self._emit(NeighbourIndexReady(True))
                if changed_share > REBUILD_SHARE:
                    self._start_builder()
            case _:  # why it has no index
                self._drop_searcher()
                self._start_builder()

    def _next(self) -> None:
        request = self._waiting
        if request is None or self._under_way is not None:
            return
        self._waiting = None
        if self._searcher is None or not self._ready:
            self._emit(NearestFound(request.number, None))
            return
        self._under_way = request
        try:
            self._searcher.send(request)
        except WorkerError:
            self._drop_searcher()

    def _start_builder(self) -> None:
        if self._builder is None and not self._failed:
            self._builder = self._start("build_main")

    def _start_searcher(self) -> None:
        self._searcher = self._start("search_main")

    def _start(self, function: str) -> child.Child:
        env = {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR") or os.path.join(cache_dir(), "numba")}
        return child.start(
            f"tui_browser.service.neighbour_jobs:{function}", self._store.path, log=log_file("neighbours"),
            niceness=_NICENESS if function == "build_main" else 0, env=env,
        )  # fmt: skip

    def _drop_searcher(self) -> None:
        """End the searcher; queries that it had are answered by nobody: the app searches exactly."""
        for request in (self._under_way, self._waiting):
            if request is not None:
                self._emit(NearestFound(request.number, None))
        self._under_way = self._waiting = None
        if self._searcher is not None:
            self._searcher.close(grace_s=0.1)
            self._searcher = None
        if self._ready:
            self._ready = False
            self._emit(NeighbourIndexReady(False))

"""The process that searches a library for copies: it reads files and uses scipy, and the app waits for neither."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tui_browser import child
from tui_browser.config.places import log_file
from tui_browser.errors import BrowserError, WorkerError
from tui_browser.indexing.copy_finder import FoundCopies, find_copies, missing_fingerprints
from tui_browser.store.store import Store

_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How far the search has come."""

    doing: str
    done: int
    total: int


CopyAnswer = CopyProgress | FoundCopies | BrowserError


def find_main(conn: Connection, library: str) -> None:
    """The process: sends progress, and at the end what was found, or why nothing can be."""
    sent = 0.0

    def reporter(doing: str) -> Callable[[int, int], None]:
        def report(done: int, total: int) -> None:
            nonlocal sent
            now = time.monotonic()
            if now - sent > _EVERY_S or done == total:
                sent = now
                conn.send(CopyProgress(doing, done, total))

        return report

    try:
        with Store.open(library) as store:
            fingerprints = missing_fingerprints(store, report=reporter("reading"))
            found = find_copies(store, more=fingerprints, report=reporter("comparing"))
        conn.send(found)
    except BrowserError as error:
        conn.send(error)
    except (ImportError, MemoryError, OSError, RuntimeError, ValueError) as error:
        conn.send(WorkerError("copies could not be searched for", hint=f"{type(error).__name__}: {error}"))


def start_search(library: str, *, niceness: int = 0) -> child.Child:
    """Start the process; its connection gives `CopyAnswer`s."""
    return child.start(
        "tui_browser.indexing.copy_process:find_main", library, log=log_file("copies"), niceness=niceness,
        env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip


def search(library: str, *, progress: Callable[[CopyProgress], None]) -> FoundCopies:
    """Run a search to its end. Raises BrowserError."""
    process = start_search(library)
    try:
        while True:
            answer: CopyAnswer = process.receive()
            if isinstance(answer, CopyProgress):
                progress(answer)
            elif isinstance(answer, FoundCopies):
                return answer
            else:
                raise answer
    finally:
        process.close(grace_s=0.1)


def store_found(store: Store, found: FoundCopies) -> bool:
    """Keep what a search found, if anything is new; whether it was. The caller holds the writer lock."""
    if not found.compared and not found.fingerprints and sorted(found.members) == sorted(store.copies.groups()):
        return False
    store.put_copies(found.members, found.compared, found.fingerprints)
    return True

"""Files that the search line names and the library does not have: found in a thread, heard by the index service."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui_browser.errors import printable
from tui_browser.library.heard_files import HeardFiles
from tui_browser.search.near_points import NO_FILE
from tui_browser.service.messages import Guest, Locate, Request
from tui_browser.ui.controllers.events import Emit, FilesHeard
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike


@dataclass(frozen=True, slots=True)
class _NamedFile:
    """What a thread finds out about a path."""

    path: bytes
    inside: bool
    """Whether it is a sample of the library."""
    stamp: tuple[int, int] | None
    """Size and time of the file; None where there is none."""


class HeardFileController:
    """Asks for each named file once, and again after it has changed; the newest query counts."""

    def __init__(
        self,
        heard: HeardFiles,
        presenter: Presenter,
        library: LibraryLike,
        worker: LatestWorker,
        *,
        request: Callable[[Request], None],
        emit: Emit,
    ) -> None:
        self._heard = heard
        self._presenter = presenter
        self._library = library
        self._worker = worker
        self._request = request
        self._emit = emit
        self._stamps: dict[bytes, tuple[int, int]] = {}
        """Of the files that were asked for, or heard."""
        self._awaited: set[bytes] = set()
        self._looking: tuple[bytes, ...] = ()
        """The files that a thread is to look at."""
        self._wanted: tuple[bytes, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether a file of the newest query is not known yet."""
        return bool(self._looking) or any(path in self._awaited for path in self._wanted)

    def want(self, paths: Sequence[bytes]) -> None:
        """The newest query names these files."""
        paths = tuple(paths)
        if paths == self._wanted:
            return
        self._wanted = self._looking = paths
        if paths:
            self._worker.submit(lambda: [self._look(path) for path in paths], self._take)

    def _look(self, path: bytes) -> _NamedFile:
        try:
            stat = os.stat(path)
        except OSError:
            return _NamedFile(path, self._library.id_of(path) is not None, None)
        return _NamedFile(path, self._library.id_of(path) is not None, (stat.st_size, stat.st_mtime_ns))

    def _take(self, files: Sequence[_NamedFile]) -> None:
        if tuple(file.path for file in files) != self._looking:
            return  # a newer query waits for its own
        self._looking = ()
        for file in files:
            if file.inside:
                self._heard.forget([file.path])
            elif file.stamp is None:
                self._heard.refuse(file.path, NO_FILE)
            elif self._stamps.get(file.path) != file.stamp:
                self._ask(file.path, file.stamp)
        self._emit(FilesHeard())

    def _ask(self, path: bytes, stamp: tuple[int, int]) -> None:
        self._heard.forget([path])
        self._stamps[path] = stamp
        self._awaited.add(path)
        self._presenter.say(f"hearing {printable(os.path.basename(path))}", brief=True)
        self._request(Locate(path))

    def take(self, guest: Guest) -> None:
        """The service heard a file, for a query or for something else."""
        if guest.path in self._awaited:
            self._heard.take(guest.path, guest.target)
            self._answered(guest.path)

    def failed(self, path: bytes, reason: str) -> bool:
        """The service cannot hear a file; False where no query asked."""
        if path not in self._awaited:
            return False
        self._heard.refuse(path, reason)
        self._answered(path)
        return True

    def _answered(self, path: bytes) -> None:
        self._awaited.discard(path)
        if path in self._wanted:
            self._presenter.clear_notice(now=True)
            self._emit(FilesHeard())

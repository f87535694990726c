"""The process that speaks to Freesound. Searches, previews and downloads run side by side.

It reads the key itself, so that no message holds it. It ends when its parent closes the connection, and takes with it
what is half written.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from tui_browser.errors import BrowserError, FreesoundError, FreesoundKeyError, printable
from tui_browser.freesound.client import FreesoundClient, Page
from tui_browser.freesound.clock import Cancelled, CancelledError, check
from tui_browser.freesound.download import fetch_preview, fetch_sound, remove_stale_parts
from tui_browser.freesound.key import load_key
from tui_browser.freesound.lane import Lane
from tui_browser.freesound.limiter import RequestLimiter
from tui_browser.freesound.messages import (
    CancelFetch,
    Event,
    FetchEnded,
    FetchPreview,
    FetchSounds,
    MoreResults,
    PreviewFailed,
    PreviewReady,
    Request,
    Search,
    SearchFailed,
    SoundFailed,
    SoundFetched,
    SoundsFound,
    Waiting,
)
from tui_browser.freesound.preview_cache import PreviewCache
from tui_browser.freesound.web import TimeLimits, Web

_CLOSE_S = 0.3
"""How long jobs have to stop, before their half-written files are removed from below them."""


def serve_main(conn: Connection, limits: TimeLimits | None) -> None:
    """The process: answers requests until the connection is closed."""
    sending = threading.Lock()

    def emit(event: Event) -> None:
        with sending:
            try:
                conn.send(event)
            except (OSError, ValueError) as error:  # the parent is gone
                raise CancelledError from error

    service = FreesoundService(emit, limits=limits)
    try:
        while True:
            service.handle(conn.recv())
    except (EOFError, OSError):
        pass
    finally:
        service.close()


class FreesoundService:
    """Hands each request to its lane; answers go to `emit`, from several threads."""

    def __init__(self, emit: Callable[[Event], None], *, limits: TimeLimits | None = None) -> None:
        self._emit = emit
        self._limits = limits
        self._limiter = RequestLimiter()
        self._cache = PreviewCache()
        self._web: Web | None = None
        self._making = threading.Lock()
        self._pages: tuple[int, Iterator[Page]] | None = None
        self._cancelled: Cancelled = lambda: False
        """Of the search that runs; its pages outlive the job that began them."""
        self._folders: set[bytes] = set()
        self._search, self._previews, self._fetches = Lane("search"), Lane("previews"), Lane("fetches")

    def handle(self, request: Request) -> None:
        """Begin what is requested; never waits."""
        match request:
            case Search():
                self._search.submit(lambda cancelled: self._begin_search(request, cancelled), replacing=True)
            case MoreResults(number):
                self._search.submit(lambda cancelled: self._next_page(number, cancelled), replacing=False)
            case FetchPreview():
                self._previews.submit(lambda cancelled: self._fetch_preview(request, cancelled), replacing=True)
            case FetchSounds():
                self._fetches.submit(lambda cancelled: self._fetch_sounds(request, cancelled), replacing=False)
            case CancelFetch():
                self._fetches.cancel()

    def close(self) -> None:
        """End all jobs; a file that one of them still writes to is removed."""
        lanes = (self._search, self._previews, self._fetches)
        for lane in lanes:
            lane.close()
        deadline = time.monotonic() + _CLOSE_S
        for lane in lanes:
            lane.join(max(0.0, deadline - time.monotonic()))
        for folder in self._folders:
            remove_stale_parts(folder, also=os.getpid())

    def _connection(self) -> Web:
        with self._making:
            if self._web is None:
                self._web = Web(limits=self._limits)
            return self._web

    # --- jobs --------------------------------------------------------------------------------------------------------

    def _begin_search(self, search: Search, cancelled: Cancelled) -> None:
        self._pages = None
        try:
            client = FreesoundClient(self._connection(), load_key(), limiter=self._limiter, tell=self._tell)
        except Exception as error:  # noqa: BLE001 - the lane goes on, whatever an answer led to
            self._fail(search.number, error)
            return
        self._pages = search.number, client.pages(search.request, cancelled=lambda: self._cancelled())
        self._next_page(search.number, cancelled)

    def _next_page(self, number: int, cancelled: Cancelled) -> None:
        if self._pages is None or self._pages[0] != number:
            return
        self._cancelled = cancelled
        try:
            page = next(self._pages[1], None)
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001
            self._pages = None
            self._fail(number, error)
            return
        check(cancelled)
        if page is not None:
            self._emit(SoundsFound(number, page.sounds, page.count, page.last))
        else:
            self._emit(SoundsFound(number, (), 0, last=True))

    def _fail(self, number: int, error: Exception) -> None:
        self._emit(SearchFailed(number, _reason(error), needs_key=isinstance(error, FreesoundKeyError)))

    def _tell(self, seconds: float, reason: str) -> None:
        self._emit(Waiting(seconds, reason))

    def _fetch_preview(self, request: FetchPreview, cancelled: Cancelled) -> None:
        try:
            path = self._cache.held(request.sound, to_keep=False)
            if path is None:
                self._cache.prepare()
                path = self._cache.path_of(request.sound, to_keep=False)
                if path is None:
                    raise FreesoundError("this sound has no preview")
                self._folders.add(os.path.dirname(path))
                fetch_preview(self._connection(), request.sound, path, cancelled=cancelled)
                self._cache.trim()
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001
            self._emit(PreviewFailed(request.number, _reason(error)))
            return
        check(cancelled)
        self._emit(PreviewReady(request.number, path))

    def _fetch_sounds(self, request: FetchSounds, cancelled: Cancelled) -> None:
        try:
            remove_stale_parts(request.folder)
            self._folders.add(request.folder)
            for sound in request.sounds:
                check(cancelled)
                try:
                    cached = self._cache.held(sound, to_keep=True)
                    fetched = fetch_sound(
                        self._connection(), sound, request.folder, cached=cached, cancelled=cancelled
                    )  # fmt: skip
                except CancelledError:
                    raise
                except Exception as error:  # noqa: BLE001
                    self._emit(SoundFailed(request.number, sound, _reason(error)))
                else:
                    self._emit(SoundFetched(request.number, sound, fetched.path, fetched.fresh))
        except CancelledError:
            self._emit(FetchEnded(request.number, cancelled=True))
        else:
            self._emit(FetchEnded(request.number, cancelled=False))


def _reason(error: Exception) -> str:
    """An error as a sentence; a defect of the program says that it is one."""
    if isinstance(error, BrowserError):
        return str(error)
    return printable(f"internal error ({type(error).__name__}: {error})")

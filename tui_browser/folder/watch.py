"""Watch the roots for changes: reports folders to scan again.

The system's events may be late, doubled, or lost in a burst, so they are only hints; the scan decides.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable

from tui_browser.folder.poll_pace import FIRST_S, PollPace
from tui_browser.folder.watch_backend import WatchBackend
from tui_browser.records import AUDIO_ENDINGS

_BURST = 8000
"""After more events than this at once, some may have been lost: all roots are reported, twice."""
_WRITTEN = ("closed", "modified")
_MOST_WRITTEN = 10_000
"""Files that are noted as written at once; where more are, their sizes and times have to tell."""
_AGAIN_S = 2.0
"""A new folder is reported again after this time: files may arrive before the system watches it."""


class FolderWatcher:
    """Calls `on_dirty` with folders to scan again, in its own thread, until it is closed.

    Changes are collected until none came for `quiet_s`, but for `most_s` at most. Every `look_s` the roots are checked:
    one that appears, disappears or is mounted over is a change. Roots without change events (network drives, or when
    the system's limit is reached) are reported every `poll_s` instead, or at the pace that `note_scan` leads to (see
    `PollPace`), and `notes` says so. Never raises for a folder.
    """

    def __init__(
        self,
        on_dirty: Callable[[frozenset[bytes]], None],
        *,
        quiet_s: float = 0.25,
        most_s: float = 1.0,
        poll_s: float = FIRST_S,
        look_s: float = 1.0,
        mounts: str = "/proc/self/mounts",
    ) -> None:
        self._on_dirty = on_dirty
        self._quiet_s, self._most_s, self._look_s = quiet_s, most_s, look_s
        self._pace = PollPace(first_s=poll_s)
        self._events: deque[tuple[str, bytes, bytes, bool]] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._roots: tuple[bytes, ...] = ()
        self._written: set[bytes] = set()
        self._shared = threading.Lock()
        self._requested, self._watched = 0, threading.Event()
        self._backend = WatchBackend(self._receive, poll_s=poll_s, mounts=mounts)
        self._thread: threading.Thread | None = None
        # The attributes below are used only by the thread.
        self._dirty: set[bytes] = set()
        self._first = self._last = 0.0
        self._count = 0
        self._again: dict[bytes, float] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for the user for each root that cannot be watched."""
        return self._backend.notes

    def set_roots(self, roots: Iterable[bytes]) -> None:
        """Watch these folders (absolute) and no others; returns at once."""
        self._roots = tuple(dict.fromkeys(os.path.abspath(root) for root in roots))
        self._watched.clear()
        self._requested += 1
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="folder-watch", daemon=True)
            self._thread.start()
        self._wake.set()

    def ready(self, timeout_s: float) -> bool:
        """Wait until the roots last set are watched or polled; False after `timeout_s`."""
        return self._watched.wait(timeout_s)

    def note_scan(self, folders: Collection[bytes] | None, *, took_s: float, changed: bool) -> None:
        """What a scan of these folders (None for all) cost, and whether it found a change; from any thread."""
        with self._shared:
            polled = self._backend.polled
            scanned = polled if folders is None else polled & set(folders)
            self._pace.note(scanned, time.monotonic(), took_s=took_s, changed=changed)

    def take_written(self) -> frozenset[bytes]:
        """Files that a program wrote to since the last call, whatever their size and times say; from any thread."""
        with self._shared:
            written, self._written = self._written, set()
        return frozenset(written)

    def close(self) -> None:
        """Stop and wait for all threads; `on_dirty` is not called afterwards. Safe to call twice."""
        self._closing = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _receive(self, kind: str, path: bytes, new_path: bytes, is_folder: bool) -> None:
        self._events.append((kind, path, new_path, is_folder))
        self._wake.set()

    def _run(self) -> None:
        next_look = 0.0
        done = 0
        try:
            while not self._closing:
                now = time.monotonic()
                if done != self._requested or now >= next_look:
                    requested = self._requested
                    if changed := self._backend.update(self._roots):
                        self._mark_dirty((*changed, *self._roots))  # links in one root may lead into another
                    next_look = time.monotonic() + self._look_s
                    if done != requested:
                        done = requested
                        if done == self._requested:
                            self._watched.set()
                with self._shared:
                    self._mark_dirty(self._pace.due(self._backend.polled, now))
                    next_poll = self._pace.next_due()
                self._drain()
                self._report()
                self._wake.wait(self._pause(min(next_look, next_poll)))
                self._wake.clear()
        finally:
            self._backend.close()

    def _pause(self, wake_at: float) -> float:
        now = time.monotonic()
        if self._dirty:
            wake_at = min(wake_at, self._last + self._quiet_s, self._first + self._most_s)
        if self._again:
            wake_at = min(wake_at, *self._again.values())
        return max(0.01, wake_at - now)

    def _drain(self) -> None:
        links = False
        while self._events:
            kind, path, new_path, is_folder = self._events.popleft()
            self._count += 1
            folders, link = self._affected_folders(kind, path, new_path, is_folder)
            links |= link
            if kind in _WRITTEN and folders:
                self._note_written(path)
            known = {known for folder in folders for known in self._backend.known_paths(folder)}
            self._mark_dirty(known)
            if is_folder and kind in ("created", "moved"):
                self._again.update(dict.fromkeys(known, time.monotonic() + _AGAIN_S))
        if links:
            self._backend.watch_new_links()
        now = time.monotonic()
        for folder in [folder for folder, due in self._again.items() if due <= now]:
            del self._again[folder]
            self._mark_dirty((folder,))

    def _note_written(self, path: bytes) -> None:
        with self._shared:
            if len(self._written) < _MOST_WRITTEN:
                self._written.update(self._backend.known_paths(path))

    def _affected_folders(self, kind: str, path: bytes, new_path: bytes, is_folder: bool) -> tuple[set[bytes], bool]:
        """Folders that an event affects, and whether it may be about a new link to a folder."""
        names = {path, new_path} - {b""}
        if is_folder:  # changes inside the folder come as separate events
            return names if kind != "modified" else set(), False
        folders, link = set(), False
        for name in names:
            if os.path.splitext(name)[1].lower() in AUDIO_ENDINGS:
                folders.add(os.path.dirname(name))
            elif kind in ("created", "moved", "deleted"):
                is_link = os.path.islink(name)
                link |= is_link
                if is_link or not self._backend.links.isdisjoint(self._backend.known_paths(name)):
                    folders.add(os.path.dirname(name))
        return folders, link

    def _mark_dirty(self, folders: Iterable[bytes]) -> None:
        now = time.monotonic()
        for folder in folders:
            if not self._dirty:
                self._first = now
            self._last = now
            self._dirty.add(folder)

    def _report(self) -> None:
        now = time.monotonic()
        if not self._dirty or (now < self._last + self._quiet_s and now < self._first + self._most_s):
            return
        if self._count > _BURST:
            self._dirty.update(self._roots)
            self._again.update(dict.fromkeys(self._roots, now + _AGAIN_S))
        dirty, self._dirty, self._count = frozenset(self._dirty), set(), 0
        if not self._closing:
            self._on_dirty(_outermost(dirty))


def _outermost(folders: Iterable[bytes]) -> frozenset[bytes]:
    """The folders without those below another one."""
    kept: list[bytes] = []
    for folder in sorted(folders, key=lambda path: path.rstrip(b"/") + b"/"):
        if not kept or not folder.startswith(kept[-1].rstrip(b"/") + b"/"):
            kept.append(folder)
    return frozenset(kept)

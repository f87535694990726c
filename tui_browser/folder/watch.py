"""Hints that something changed below the roots: folders to look at again, never the truth.

What the system tells may be too late, twice, or lost in a burst; a scan that compares is what counts.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from tui_browser.folder.watch_backend import WatchBackend
from tui_browser.records import AUDIO_ENDINGS

_BURST = 8000
"""Events in one go from which the system may have dropped some: everything is looked at, and once more."""
_AGAIN_S = 2.0
"""A new folder is looked at once more after this: files may come before the system watches it."""


class FolderWatcher:
    """Calls `on_dirty` with folders to scan again, in a thread of its own, until it is closed.

    Changes are collected until none came for `quiet_s`, or for `most_s` at most. Roots that are not there are
    waited for, and one that comes, goes or is mounted over is a change. Roots that the system does not tell about
    (network drives, a limit) are dirty every `poll_s` instead, and `notes` says so. Nothing here raises for the
    state of a folder.
    """

    def __init__(
        self,
        on_dirty: Callable[[frozenset[bytes]], None],
        *,
        quiet_s: float = 0.25,
        most_s: float = 1.0,
        poll_s: float = 30.0,
        look_s: float = 1.0,
        mounts: str = "/proc/self/mounts",
    ) -> None:
        self._on_dirty = on_dirty
        self._quiet_s, self._most_s, self._poll_s, self._look_s = quiet_s, most_s, poll_s, look_s
        self._events: deque[tuple[str, bytes, bytes, bool]] = deque()
        self._bell = threading.Event()
        self._closing = False
        self._roots: tuple[bytes, ...] = ()
        self._asked, self._watched = 0, threading.Event()
        self._eyes = WatchBackend(self._seen, poll_s=poll_s, mounts=mounts)
        self._thread: threading.Thread | None = None
        # The rest belongs to the thread.
        self._dirty: set[bytes] = set()
        self._first = self._last = 0.0
        self._count = 0
        self._again: dict[bytes, float] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each root that cannot be watched, for the person."""
        return self._eyes.notes

    def set_roots(self, roots: Iterable[bytes]) -> None:
        """Watch these folders (absolute) and no others; returns at once."""
        self._roots = tuple(dict.fromkeys(os.path.abspath(root) for root in roots))
        self._watched.clear()
        self._asked += 1
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="folder-watch", daemon=True)
            self._thread.start()
        self._bell.set()

    def ready(self, timeout_s: float) -> bool:
        """Whether the roots last set are watched (or polled); waits for it at most so long."""
        return self._watched.wait(timeout_s)

    def close(self) -> None:
        """Stop, and wait for all threads. Safe to call twice; `on_dirty` is not called afterwards."""
        self._closing = True
        self._bell.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _seen(self, kind: str, path: bytes, new_path: bytes, is_folder: bool) -> None:
        self._events.append((kind, path, new_path, is_folder))
        self._bell.set()

    def _run(self) -> None:
        next_look = next_poll = 0.0
        done = 0
        try:
            while not self._closing:
                now = time.monotonic()
                if done != self._asked or now >= next_look:
                    asked = self._asked
                    self._touch(self._eyes.look(self._roots))
                    next_look = time.monotonic() + self._look_s
                    if done != asked:
                        done = asked
                        next_poll = time.monotonic() + self._poll_s
                        if done == self._asked:
                            self._watched.set()
                if now >= next_poll:
                    self._touch(self._eyes.polled)
                    next_poll = now + self._poll_s
                self._drain()
                self._hand_over()
                self._bell.wait(self._pause(min(next_look, next_poll)))
                self._bell.clear()
        finally:
            self._eyes.close()

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
            folders, link = self._touched(kind, path, new_path, is_folder)
            links |= link
            spelled = {known for folder in folders for known in self._eyes.spelled(folder)}
            self._touch(spelled)
            if is_folder and kind in ("created", "moved"):
                self._again.update(dict.fromkeys(spelled, time.monotonic() + _AGAIN_S))
        if links:
            self._eyes.relink()
        now = time.monotonic()
        for folder in [folder for folder, due in self._again.items() if due <= now]:
            del self._again[folder]
            self._touch((folder,))

    def _touched(self, kind: str, path: bytes, new_path: bytes, is_folder: bool) -> tuple[set[bytes], bool]:
        """Folders that an event speaks of, and whether a link to a folder may have come up."""
        names = {path, new_path} - {b""}
        if is_folder:  # what changed in a folder comes as an event of its own
            return names if kind != "modified" else set(), False
        folders, link = set(), False
        for name in names:
            if os.path.splitext(name)[1].lower() in AUDIO_ENDINGS:
                folders.add(os.path.dirname(name))
            elif kind in ("created", "moved", "deleted"):
                came = os.path.islink(name)
                link |= came
                if came or not self._eyes.links.isdisjoint(self._eyes.spelled(name)):
                    folders.add(os.path.dirname(name))
        return folders, link

    def _touch(self, folders: Iterable[bytes]) -> None:
        now = time.monotonic()
        for folder in folders:
            if not self._dirty:
                self._first = now
            self._last = now
            self._dirty.add(folder)

    def _hand_over(self) -> None:
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
    """Without those that lie below another one."""
    kept: list[bytes] = []
    for folder in sorted(folders, key=lambda path: path.rstrip(b"/") + b"/"):
        if not kept or not folder.startswith(kept[-1].rstrip(b"/") + b"/"):
            kept.append(folder)
    return frozenset(kept)

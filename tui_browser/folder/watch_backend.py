"""watchdog's observer: one watch for each root, and one for each link target outside of it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui_browser.errors import printable
from tui_browser.folder.mounts import mount_list, mounts_below, network_file_system
from tui_browser.folder.walk import in_system

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

EventHandler = Callable[[str, bytes, bytes, bool], None]
"""Called in watchdog's thread with kind, path, new path (or empty), and whether it is a folder."""


@dataclass(slots=True)
class _WatchedRoot:
    identity: tuple[int, int] | None
    """Device and inode; None while it is absent."""
    polled: bool = False
    watches: dict[bytes, tuple[ObservedWatch, bytes]] = field(default_factory=dict)
    """By real path: the watch, and the path under which the library knows the folder."""
    mounted: dict[bytes, tuple[bytes, bool]] = field(default_factory=dict)
    """Drives below it, as returned by `mounts_below`."""


class WatchBackend:
    """Keeps the watches up to date while roots appear and disappear.

    To be used from one thread; `on_event` is called in watchdog's.
    """

    def __init__(self, on_event: EventHandler, *, poll_s: float, mounts: str) -> None:
        self._on_event = on_event
        self._poll_s = poll_s
        self._mounts = mounts
        self._observer: BaseObserver | None = None
        self._roots: dict[bytes, _WatchedRoot] = {}
        self._notes: dict[bytes, str] = {}
        self._mount_lines = b""
        """The system's list of mounts at the last look."""

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each root that cannot be watched."""
        return tuple(dict.fromkeys(self._notes.values()))

    @property
    def polled(self) -> frozenset[bytes]:
        """Present roots, and drives below them, that need polling."""
        present = {path: root for path, root in self._roots.items() if root.identity}
        below = {path for root in present.values() for path, (_, is_network) in root.mounted.items() if is_network}
        return frozenset({path for path, root in present.items() if root.polled} | below)

    @property
    def links(self) -> frozenset[bytes]:
        """The roots and the followed links to folders, by the library's paths."""
        return frozenset(known for root in self._roots.values() for _, known in root.watches.values())

    def update(self, roots: Sequence[bytes]) -> set[bytes]:
        """Watch exactly these roots; returns the roots, and drives below them, that appeared, left or were replaced."""
        changed: set[bytes] = self._remounted()
        for path in self._roots.keys() - set(roots):
            self._drop(path)
        for path in roots:
            identity = _identity(path)
            known = self._roots.get(path)
            if known is not None and known.identity == identity:
                continue
            if known is not None:
                changed.add(path)
                self._drop(path)
            self._roots[path] = root = _WatchedRoot(identity)
            root.mounted = mounts_below(path, self._mount_lines)
            if identity is not None:
                self._watch(path, root)
        return changed

    def _remounted(self) -> set[bytes]:
        """Mount points below the roots that changed since the last look; such roots are watched again."""
        mount_lines = mount_list(self._mounts)
        if mount_lines == self._mount_lines:
            return set()
        self._mount_lines = mount_lines
        changed: set[bytes] = set()
        for path, root in tuple(self._roots.items()):
            mounted = mounts_below(path, mount_lines)
            points = mounted.keys() | root.mounted.keys()
            if different := {point for point in points if mounted.get(point) != root.mounted.get(point)}:
                changed |= different
                self._drop(path)
                self._roots[path] = root = _WatchedRoot(root.identity, mounted=mounted)
                if root.identity is not None:
                    self._watch(path, root)
        return changed

    def watch_new_links(self) -> None:
        """Watch the targets of new links."""
        for path, root in self._roots.items():
            if root.identity and not root.polled:
                self._watch(path, root)

    def known_paths(self, path: bytes) -> list[bytes]:
        """The library's paths for a real path; empty for hidden files."""
        paths = []
        for root in tuple(self._roots.values()):
            for real, (_, known) in tuple(root.watches.items()):
                if path == real:
                    paths.append(known)
                elif path.startswith(stem := real.rstrip(b"/") + b"/"):
                    below = path[len(stem) :]
                    if not any(name.startswith(b".") for name in below.split(b"/")):
                        paths.append(known.rstrip(b"/") + b"/" + below)
        return paths

    def close(self) -> None:
        """Stop watchdog and wait for its threads."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(5.0)
            self._observer = None

    def _watch(self, path: bytes, root: _WatchedRoot) -> None:
        if kind := network_file_system(path, mounts=self._mounts):
            self._poll(path, root, f"is on a drive that does not report changes ({kind})")
            return
        try:
            real = os.path.realpath(path)
            self._add(root, real, path)
            for target, link in _links_out(real, path):
                if not any(target == at or target.startswith(at.rstrip(b"/") + b"/") for at in root.watches):
                    self._add(root, target, link)
        except FileNotFoundError:
            root.identity = None  # removed again: left to the next `update`
        except (OSError, ImportError) as error:
            code = getattr(error, "errno", None)
            if code in (errno.ENOSPC, errno.EMFILE):
                reason = "cannot be watched, the system's limit is reached (raise fs.inotify.max_user_watches)"
            else:
                reason = f"cannot be watched ({getattr(error, 'strerror', None) or error})"
            self._poll(path, root, reason)

    def _poll(self, path: bytes, root: _WatchedRoot, reason: str) -> None:
        root.polled = True
        self._notes[path] = (
            f"{printable(path)} {reason}: it is scanned every {self._poll_s:g} s, less often "
            "while nothing changes there"
        )

    def _add(self, root: _WatchedRoot, real: bytes, known: bytes) -> None:
        if real in root.watches:
            return
        observer = self._started()
        watch = observer.schedule(
            _handler(self._on_event), os.fsdecode(real), recursive=True, event_filter=_wanted_events()
        )
        root.watches[real] = (watch, known)
        for emitter in observer.emitters:
            emitter.name = "folder-watch-emitter"

    def _drop(self, path: bytes) -> None:
        root = self._roots.pop(path)
        self._notes.pop(path, None)
        for watch, _ in root.watches.values():
            if self._observer is not None and not self._used(watch):
                try:
                    self._observer.unschedule(watch)
                except (KeyError, OSError):  # watchdog removes the watch itself when its folder is deleted
                    continue

    def _used(self, watch: ObservedWatch) -> bool:
        return any(watch == other for root in self._roots.values() for other, _ in root.watches.values())

    def _started(self) -> BaseObserver:
        if self._observer is None:
            from watchdog.observers import Observer  # 20 ms

            observer = Observer()
            observer.name = "folder-watch-observer"
            observer.start()
            self._observer = observer
        return self._observer


def _wanted_events() -> list[type[FileSystemEvent]]:
    """Event types to subscribe to; opening a file for reading, as the index does, is not among them.

    Linux reports when a written file is closed; elsewhere every write counts.
    """
    from watchdog import events

    kinds = [
        events.FileCreatedEvent,
        events.FileMovedEvent,
        events.FileDeletedEvent,
        events.FileClosedEvent,
        events.DirCreatedEvent,
        events.DirMovedEvent,
        events.DirDeletedEvent,
    ]
    return kinds if sys.platform == "linux" else [*kinds, events.FileModifiedEvent]


def _handler(on_event: EventHandler) -> Any:
    from watchdog.events import FileSystemEventHandler

    class Handler(FileSystemEventHandler):
        """Passes events to `on_event`."""

        def dispatch(self, event: FileSystemEvent) -> None:
            new_path = os.fsencode(event.dest_path or "")
            on_event(event.event_type, os.fsencode(event.src_path), new_path, event.is_directory)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, FileSystemEventHandler)  # a folder shared by two roots reports once

        def __hash__(self) -> int:
            return 1

    return Handler()


def _identity(path: bytes) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino) if os.path.isdir(path) else None


def _links_out(real: bytes, known: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Links to folders below `known`, recursively: the real folder, and the library's path for it."""
    stack, walked = [(real, known)], {real}
    while stack:
        folder, spelled = stack.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith(b".") or not entry.is_dir():
                        continue
                    name = spelled.rstrip(b"/") + b"/" + entry.name
                    if not entry.is_symlink():
                        if not in_system(entry.path):
                            stack.append((entry.path, name))
                        continue
                    target = os.path.realpath(entry.path)
                    if target not in walked and not in_system(target):
                        walked.add(target)
                        yield target, name
                        stack.append((target, name))
        except OSError:
            continue

"""watchdog's observer and what it looks at: one watch a root, and one for each folder that a link leads out to."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui_browser.errors import printable
from tui_browser.folder.mounts import mount_list, mounts_below, network_file_system

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

Seen = Callable[[str, bytes, bytes, bool], None]
"""Called in watchdog's thread with kind, path, new path (or nothing), and whether it is a folder."""


@dataclass(slots=True)
class _Root:
    """What is known of one root."""

    identity: tuple[int, int] | None
    """Device and inode while it is there."""
    polled: bool = False
    watches: dict[bytes, tuple[ObservedWatch, bytes]] = field(default_factory=dict)
    """By real path: the watch, and the path that the library knows that folder by."""
    mounted: dict[bytes, tuple[bytes, bool]] = field(default_factory=dict)
    """Drives below it, as `mounts_below` says."""


class WatchBackend:
    """Keeps the watches right while roots come and go. For one thread only; `seen` runs in another one."""

    def __init__(self, seen: Seen, *, poll_s: float, mounts: str) -> None:
        self._seen = seen
        self._poll_s = poll_s
        self._mounts = mounts
        self._observer: BaseObserver | None = None
        self._roots: dict[bytes, _Root] = {}
        self._notes: dict[bytes, str] = {}
        self._listed = b""
        """Of the system's mounts, when they were looked at last."""

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each root that cannot be watched."""
        return tuple(dict.fromkeys(self._notes.values()))

    @property
    def polled(self) -> frozenset[bytes]:
        """Roots that are there, and drives below them, that have to be looked at from time to time."""
        there = {path: root for path, root in self._roots.items() if root.identity}
        below = {at for root in there.values() for at, (_, silent) in root.mounted.items() if silent}
        return frozenset({path for path, root in there.items() if root.polled} | below)

    @property
    def links(self) -> frozenset[bytes]:
        """The roots, and the links to folders that are followed, as the library knows them."""
        return frozenset(known for root in self._roots.values() for _, known in root.watches.values())

    def look(self, roots: Sequence[bytes]) -> set[bytes]:
        """Watch these roots and no others; the roots and drives below them that came, went or were replaced since."""
        moved: set[bytes] = self._remounted()
        for path in self._roots.keys() - set(roots):
            self._drop(path)
        for path in roots:
            identity = _identity(path)
            known = self._roots.get(path)
            if known is not None and known.identity == identity:
                continue
            if known is not None:
                moved.add(path)
                self._drop(path)
            self._roots[path] = root = _Root(identity)
            root.mounted = mounts_below(path, self._listed)
            if identity is not None:
                self._watch(path, root)
        return moved

    def _remounted(self) -> set[bytes]:
        """Where a drive came or went below a root since the last look; such a root is watched anew."""
        listed = mount_list(self._mounts)
        if listed == self._listed:
            return set()
        self._listed = listed
        changed: set[bytes] = set()
        for path, root in tuple(self._roots.items()):
            mounted = mounts_below(path, listed)
            if others := {at for at in mounted.keys() | root.mounted.keys() if mounted.get(at) != root.mounted.get(at)}:
                changed |= others
                self._drop(path)
                self._roots[path] = root = _Root(root.identity, mounted=mounted)
                if root.identity is not None:
                    self._watch(path, root)
        return changed

    def relink(self) -> None:
        """Watch the targets of links that have come up."""
        for path, root in self._roots.items():
            if root.identity and not root.polled:
                self._watch(path, root)

    def spelled(self, path: bytes) -> list[bytes]:
        """The paths by which the library knows a real path; none for what is hidden there."""
        found = []
        for root in tuple(self._roots.values()):
            for real, (_, known) in tuple(root.watches.items()):
                if path == real:
                    found.append(known)
                elif path.startswith(stem := real.rstrip(b"/") + b"/"):
                    rest = path[len(stem) :]
                    if not any(name.startswith(b".") for name in rest.split(b"/")):
                        found.append(known.rstrip(b"/") + b"/" + rest)
        return found

    def close(self) -> None:
        """Stop watchdog and wait for its threads."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(5.0)
            self._observer = None

    def _watch(self, path: bytes, root: _Root) -> None:
        if kind := network_file_system(path, mounts=self._mounts):
            self._poll(path, root, f"is on a drive that does not tell of changes ({kind})")
            return
        try:
            real = os.path.realpath(path)
            self._add(root, real, path)
            for target, link in _links_out(real, path):
                if not any(target == at or target.startswith(at.rstrip(b"/") + b"/") for at in root.watches):
                    self._add(root, target, link)
        except FileNotFoundError:
            root.identity = None  # gone again: the next look will tell
        except (OSError, ImportError) as error:
            code = getattr(error, "errno", None)
            if code in (errno.ENOSPC, errno.EMFILE):
                why = "cannot be watched, the system's limit is reached (raise fs.inotify.max_user_watches)"
            else:
                why = f"cannot be watched ({getattr(error, 'strerror', None) or error})"
            self._poll(path, root, why)

    def _poll(self, path: bytes, root: _Root, why: str) -> None:
        root.polled = True
        self._notes[path] = f"{printable(path)} {why}: it is looked at every {self._poll_s:g} s instead"

    def _add(self, root: _Root, real: bytes, known: bytes) -> None:
        if real in root.watches:
            return
        observer = self._started()
        watch = observer.schedule(
            _handler(self._seen), os.fsdecode(real), recursive=True, event_filter=_wanted_events()
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
                except (KeyError, OSError):  # watchdog drops a watch by itself when its folder is deleted
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
    """What the system is asked for: not each time that the index opens a file to read it.

    Linux tells when a written file is closed; elsewhere each write has to do.
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


def _handler(seen: Seen) -> Any:
    from watchdog.events import FileSystemEventHandler

    class Handler(FileSystemEventHandler):
        """Hands events on."""

        def dispatch(self, event: FileSystemEvent) -> None:
            new_path = os.fsencode(event.dest_path or "")
            seen(event.event_type, os.fsencode(event.src_path), new_path, event.is_directory)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, FileSystemEventHandler)  # a folder that two roots share tells once

        def __hash__(self) -> int:
            return 1

    return Handler()


def _identity(path: bytes) -> tuple[int, int] | None:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return (about.st_dev, about.st_ino) if os.path.isdir(path) else None


def _links_out(real: bytes, known: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(real folder, the path it is known by) of links to folders below `known`, and of links below those."""
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
                        stack.append((entry.path, name))
                        continue
                    target = os.path.realpath(entry.path)
                    if target not in walked:
                        walked.add(target)
                        yield target, name
                        stack.append((target, name))
        except OSError:
            continue

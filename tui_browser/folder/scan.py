"""What audio files are there: the truth that the library is compared with.

Each file comes once, under one path. A file's own path is preferred to one that leads through a symbolic link, and
among links the first in the alphabet; hard links are files of their own.
"""

from __future__ import annotations

import errno
import os
import stat as modes
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from tui_browser.records import AUDIO_ENDINGS, FileStat

OTHER = "other files"
APPLE_DOUBLE = "AppleDouble files (._)"
HIDDEN_FILES = "hidden files"
HIDDEN_FOLDERS = "hidden folders"
MACOSX = "__MACOSX folders"
LINKS = "links to what is listed already"
BROKEN_LINKS = "broken links"
SPECIAL = "pipes, sockets and devices"

_GONE = frozenset(
    getattr(errno, name)
    for name in ("ENOENT", "ENOTCONN", "ENODEV", "ENXIO", "EIO", "ESTALE", "EHOSTDOWN", "EHOSTUNREACH", "ETIMEDOUT")
    if hasattr(errno, name)
)
"""What the root of a drive says that was unplugged or of a server that is away."""


_USUAL = frozenset(b".wav .WAV .aif .mp3 .ogg".split())
_DOT = ord(".")


@dataclass(frozen=True, slots=True)
class Scan:
    """The audio files below the roots, and what was passed by.

    Files that were known below a folder in `absent` or `unreadable` may well be there still. A root that is
    there but holds none of the files that it held may be an empty mount point: see `found`.
    """

    files: tuple[FileStat, ...]
    """By path."""
    skipped: Mapping[str, int]
    """How many files (and folders, unopened) were passed by, for each reason."""
    absent: tuple[bytes, ...]
    """Roots that are not there now."""
    unreadable: tuple[tuple[bytes, str], ...]
    """Folders and files that could not be looked at, and why."""
    found: Mapping[bytes, int]
    """Audio files below each root, as it was named, that is present and was looked at whole, or holds nothing."""
    devices: Mapping[bytes, int] = field(default_factory=dict)
    """The drive that each folder lies on that was listed."""
    bare: frozenset[bytes] = frozenset()
    """Those in which nothing is to be seen: emptied, or mount points without their drive."""
    broken_links: frozenset[bytes] = frozenset()
    """Links that lead nowhere now, to a folder or to a file."""


def scan(roots: Sequence[bytes], *, folders: Collection[bytes] | None = None) -> Scan:
    """The audio files below `roots` (absolute paths), or only below those of `folders`.

    `folders` may be gone, and lie anywhere at or below a root: they are held to the same rules as in a whole scan.
    """
    named = [_clean(root) for root in dict.fromkeys(roots)]
    if folders is None:
        return _whole(roots, named)
    wanted = _outermost(_clean(folder) for folder in folders)
    try:
        return _partial(named, wanted)
    except _LeadsOut:
        # Who lists the target of a link that leads out of the roots is known to a whole scan only.
        return _below(_whole(roots, named), wanted)


class _LeadsOut(Exception):
    """A link whose target is not below a root."""


class _Walk:
    """One pass over folders; links are put by until all that has a path of its own is seen."""

    def __init__(self) -> None:
        self.files: list[FileStat] = []
        self.skipped: Counter[str] = Counter()
        self.unreadable: list[tuple[bytes, str]] = []
        self.devices: dict[bytes, int] = {}
        self.bare: set[bytes] = set()
        self.broken: set[bytes] = set()
        self.denied: set[bytes] = set()
        """Named by their folder, and not there when they were looked at: deleted meanwhile, or a failing drive."""
        self.folder_links: list[bytes] = []
        self.file_links: list[bytes] = []
        self._seen: set[tuple[int, int]] = set()

    def walk(self, top: bytes) -> None:
        """Everything below `top`, but for folders that were walked before; raises OSError for `top` itself."""
        stack = [top]
        while stack:
            folder = stack.pop()
            try:
                about = os.stat(folder)
                if (about.st_dev, about.st_ino) in self._seen:
                    continue
                with os.scandir(folder) as entries:
                    self._seen.add((about.st_dev, about.st_ino))
                    self.devices[folder] = about.st_dev
                    if not self._list(entries, stack):
                        self.bare.add(folder)
            except OSError as error:
                if folder is top:
                    raise
                if error.errno == errno.ENOENT:
                    self.denied.add(folder)
                else:
                    self.unreadable.append((folder, error.strerror or "unreadable"))

    def _list(self, entries: os._ScandirIterator[bytes], stack: list[bytes]) -> bool:
        """Take in one folder; whether there is anything in it whose name is not hidden."""
        keep = self.files.append
        visible = False
        for entry in entries:
            visible = visible or entry.name[0] != _DOT
            try:
                if entry.is_file(follow_symlinks=False):  # nearly all of a large library: few calls for each
                    name = entry.name
                    if name[-4:] in _USUAL and name[0] != _DOT and len(name) > 4:
                        keep(FileStat.of(entry.path, entry.stat(follow_symlinks=False)))
                    elif reason := _passed_by(name):
                        self.skipped[reason] += 1
                    else:
                        keep(FileStat.of(entry.path, entry.stat(follow_symlinks=False)))
                elif entry.is_symlink():
                    self._link(entry)
                elif entry.is_dir(follow_symlinks=False):
                    if reason := _hidden_folder(entry.name):
                        self.skipped[reason] += 1
                    else:
                        stack.append(entry.path)
                else:
                    os.lstat(entry.path)  # a name without a kind may also be that of a folder that is not to be had
                    self.skipped[_passed_by(entry.name) or SPECIAL] += 1
            except FileNotFoundError:
                self.denied.add(entry.path)
            except OSError as error:
                self.unreadable.append((entry.path, error.strerror or "unreadable"))
        return visible

    def _link(self, entry: os.DirEntry[bytes]) -> None:
        if entry.is_dir():
            if reason := _hidden_folder(entry.name):
                self.skipped[reason] += 1
            else:
                self.folder_links.append(entry.path)
        elif not os.path.exists(entry.path):
            self.broken.add(entry.path)
            self.skipped[_passed_by(entry.name) or BROKEN_LINKS] += 1
        elif reason := _passed_by(entry.name):
            self.skipped[reason] += 1
        else:
            self.file_links.append(entry.path)

    def follow(self) -> None:
        """Walk the folders that links lead to, then add the files: each only if nothing else lists it."""
        while self.folder_links:
            self.folder_links.sort(reverse=True)
            link = self.folder_links.pop()
            before = len(self._seen)
            try:
                self.walk(link)
            except OSError as error:
                if error.errno != errno.ENOENT:
                    self.unreadable.append((link, error.strerror or "unreadable"))
                continue
            self.skipped[LINKS] += len(self._seen) == before
        listed = {(file.device, file.inode) for file in self.files} if self.file_links else set()
        for link in sorted(self.file_links):
            try:
                s = os.stat(link)
            except OSError:
                self.broken.add(link)
                self.skipped[BROKEN_LINKS] += 1
                continue
            if not modes.S_ISREG(s.st_mode):
                self.skipped[SPECIAL] += 1
            elif (s.st_dev, s.st_ino) in listed:
                self.skipped[LINKS] += 1
            else:
                listed.add((s.st_dev, s.st_ino))
                self.files.append(FileStat.of(link, s))

    def gone(self, folder: bytes, root: bytes) -> None:
        """Note of a folder that is not there whether a folder above it, up to the root, still names it."""
        while folder != root:
            self.denied.add(folder)
            folder = os.path.dirname(folder)
            try:
                with os.scandir(folder) as entries:
                    self.devices[folder] = os.stat(folder).st_dev
                    if all(entry.name[0] == _DOT for entry in entries):
                        self.bare.add(folder)
                return
            except OSError as error:
                if error.errno != errno.ENOENT:
                    self.unreadable.append((folder, error.strerror or "unreadable"))
                    return

    def _still_named(self) -> None:
        """Of what was denied, count as unreadable what its folder names still: that was not deleted."""
        by_folder: dict[bytes, set[bytes]] = {}
        for path in self.denied:
            by_folder.setdefault(os.path.dirname(path), set()).add(path)
        for folder, paths in by_folder.items():
            try:
                named = {os.path.join(folder, name) for name in os.listdir(folder) if name[0] != _DOT}
            except FileNotFoundError:
                continue
            except OSError as error:
                self.unreadable.append((folder, error.strerror or "unreadable"))
                continue
            self.unreadable += [(path, "named by its folder, but not to be had") for path in paths & named]

    def done(self, absent: Sequence[bytes], found_in: Mapping[bytes, bytes]) -> Scan:
        self._still_named()
        self.files.sort(key=attrgetter("path"))
        paths = [file.path for file in self.files]
        found = {}
        for root, clean in found_in.items():
            stem = clean.rstrip(b"/")
            found[root] = bisect_left(paths, stem + b"0") - bisect_left(paths, stem + b"/")  # "0" comes after "/"
        skipped = {reason: count for reason, count in sorted(self.skipped.items()) if count}
        return Scan(
            tuple(self.files),
            skipped,
            tuple(absent),
            tuple(sorted(set(self.unreadable))),
            found,
            self.devices,
            frozenset(self.bare),
            frozenset(self.broken),
        )


def _whole(roots: Sequence[bytes], named: Sequence[bytes]) -> Scan:
    walk = _Walk()
    absent: list[bytes] = []
    present: dict[bytes, bytes] = {}
    # A root that is a link comes last: what it leads to may have a path of its own.
    order = sorted(zip(dict.fromkeys(roots), named, strict=True), key=lambda pair: os.path.realpath(pair[1]) != pair[1])
    for root, clean in order:
        try:
            walk.walk(clean)
        except OSError as error:
            if error.errno in _GONE:
                absent.append(root)
            else:
                walk.unreadable.append((root, error.strerror or "unreadable"))
            continue
        present[root] = clean
    walk.follow()
    return walk.done(absent, present)


def _partial(named: Sequence[bytes], wanted: Sequence[bytes]) -> Scan:
    walk = _Walk()
    absent: set[bytes] = set()
    real = [os.path.realpath(root) for root in named]
    starts = [folder for folder in wanted if _root_of(folder, named) is not None]
    starts += [root for root in named if root not in starts and _root_of(root, wanted, strict=False) is not None]
    for folder in starts:
        root = _root_of(folder, named) or folder
        if not os.path.isdir(root):
            absent.add(root)
            continue
        straight = os.path.realpath(root) + folder[len(root) :]
        if os.path.realpath(folder) != straight or _root_of(straight, named) not in (root, None):
            raise _LeadsOut
        try:
            walk.walk(folder)
        except OSError as error:
            if error.errno == errno.ENOENT:
                walk.gone(folder, root)
            elif error.errno != errno.ENOTDIR:
                walk.unreadable.append((folder, error.strerror or "unreadable"))
    for link in (*walk.folder_links, *walk.file_links):
        if _root_of(os.path.realpath(link), real) is None:
            raise _LeadsOut
        walk.skipped[LINKS] += 1
    looked_at = {_root_of(folder, named) or folder for folder in starts} - absent
    told = [root for root in named if root in looked_at and (root in starts or _is_bare(root))]
    return walk.done(sorted(absent), {root: root for root in told})


def _is_bare(folder: bytes) -> bool:
    """Whether there is nothing in it at all: a mount point without its drive."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def _below(scan: Scan, wanted: Sequence[bytes]) -> Scan:
    """The part of a whole scan that lies below these folders."""
    files = tuple(file for file in scan.files if _root_of(file.path, wanted, strict=False) is not None)
    unreadable = tuple(pair for pair in scan.unreadable if _root_of(pair[0], wanted, strict=False) is not None)
    return replace(scan, files=files, unreadable=unreadable)


def _root_of(path: bytes, roots: Sequence[bytes], *, strict: bool = True) -> bytes | None:
    """The first root at or above `path` from which a walk would reach it; hidden folders stop it when strict."""
    for root in roots:
        stem = root.rstrip(b"/") + b"/"
        if path == root:
            return root
        if path.startswith(stem):
            between = path[len(stem) :].split(b"/")
            if not strict or not any(_hidden_folder(name) for name in between):
                return root
    return None


def _outermost(folders: Iterable[bytes]) -> list[bytes]:
    """Sorted, without those that lie below another one."""
    kept: list[bytes] = []
    for folder in sorted(set(folders)):
        if _root_of(folder, kept, strict=False) is None:
            kept.append(folder)
    return kept


def _clean(path: bytes) -> bytes:
    return os.path.abspath(path)


def _hidden_folder(name: bytes) -> str:
    if name.startswith(b"."):
        return HIDDEN_FOLDERS
    return MACOSX if name == b"__MACOSX" else ""


def _passed_by(name: bytes) -> str:
    """Why a file of this name is not listed; empty for one that is."""
    if name.startswith(b"."):
        return APPLE_DOUBLE if name.startswith(b"._") else HIDDEN_FILES
    dot = name.rfind(b".")
    return "" if dot > 0 and name[dot:].lower() in AUDIO_ENDINGS else OTHER

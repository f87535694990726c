"""Scan folders for audio files.

Each file is listed once. Its own path is preferred to one through a symbolic link, and of several links the first in
alphabetical order. Hard links count as separate files.
"""

from __future__ import annotations

import errno
import os
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from tui_browser.folder.walk import LINKS, FolderWalk, hidden_folder
from tui_browser.records import FileStat

_ABSENT_ERRORS = frozenset(
    getattr(errno, name)
    for name in ("ENOENT", "ENOTCONN", "ENODEV", "ENXIO", "EIO", "ESTALE", "EHOSTDOWN", "EHOSTUNREACH", "ETIMEDOUT")
    if hasattr(errno, name)
)
"""Errors at a root whose drive was unplugged or whose server is down."""


@dataclass(frozen=True, slots=True)
class FolderScan:
    """Result of a scan.

    Files below a folder in `absent` or `unreadable` may still exist. A root that is present but has lost all its
    files may be a mount point without its drive: see `file_counts`.
    """

    files: tuple[FileStat, ...]
    """Sorted by path."""
    skipped: Mapping[str, int]
    """Number of skipped files and folders by reason."""
    absent: tuple[bytes, ...]
    """Roots that are not present."""
    unreadable: tuple[tuple[bytes, str], ...]
    """Folders and files that could not be read, with the reason."""
    file_counts: Mapping[bytes, int]
    """Number of audio files by root, for each present root that was scanned completely or is empty."""
    devices: Mapping[bytes, int] = field(default_factory=dict)
    """Device number of each listed folder."""
    empty_folders: frozenset[bytes] = frozenset()
    """Listed folders without visible entries: emptied, or mount points without their drive."""
    broken_links: frozenset[bytes] = frozenset()
    """Symbolic links whose target does not exist."""
    below_links: Mapping[bytes, int] = field(default_factory=dict)
    """Number of audio files that are listed only because of a link, by link."""
    passed: int = 0
    """Number of audio files that were not wanted, and are not in `files`."""
    within: Collection[bytes] | None = None
    """Where files that are not listed are gone, if that is not below all that was to be scanned."""


def scan(
    roots: Sequence[bytes],
    *,
    folders: Collection[bytes] | None = None,
    wanted: Callable[[bytes], bool] | None = None,
) -> FolderScan:
    """The audio files below `roots` (absolute paths), or only those in `folders`, or those that are `wanted`.

    `folders` may be anywhere at or below a root and need not exist; the result is the same as in a full scan.
    """
    named = [os.path.abspath(root) for root in dict.fromkeys(roots)]
    if folders is None:
        return _full_scan(roots, named, wanted)
    subtrees = _outermost(os.path.abspath(folder) for folder in folders)
    try:
        return _partial_scan(named, subtrees)
    except _LeadsOut:
        # Only a full scan knows which path lists the target of a link that leads out of the roots.
        return _below(_full_scan(roots, named), subtrees)


class _LeadsOut(Exception):
    """A link whose target is not below a root."""


def _full_scan(
    roots: Sequence[bytes], named: Sequence[bytes], wanted: Callable[[bytes], bool] | None = None
) -> FolderScan:
    walk = FolderWalk(wanted)
    absent: list[bytes] = []
    present: dict[bytes, bytes] = {}
    # Roots that are links come last: their targets may have a path of their own.
    order = sorted(zip(dict.fromkeys(roots), named, strict=True), key=lambda pair: os.path.realpath(pair[1]) != pair[1])
    for root, clean in order:
        try:
            walk.walk(clean)
        except OSError as error:
            if error.errno in _ABSENT_ERRORS:
                absent.append(root)
            else:
                walk.unreadable.append((root, error.strerror or "unreadable"))
            continue
        present[root] = clean
    walk.follow()
    return _result(walk, absent, present)


def _partial_scan(named: Sequence[bytes], wanted: Sequence[bytes]) -> FolderScan:
    walk = FolderWalk()
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
                walk.add_absent_folder(folder, root)
            elif error.errno == errno.ENOTDIR:
                walk.add_file(folder)
            else:
                walk.unreadable.append((folder, error.strerror or "unreadable"))
    for link in (*walk.folder_links, *walk.file_links):
        if _root_of(os.path.realpath(link), real) is None:
            raise _LeadsOut
        walk.skipped[LINKS] += 1
    scanned = {_root_of(folder, named) or folder for folder in starts} - absent
    counted = [root for root in named if root in scanned and (root in starts or _is_empty(root))]
    return _result(walk, sorted(absent), {root: root for root in counted})


def _is_empty(folder: bytes) -> bool:
    """Whether the folder has no entries at all, like a mount point without its drive."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def _below(scan: FolderScan, wanted: Sequence[bytes]) -> FolderScan:
    """The part of a full scan at and below these folders."""
    files = tuple(file for file in scan.files if _root_of(file.path, wanted, strict=False) is not None)
    unreadable = tuple(pair for pair in scan.unreadable if _root_of(pair[0], wanted, strict=False) is not None)
    return replace(scan, files=files, unreadable=unreadable)


def _root_of(path: bytes, roots: Sequence[bytes], *, strict: bool = True) -> bytes | None:
    """The first root at or above `path`; when strict, only without a hidden folder in between."""
    for root in roots:
        stem = root.rstrip(b"/") + b"/"
        if path == root:
            return root
        if path.startswith(stem):
            between = path[len(stem) :].split(b"/")
            if not strict or not any(hidden_folder(name) for name in between):
                return root
    return None


def _outermost(folders: Iterable[bytes]) -> list[bytes]:
    """The folders sorted, without those below another one."""
    kept: list[bytes] = []
    for folder in sorted(set(folders)):
        if _root_of(folder, kept, strict=False) is None:
            kept.append(folder)
    return kept


def _result(walk: FolderWalk, absent: Sequence[bytes], counted: Mapping[bytes, bytes]) -> FolderScan:
    walk.check_denied()
    walk.files.sort(key=attrgetter("path"))
    paths = [file.path for file in walk.files]
    file_counts = {}
    for root, clean in counted.items():
        stem = clean.rstrip(b"/")
        file_counts[root] = bisect_left(paths, stem + b"0") - bisect_left(paths, stem + b"/")  # "0" follows "/"
    skipped = {reason: count for reason, count in sorted(walk.skipped.items()) if count}
    return FolderScan(
        tuple(walk.files),
        skipped,
        tuple(absent),
        tuple(sorted(set(walk.unreadable))),
        file_counts,
        walk.devices,
        frozenset(walk.empty_folders),
        frozenset(walk.broken_links),
        walk.below_links,
        walk.passed,
    )

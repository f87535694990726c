"""What audio files are there: the truth that the library is compared with.

Each file comes once, under one path. A file's own path is preferred to one that leads through a symbolic link, and
among links the first in the alphabet; hard links are files of their own.
"""

from __future__ import annotations

import errno
import os
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from tui_browser.folder.walk import LINKS, FolderWalk, hidden_folder
from tui_browser.records import FileStat

_GONE = frozenset(
    getattr(errno, name)
    for name in ("ENOENT", "ENOTCONN", "ENODEV", "ENXIO", "EIO", "ESTALE", "EHOSTDOWN", "EHOSTUNREACH", "ETIMEDOUT")
    if hasattr(errno, name)
)
"""What the root of a drive says that was unplugged or of a server that is away."""


@dataclass(frozen=True, slots=True)
class FolderScan:
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


def scan(roots: Sequence[bytes], *, folders: Collection[bytes] | None = None) -> FolderScan:
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


def _whole(roots: Sequence[bytes], named: Sequence[bytes]) -> FolderScan:
    walk = FolderWalk()
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
    return _done(walk, absent, present)


def _partial(named: Sequence[bytes], wanted: Sequence[bytes]) -> FolderScan:
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
                walk.gone(folder, root)
            elif error.errno == errno.ENOTDIR:
                walk.alone(folder)
            else:
                walk.unreadable.append((folder, error.strerror or "unreadable"))
    for link in (*walk.folder_links, *walk.file_links):
        if _root_of(os.path.realpath(link), real) is None:
            raise _LeadsOut
        walk.skipped[LINKS] += 1
    looked_at = {_root_of(folder, named) or folder for folder in starts} - absent
    told = [root for root in named if root in looked_at and (root in starts or _is_bare(root))]
    return _done(walk, sorted(absent), {root: root for root in told})


def _is_bare(folder: bytes) -> bool:
    """Whether there is nothing in it at all: a mount point without its drive."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def _below(scan: FolderScan, wanted: Sequence[bytes]) -> FolderScan:
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
            if not strict or not any(hidden_folder(name) for name in between):
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


def _done(walk: FolderWalk, absent: Sequence[bytes], found_in: Mapping[bytes, bytes]) -> FolderScan:
    walk.still_named()
    walk.files.sort(key=attrgetter("path"))
    paths = [file.path for file in walk.files]
    found = {}
    for root, clean in found_in.items():
        stem = clean.rstrip(b"/")
        found[root] = bisect_left(paths, stem + b"0") - bisect_left(paths, stem + b"/")  # "0" comes after "/"
    skipped = {reason: count for reason, count in sorted(walk.skipped.items()) if count}
    return FolderScan(
        tuple(walk.files),
        skipped,
        tuple(absent),
        tuple(sorted(set(walk.unreadable))),
        found,
        walk.devices,
        frozenset(walk.bare),
        frozenset(walk.broken),
    )

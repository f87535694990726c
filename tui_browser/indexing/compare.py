"""Compare a scan with the library: which files are new, changed, removed, missing or back. No I/O."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tui_browser.errors import RejectCode
from tui_browser.indexing.freshness import is_fresh
from tui_browser.records import FRESH_CTIME, FileStat, SampleId, is_provisional
from tui_browser.store.records import KnownReject, KnownRow

EMPTY = "empty at the moment"
AWAY = "on a drive that is not connected"


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """What to do so that the library matches the disk."""

    decode: tuple[FileStat, ...]
    """Files that are new, changed in size or time, not yet encoded in this space, or due for another try."""
    doubtful: tuple[FileStat, ...]
    """Same size and time, but they may have another sound (see `_is_doubtful`): all are read."""
    renumbered: tuple[FileStat, ...]
    """Another inode is all that differs: replaced, or on a drive that renumbers its files; some are read."""
    fresh: tuple[bytes, ...]
    """Read right after they changed, and still too young to be read for good (see `indexing.freshness`)."""
    restat: tuple[tuple[SampleId, FileStat], ...]
    """Unchanged files whose stored device, inode or ctime is out of date."""
    vanished: Mapping[bytes, SampleId]
    """Removed from a folder that could be listed; a new file with the same sound takes over the id."""
    absent: Mapping[bytes, SampleId]
    """In a folder that cannot be listed, or on a drive that may be disconnected: kept as missing."""
    newly_absent: tuple[SampleId, ...]
    """The absent samples that were present at the last scan."""
    emptied: frozenset[bytes]
    """Absent paths in a folder that is now empty, on the same drive as before."""
    away: Mapping[bytes, str]
    """Folders that could be listed but whose samples count as absent, with the reason."""
    back: tuple[SampleId, ...]
    """Missing samples whose file is present again."""
    stale_rejects: tuple[bytes, ...]
    """Rejects whose file was removed."""
    unchanged: int


def compare(
    files: Sequence[FileStat],
    known: Mapping[bytes, KnownRow],
    rejects: Mapping[bytes, KnownReject],
    *,
    space: str,
    unreachable: Collection[bytes] = (),
    within: Collection[bytes] | None = None,
    retry: Collection[RejectCode] = (),
    devices: Mapping[bytes, int] = MappingProxyType({}),
    empty_folders: Collection[bytes] = (),
    verify: bool = False,
    written: Collection[bytes] = (),
    now_ns: int | None = None,
) -> IndexPlan:
    """The plan that makes `known` and `rejects` match `files`.

    Samples below `unreachable` folders (an absent root, an empty mount point, no permission) are absent, never
    vanished. With `within`, only those folders were scanned. Rejects with a code in `retry` are decoded again.
    `devices` maps each listed folder to its device; samples that vanished from one of the `empty_folders`, or from a
    folder on another device than before, are absent. All files are read again with `verify`, else those in `written`,
    which a program has just written to. With `now_ns`, files that cannot be read for good yet are put off.
    """
    decode: list[FileStat] = []
    doubtful: list[FileStat] = []
    renumbered: list[FileStat] = []
    fresh: list[bytes] = []
    restat: list[tuple[SampleId, FileStat]] = []
    back: list[SampleId] = []
    seen: set[bytes] = set()
    unchanged = 0
    for stat in files:
        seen.add(stat.path)
        row, reject = known.get(stat.path), rejects.get(stat.path)
        if row is not None and row.missing:
            back.append(row.id)
        if reject is not None and _same_size_and_time(stat, reject):
            if reject.code in retry or (row is not None and reject.code is RejectCode.CONTENT):
                decode.append(stat)  # a row beside it is left from a run that was killed before its end
            elif _is_doubtful(stat, reject) or reject.inode != stat.inode or verify or stat.path in written:
                doubtful.append(stat)
            else:
                unchanged += 1
        elif row is None or not _same_size_and_time(stat, row) or not _is_encoded(row, space):
            decode.append(stat)
        elif verify or stat.path in written:
            doubtful.append(stat)
        elif _is_doubtful(stat, row):
            if row.ctime_ns == FRESH_CTIME and is_provisional(row.content_hash):
                unchanged += 1  # the second pass is to read all of it anyway
            elif now_ns is not None and row.ctime_ns == FRESH_CTIME and is_fresh(stat, now_ns):
                fresh.append(stat.path)
                unchanged += 1
            else:
                doubtful.append(stat)
        elif row.inode != stat.inode:
            renumbered.append(stat)
        else:
            unchanged += 1
            if (row.device, row.ctime_ns) != (stat.device, stat.ctime_ns):
                restat.append((row.id, stat))
    scanned = Subtrees(within) if within is not None else None
    hidden = Subtrees(unreachable)
    absent: dict[bytes, SampleId] = {}
    vanished: dict[bytes, SampleId] = {}
    for path, row in known.items():
        if path in seen or (scanned is not None and path not in scanned):
            continue
        (absent if path in hidden else vanished)[path] = row.id
    unproven = _unproven(vanished, known, files, devices, empty_folders)
    absent |= {path: vanished.pop(path) for path in unproven}
    stale_rejects = [
        path for path in rejects if path not in seen and path not in hidden and (scanned is None or path in scanned)
    ]
    return IndexPlan(
        decode=tuple(decode),
        doubtful=tuple(doubtful),
        renumbered=tuple(renumbered),
        fresh=tuple(fresh),
        restat=tuple(restat),
        vanished=vanished,
        absent=absent,
        newly_absent=tuple(sample for path, sample in absent.items() if not known[path].missing),
        emptied=frozenset(path for path, (_, reason) in unproven.items() if reason is EMPTY),
        away=dict(unproven.values()),
        back=tuple(back),
        stale_rejects=tuple(stale_rejects),
        unchanged=unchanged,
    )


def _same_size_and_time(stat: FileStat, known: KnownRow | KnownReject) -> bool:
    return (known.size, known.mtime_ns) == (stat.size, stat.mtime_ns)


def _is_doubtful(stat: FileStat, known: KnownRow | KnownReject) -> bool:
    """Whether the ctime differs, or none was kept because the file had just changed; 0 is unknown.

    Rights, hard links and rsync change it as well as an edit that puts the modification time back.
    """
    return known.ctime_ns not in (0, stat.ctime_ns)


def _unproven(
    vanished: Mapping[bytes, SampleId],
    known: Mapping[bytes, KnownRow],
    files: Sequence[FileStat],
    devices: Mapping[bytes, int],
    empty_folders: Collection[bytes],
) -> dict[bytes, tuple[bytes, str]]:
    """Vanished paths that may still exist, with the folder that causes the doubt and the reason.

    A drive may get another device number when it is connected again. Files that are present now show which stored
    device numbers correspond to which present ones.
    """
    if not vanished:
        return {}
    present_devices: dict[int, set[int]] = {}
    for stat in files:
        numbers = {stat.device, devices.get(os.path.dirname(stat.path), stat.device)}
        present_devices.setdefault(stat.device, set()).update(numbers)
        if (row := known.get(stat.path)) is not None:
            present_devices.setdefault(row.device, set()).update(numbers)
    unproven: dict[bytes, tuple[bytes, str]] = {}
    for path in vanished:
        below, folder = path, os.path.dirname(path)
        while folder not in devices and folder != below:
            below, folder = folder, os.path.dirname(folder)
        if folder not in devices:
            continue
        device = known[path].device
        if device != devices[folder] and devices[folder] not in present_devices.get(device, ()):
            unproven[path] = (folder if below == path or folder in empty_folders else below, AWAY)
        elif folder in empty_folders:
            unproven[path] = (folder, EMPTY)
    return unproven


def _is_encoded(row: KnownRow, space: str) -> bool:
    """Whether the sample needs no encoding in this space; a silent one (no space at all) never does."""
    return row.encoded_space in ("", space)


class Subtrees:
    """A set of folders with everything below them: `path in Subtrees(folders)`."""

    def __init__(self, folders: Collection[bytes]) -> None:
        self._folders = {folder.rstrip(b"/") or b"/" for folder in folders}

    def __contains__(self, path: object) -> bool:
        if not self._folders or not isinstance(path, bytes):
            return False
        while path not in self._folders:
            parent = os.path.dirname(path)
            if parent == path:
                return False
            path = parent
        return True


def root_of(path: bytes, roots: Collection[bytes]) -> bytes:
    """The deepest root at or above `path`; empty without one."""
    while path not in roots:
        parent = os.path.dirname(path)
        if parent == path:
            return b""
        path = parent
    return path

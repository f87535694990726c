"""What a scan means for the library: which files are new, changed, gone, away or back. Pure, no I/O."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from tui_browser.errors import RejectCode
from tui_browser.records import FileStat, SampleId

EMPTY = "empty just now"
AWAY = "on a drive that is not there just now"


class KnownFile(Protocol):
    """What the library remembers of one file."""

    @property
    def id(self) -> SampleId: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...
    @property
    def device(self) -> int: ...
    @property
    def inode(self) -> int: ...
    @property
    def ctime_ns(self) -> int: ...
    @property
    def missing(self) -> bool: ...
    @property
    def encoded_space(self) -> str: ...


class KnownRefusal(Protocol):
    """What the library remembers of a file that it could not take."""

    @property
    def size(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...
    @property
    def inode(self) -> int: ...
    @property
    def ctime_ns(self) -> int: ...
    @property
    def code(self) -> RejectCode: ...


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """What has to be done so that the library equals the disk."""

    decode: tuple[FileStat, ...]
    """New files, those whose size or time changed, that this model has not heard yet, or that are tried again."""
    doubtful: tuple[FileStat, ...]
    """Of the size and time that are known, but another inode or ctime: replaced, or a drive that numbers anew."""
    restat: tuple[tuple[SampleId, FileStat], ...]
    """Unchanged, but what the library knows of drive, inode or ctime is older."""
    vanished: Mapping[bytes, SampleId]
    """Gone from a folder that could be looked at; a file that turns up with the same sound inherits the id."""
    absent: Mapping[bytes, SampleId]
    """Below what cannot be looked at just now, or may lie on a drive that is away: kept, greyed."""
    newly_absent: tuple[SampleId, ...]
    """Those of them that were there the last time."""
    emptied: frozenset[bytes]
    """Absent from a folder in which nothing is left, on the drive where they were."""
    away: Mapping[bytes, str]
    """Folders whose samples are absent although they, or what lies above them, could be looked at; and why."""
    back: tuple[SampleId, ...]
    """Marked missing, and there again."""
    stale_rejects: tuple[bytes, ...]
    """Rejects whose file is gone."""
    unchanged: int


def compare(
    files: Sequence[FileStat],
    known: Mapping[bytes, KnownFile],
    rejects: Mapping[bytes, KnownRefusal],
    *,
    space: str,
    blind: Collection[bytes] = (),
    within: Collection[bytes] | None = None,
    retry: Collection[RejectCode] = (),
    devices: Mapping[bytes, int] = MappingProxyType({}),
    bare: Collection[bytes] = (),
) -> IndexPlan:
    """The plan that makes `known` and `rejects` equal to `files`.

    `blind` are folders that could not be looked at (an absent root, an empty mount point, no permission): what lies
    below them counts as absent, never as vanished. With `within`, only files below those folders were looked for.
    Rejects with a code in `retry` are read again though nothing changed. `devices` are the folders that were listed
    with the drives they lie on; what vanished from a `bare` one, or from where another drive was, is absent.
    """
    decode: list[FileStat] = []
    doubtful: list[FileStat] = []
    restat: list[tuple[SampleId, FileStat]] = []
    back: list[SampleId] = []
    seen: set[bytes] = set()
    unchanged = 0
    for stat in files:
        seen.add(stat.path)
        row, refusal = known.get(stat.path), rejects.get(stat.path)
        if row is not None and row.missing:
            back.append(row.id)
        if refusal is not None and _as_before(stat, refusal):
            if refusal.code in retry:
                decode.append(stat)
            elif _renumbered(stat, refusal):
                doubtful.append(stat)
            else:
                unchanged += 1
        elif row is None or not _as_before(stat, row) or _unheard(row, space):
            decode.append(stat)
        elif _renumbered(stat, row):
            doubtful.append(stat)
        else:
            unchanged += 1
            if (row.device, row.inode, row.ctime_ns) != (stat.device, stat.inode, stat.ctime_ns):
                restat.append((row.id, stat))
    looked_at = Subtrees(within) if within is not None else None
    hidden = Subtrees(blind)
    absent: dict[bytes, SampleId] = {}
    vanished: dict[bytes, SampleId] = {}
    for path, row in known.items():
        if path in seen or (looked_at is not None and path not in looked_at):
            continue
        (absent if path in hidden else vanished)[path] = row.id
    lost = _lost(vanished, known, files, devices, bare)
    absent |= {path: vanished.pop(path) for path in lost}
    gone = [
        path for path in rejects if path not in seen and path not in hidden and (looked_at is None or path in looked_at)
    ]
    return IndexPlan(
        decode=tuple(decode),
        doubtful=tuple(doubtful),
        restat=tuple(restat),
        vanished=vanished,
        absent=absent,
        newly_absent=tuple(sample for path, sample in absent.items() if not known[path].missing),
        emptied=frozenset(path for path, (_, reason) in lost.items() if reason is EMPTY),
        away=dict(lost.values()),
        back=tuple(back),
        stale_rejects=tuple(gone),
        unchanged=unchanged,
    )


def _as_before(stat: FileStat, memory: KnownFile | KnownRefusal) -> bool:
    return (memory.size, memory.mtime_ns) == (stat.size, stat.mtime_ns)


def _renumbered(stat: FileStat, memory: KnownFile | KnownRefusal) -> bool:
    """Whether a file of the known size and time may be another one; a ctime that was never noted speaks for nothing."""
    return memory.inode != stat.inode or memory.ctime_ns not in (0, stat.ctime_ns)


def _lost(
    vanished: Mapping[bytes, SampleId],
    known: Mapping[bytes, KnownFile],
    files: Sequence[FileStat],
    devices: Mapping[bytes, int],
    bare: Collection[bytes],
) -> dict[bytes, tuple[bytes, str]]:
    """Of the vanished paths those that are not proved to be gone: the folder that this is due to, and why.

    The number of a drive changes when it is plugged in again: files that are seen now tell which drives are there.
    """
    if not vanished:
        return {}
    here: dict[int, set[int]] = {}
    for stat in files:
        drives = {stat.device, devices.get(os.path.dirname(stat.path), stat.device)}
        here.setdefault(stat.device, set()).update(drives)
        if (row := known.get(stat.path)) is not None:
            here.setdefault(row.device, set()).update(drives)
    lost: dict[bytes, tuple[bytes, str]] = {}
    for path in vanished:
        below, folder = path, os.path.dirname(path)
        while folder not in devices and folder != below:
            below, folder = folder, os.path.dirname(folder)
        if folder not in devices:
            continue
        device = known[path].device
        if device != devices[folder] and devices[folder] not in here.get(device, ()):
            lost[path] = (folder if below == path or folder in bare else below, AWAY)
        elif folder in bare:
            lost[path] = (folder, EMPTY)
    return lost


def _unheard(row: KnownFile, space: str) -> bool:
    """Whether this model has not heard the sample yet; one without a sound (no space at all) need not be heard."""
    return row.encoded_space not in ("", space)


class Subtrees:
    """Membership of paths in subtrees: `path in Below(folders)` is true for a folder itself and all below it."""

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
    """The deepest root that holds `path`; empty when none does."""
    while path not in roots:
        parent = os.path.dirname(path)
        if parent == path:
            return b""
        path = parent
    return path

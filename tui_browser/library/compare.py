"""What a scan means for the library: which files are new, changed, moved, gone or back. Pure, no I/O."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui_browser.records import FileStat, SampleId


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
    def missing(self) -> bool: ...
    @property
    def encoded_space(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done so that the library equals the disk."""

    decode: tuple[FileStat, ...]
    """New files, and those whose size or time changed, or that this model has not heard yet."""
    moved: tuple[tuple[SampleId, FileStat], ...]
    """Known by inode, size and time under another path: they keep id, tags and place, and are not read."""
    vanished: Mapping[bytes, SampleId]
    """Gone from a folder that could be looked at; a file that turns up with the same sound inherits the id."""
    absent: tuple[SampleId, ...]
    """Below a root or folder that cannot be looked at just now: kept, greyed."""
    back: tuple[SampleId, ...]
    """Marked missing, and there again unchanged."""
    stale_rejects: tuple[bytes, ...]
    """Rejects whose file is gone."""
    unchanged: int


def compare(
    files: Sequence[FileStat],
    known: Mapping[bytes, KnownFile],
    rejects: Mapping[bytes, tuple[int, int]],
    *,
    space: str,
    blind: Collection[bytes] = (),
    within: Collection[bytes] | None = None,
) -> Plan:
    """The plan that makes `known` and `rejects` (path -> size, mtime_ns) equal to `files`.

    `blind` are folders that could not be looked at (an absent root, an empty mount point, no permission): what lies
    below them counts as absent, never as vanished. With `within`, only files below those folders were looked for.
    """
    decode: list[FileStat] = []
    fresh: list[FileStat] = []
    back: list[SampleId] = []
    seen: set[bytes] = set()
    unchanged = 0
    for stat in files:
        seen.add(stat.path)
        row = known.get(stat.path)
        if row is None:
            if rejects.get(stat.path) == (stat.size, stat.mtime_ns):
                unchanged += 1
            else:
                fresh.append(stat)
            continue
        if rejects.get(stat.path) == (stat.size, stat.mtime_ns):
            unchanged += 1
        elif (row.size, row.mtime_ns) != (stat.size, stat.mtime_ns) or _unheard(row, space):
            decode.append(stat)
        else:
            unchanged += 1
            if row.missing:
                back.append(row.id)
    looked_at = Below(within) if within is not None else None
    hidden = Below(blind)
    absent: list[SampleId] = []
    vanished: dict[bytes, SampleId] = {}
    for path, row in known.items():
        if path in seen or (looked_at is not None and path not in looked_at):
            continue
        if path in hidden:
            if not row.missing:
                absent.append(row.id)
        else:
            vanished[path] = row.id
    by_inode = {(known[p].device, known[p].inode, known[p].size, known[p].mtime_ns): p for p in vanished}
    moved: list[tuple[SampleId, FileStat]] = []
    for stat in fresh:
        old = by_inode.pop((stat.device, stat.inode, stat.size, stat.mtime_ns), None)
        if old is None or _unheard(known[old], space):
            decode.append(stat)
        else:
            moved.append((vanished.pop(old), stat))
    gone = [
        path for path in rejects if path not in seen and path not in hidden and (looked_at is None or path in looked_at)
    ]
    return Plan(tuple(decode), tuple(moved), vanished, tuple(absent), tuple(back), tuple(gone), unchanged)


def _unheard(row: KnownFile, space: str) -> bool:
    """Whether this model has not heard the sample yet; one without a sound (no space at all) need not be heard."""
    return row.encoded_space not in ("", space)


class Below:
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

"""Decide which sample a decoded file is, by its content hash.

Path, size, time and inode are no proof: files are renamed, swapped, and replaced by others of the same size and time.
A sample moves to another path only if the file there has its sound.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from tui_browser.indexing.compare import IndexPlan
from tui_browser.records import Clip, FileStat, SampleId
from tui_browser.store.path_likeness import common_parts, spelled_name
from tui_browser.store.records import KnownRow, LostFile


class Verdict(Enum):
    """Which sample a decoded file is."""

    UNCHANGED = auto()
    """The sample at its path, with the same sound."""
    MOVED = auto()
    """A sample that was at another path."""
    NEW = auto()
    """A new sample, or the sample at its path with a new sound."""
    UNDECIDED = auto()
    """Depends on files that are still to be read; `resolve` decides once all have been."""


@dataclass(frozen=True, slots=True)
class ResolvedClips:
    """The decision on all undecided clips."""

    moves: tuple[tuple[KnownRow, Clip], ...]
    """To be applied in one transaction, because paths may be swapped."""
    stored_in_place: tuple[Clip, ...]
    """To be stored at their own path, after the moves."""


class IdentityResolver:
    """Decides for the files of one run; `judge` is called once per clip."""

    def __init__(self, known: Mapping[bytes, KnownRow], plan: IndexPlan, *, lost: Collection[LostFile] = ()) -> None:
        """`lost` are files that were removed before, of which something was said."""
        to_read = (*plan.decode, *plan.doubtful, *plan.renumbered)
        self._rows = {stat.path: known[stat.path] for stat in to_read if stat.path in known}
        """Samples whose file is still to be read, by path."""
        self._same_size_and_time = Counter(_size_and_time(stat) for stat in to_read)
        self._vanished: defaultdict[str, list[KnownRow]] = defaultdict(list)
        """Samples whose file was removed, by content hash."""
        self._absent: defaultdict[str, list[KnownRow]] = defaultdict(list)
        """Samples whose file is absent, by content hash; only the same file, not a copy, may take one over."""
        self._emptied = {known[path].id for path in plan.emptied}
        self._displaced: defaultdict[str, list[KnownRow]] = defaultdict(list)
        """Samples at whose path there is another sound now, by content hash."""
        self._pending: Counter[_Fingerprint] = Counter(map(_fingerprint, self._rows.values()))
        """Samples whose file is still to be read, or that are displaced."""
        self._paths = {known[path].id: path for path in (*plan.vanished, *plan.absent, *self._rows)}
        names = (spelled_name(stat.path) for stat in to_read) if plan.vanished or plan.absent else ()
        self._unread = Counter(names)
        """Names of the files that are still to be read, where samples may have moved."""
        for path in plan.vanished:
            self._vanished[known[path].content_hash].append(known[path])
        self._staying: defaultdict[str, list[bytes]] = defaultdict(list)
        """Paths of files that have the sound of a removed one: they stay, or were removed before."""
        if plan.vanished:
            for path, row in known.items():
                if row.content_hash in self._vanished and path not in plan.vanished and path not in plan.absent:
                    self._staying[row.content_hash].append(path)
            for file in lost:
                self._staying[file.content_hash].append(file.path)
        for path in plan.absent:
            self._absent[known[path].content_hash].append(known[path])
        absent = (known[path] for path in plan.absent)
        self._sizes_and_times = {_size_and_time(row) for row in (*absent, *self._rows.values())}
        """Of samples that a file of the same size and time may be."""

    def row(self, path: bytes) -> KnownRow | None:
        """The sample at a path whose file is still to be read."""
        return self._rows.get(path)

    def judge(self, clip: Clip) -> tuple[Verdict, KnownRow | None]:
        """The verdict on a clip, with its sample where that is UNCHANGED or MOVED."""
        own = self._rows.pop(clip.stat.path, None)
        if self._unread:
            self._unread[spelled_name(clip.stat.path)] -= 1
        if own is not None and own.content_hash in _hashes(clip):
            self._pending[_fingerprint(own)] -= 1
            return Verdict.UNCHANGED, own
        if own is None:
            if self._is_claimed(clip):
                return Verdict.UNDECIDED, None
            if (moved := self._take(clip)) is not None:
                return Verdict.MOVED, moved
            return (Verdict.UNDECIDED if self._is_awaited(clip) else Verdict.NEW), None
        others = self._same_size_and_time[_size_and_time(own)] - (_size_and_time(own) == _size_and_time(clip.stat))
        if others or self._is_awaited(clip) or self._candidates(clip):
            self._displaced[own.content_hash].append(own)
            return Verdict.UNDECIDED, None
        self._pending[_fingerprint(own)] -= 1
        return Verdict.NEW, None

    def reject(self, path: bytes) -> bool:
        """Note a rejected file; whether it was a sample, which is removed unless its sound is found elsewhere."""
        own = self._rows.pop(path, None)
        if own is not None:
            self._pending[_fingerprint(own)] -= 1
            self._vanished[own.content_hash].append(own)
        return own is not None

    def resolve(self, clips: Sequence[Clip]) -> ResolvedClips:
        """Decide on the undecided clips, after all files have been read."""
        moves = []
        in_place = []
        for clip in sorted(clips, key=self._by_likeness):
            if (row := self._take(clip)) is not None:
                moves.append((row, clip))
            else:
                in_place.append(clip)
        self._displaced.clear()
        return ResolvedClips(tuple(moves), tuple(in_place))

    def removed_ids(self) -> list[SampleId]:
        """Samples whose file was removed and whose sound was not found elsewhere."""
        return [row.id for rows in self._vanished.values() for row in rows]

    def _take(self, clip: Clip) -> KnownRow | None:
        """The sample that moved to this file, removed from the candidates; None without one."""
        candidates = self._candidates(clip)
        if not candidates:
            return None
        best = min(candidates, key=lambda row: self._unlikeness(row, clip.stat))
        for rows in (self._vanished, self._displaced, self._absent):
            if best in rows[best.content_hash]:
                rows[best.content_hash].remove(best)
        return best

    def _is_claimed(self, clip: Clip) -> bool:
        """Whether the samples with this sound have other names, and files of these names are still to be read."""
        candidates = self._candidates(clip)
        own_name = spelled_name(clip.stat.path)
        names = {spelled_name(self._paths[row.id]) for row in candidates}
        renamed = any(_is_renamed(row, clip.stat) for row in candidates)
        return own_name not in names and not renamed and any(self._unread[name] > 0 for name in names)

    def _by_likeness(self, clip: Clip) -> tuple[tuple[bool, int], bytes]:
        candidates = self._candidates(clip)
        return min((self._unlikeness(row, clip.stat) for row in candidates), default=(True, 0)), clip.stat.path

    def _unlikeness(self, row: KnownRow, stat: FileStat) -> tuple[bool, int]:
        """The file itself comes first, then the path that is most alike."""
        return not _is_renamed(row, stat), -common_parts(self._paths[row.id], stat.path)

    def _candidates(self, clip: Clip) -> list[KnownRow]:
        """Samples with this sound that may have moved to this file."""
        found: list[KnownRow] = []
        for sound in _hashes(clip):
            displaced, absent = self._displaced.get(sound, ()), self._absent.get(sound, ())
            found += (row for row in self._vanished.get(sound, ()) if not self._is_other_copy(row, clip))
            found += (row for row in displaced if _size_and_time(row) == _size_and_time(clip.stat))
            found += (row for row in absent if self._is_same_file(row, clip.stat))
        return found

    def _is_awaited(self, clip: Clip) -> bool:
        """Whether a sample with this sound, size and time is still to be read."""
        return any(self._pending[(sound, *_size_and_time(clip.stat))] > 0 for sound in _hashes(clip))

    def may_be_known(self, stat: FileStat) -> bool:
        """Whether a file at a new path may be a sample that moved, so that its whole sound has to be compared."""
        return bool(self._vanished) or _size_and_time(stat) in self._sizes_and_times

    def _is_other_copy(self, row: KnownRow, clip: Clip) -> bool:
        """Whether the path says that the clip is another file of this sound, which stays or was removed before."""
        staying = self._staying.get(row.content_hash, ())
        if not staying or _is_renamed(row, clip.stat):
            return False
        parts = common_parts(self._paths[row.id], clip.stat.path)
        return any(common_parts(path, clip.stat.path) > parts for path in staying)

    def _is_same_file(self, row: KnownRow, stat: FileStat) -> bool:
        """Whether `stat` is the file of an absent sample under a new name, and not a copy of it."""
        if _size_and_time(row) != _size_and_time(stat):
            return False
        return row.id in self._emptied or (row.inode, row.device) == (stat.inode, stat.device)


_Fingerprint = tuple[str, int, int]


def _hashes(clip: Clip) -> tuple[str, ...]:
    """The hashes by which a sample with this sound may be known: a long one by a provisional one, until it is read."""
    return (clip.content_hash, clip.provisional_hash) if clip.provisional_hash else (clip.content_hash,)


def _is_renamed(row: KnownRow, stat: FileStat) -> bool:
    """Whether inode and time are the same as well; an inode alone may be that of a deleted file, used again."""
    return (row.inode, row.device, row.mtime_ns) == (stat.inode, stat.device, stat.mtime_ns)


def _size_and_time(file: KnownRow | FileStat) -> tuple[int, int]:
    return file.size, file.mtime_ns


def _fingerprint(row: KnownRow) -> _Fingerprint:
    """Content hash, size and time: equal for a sample and the file that it moved to."""
    return (row.content_hash, *_size_and_time(row))

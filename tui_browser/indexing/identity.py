"""Which sample a file is, by its sound, where its path, size, time and inode leave that open.

A path proves nothing: files are renumbered, swapped and replaced by others of the same size and time. So a sample is
taken to another path only by a file that has its sound, and stays where it is while its sound does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from tui_browser.indexing.compare import IndexPlan
from tui_browser.records import Clip, FileStat, SampleId
from tui_browser.store.records import KnownRow


class Verdict(Enum):
    """What a decoded file is to the library."""

    SAME = auto()
    """The sample of its path, with the sound that is known."""
    HEIR = auto()
    """A sample that was at another path."""
    OWN = auto()
    """A new sample, or the one of its path with another sound."""
    OPEN = auto()
    """That depends on files that are read later: ask `settle` once all have been."""


@dataclass(frozen=True, slots=True)
class ResolvedClips:
    """What became of the clips that were left open."""

    moves: tuple[tuple[KnownRow, Clip], ...]
    """To be made in one go: paths change hands among them."""
    own: tuple[Clip, ...]
    """To be stored at their path after the moves."""


class IdentityResolver:
    """Decides for the files of one run; each clip is asked for once."""

    def __init__(self, known: Mapping[bytes, KnownRow], plan: IndexPlan) -> None:
        to_read = (*plan.decode, *plan.doubtful)
        self._rows = {stat.path: known[stat.path] for stat in to_read if stat.path in known}
        """Whose file is still to be read."""
        self._alike = Counter(_facts(stat) for stat in to_read)
        self._free: defaultdict[str, list[KnownRow]] = defaultdict(list)
        """By sound: samples whose file is gone."""
        self._astray: defaultdict[str, list[KnownRow]] = defaultdict(list)
        """By sound: samples whose file is away; only the very same file takes one of them over."""
        self._emptied = {known[path].id for path in plan.emptied}
        self._displaced: defaultdict[str, list[KnownRow]] = defaultdict(list)
        """By sound: samples at whose path there is another sound now."""
        self._at_stake: Counter[_Traits] = Counter(map(_traits, self._rows.values()))
        """Samples whose file is still to be read, or that are displaced."""
        for path in plan.vanished:
            self._free[known[path].content_hash].append(known[path])
        for path in plan.absent:
            self._astray[known[path].content_hash].append(known[path])

    def row(self, path: bytes) -> KnownRow | None:
        """The sample of a path whose file is still to be read."""
        return self._rows.get(path)

    def judge(self, clip: Clip) -> tuple[Verdict, KnownRow | None]:
        """What this file is, with its sample where the verdict is SAME or HEIR."""
        own = self._rows.pop(clip.stat.path, None)
        if own is not None and own.content_hash == clip.content_hash:
            self._at_stake[_traits(own)] -= 1
            return Verdict.SAME, own
        if own is None:
            if (heir := self._take(clip)) is not None:
                return Verdict.HEIR, heir
            return (Verdict.OPEN if self._at_stake[_traits(clip)] > 0 else Verdict.OWN), None
        others = self._alike[_facts(own)] - (_facts(own) == _facts(clip.stat))
        if others or self._at_stake[_traits(clip)] > 0 or self._claims(clip):
            self._displaced[own.content_hash].append(own)
            return Verdict.OPEN, None
        self._at_stake[_traits(own)] -= 1
        return Verdict.OWN, None

    def refused(self, path: bytes) -> bool:
        """Whether the file at this path was a sample, which goes now, unless its sound turns up elsewhere."""
        own = self._rows.pop(path, None)
        if own is not None:
            self._at_stake[_traits(own)] -= 1
            self._free[own.content_hash].append(own)
        return own is not None

    def settle(self, clips: Sequence[Clip]) -> ResolvedClips:
        """What the open clips are, now that all files have been read."""
        moves = []
        own = []
        for clip in sorted(clips, key=lambda clip: clip.stat.path):
            if (row := self._take(clip)) is not None:
                moves.append((row, clip))
            else:
                own.append(clip)
        self._displaced.clear()
        return ResolvedClips(tuple(moves), tuple(own))

    def left(self) -> list[SampleId]:
        """Samples whose files are gone and whose sound turned up nowhere."""
        return [row.id for rows in self._free.values() for row in rows]

    def _take(self, clip: Clip) -> KnownRow | None:
        """The sample that this file was, taken out of those that look for theirs."""
        found = self._claims(clip)
        if not found:
            return None
        best = min(found, key=lambda row: (row.inode, row.device) != (clip.stat.inode, clip.stat.device))
        for rows in (self._free, self._displaced, self._astray):
            if best in rows[best.content_hash]:
                rows[best.content_hash].remove(best)
        return best

    def _claims(self, clip: Clip) -> list[KnownRow]:
        """Samples with this sound whose file this may be."""
        sound = clip.content_hash
        return [
            *self._free.get(sound, ()),
            *(row for row in self._displaced.get(sound, ()) if _facts(row) == _facts(clip.stat)),
            *(row for row in self._astray.get(sound, ()) if self._is_it(row, clip.stat)),
        ]

    def _is_it(self, row: KnownRow, stat: FileStat) -> bool:
        """Whether this is the very file of a sample that is away, renamed, and not a copy of it."""
        if _facts(row) != _facts(stat):
            return False
        return row.id in self._emptied or (row.inode, row.device) == (stat.inode, stat.device)


_Traits = tuple[str, int, int]


def _facts(of: KnownRow | FileStat) -> tuple[int, int]:
    return of.size, of.mtime_ns


def _traits(of: KnownRow | Clip) -> _Traits:
    """What a file and the sample that was moved to it have in common."""
    return (of.content_hash, *_facts(of.stat if isinstance(of, Clip) else of))

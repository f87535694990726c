"""Why known files are read again although nobody edited them, for the person who waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from tui_browser.errors import counted
from tui_browser.indexing.compare import IndexPlan
from tui_browser.records import FRESH_CTIME, FileStat
from tui_browser.store.path_likeness import spelling
from tui_browser.store.records import KnownReject, KnownRow

Cause = Literal["verify", "fresh", "state", "inode", "clock", "name"]

MANY = 50
"""From this number of files on it is said before they are read, as it takes a while."""
_HALF_HOUR_NS = 1_800 * 1_000_000_000
_MOST_OFFSET_NS = 26 * 3_600 * 1_000_000_000

_REASONS: Mapping[Cause, str] = {
    "verify": "to be verified",
    "fresh": "had just changed when last read",
    "state": "with other rights, links or times of change",
    "inode": "with another number on their drive",
    "clock": "with another time by whole half hours, as drives have after a change of clock or time zone",
    "name": "with names of another spelling or case",
}


def causes(
    plan: IndexPlan,
    known: Mapping[bytes, KnownRow],
    rejects: Mapping[bytes, KnownReject],
    *,
    verify: bool,
    probed: Collection[FileStat],
) -> dict[Cause, int]:
    """The number of files by cause; `probed` are those to be read of the plan's renumbered ones."""
    counts: Counter[Cause] = Counter()
    for stat in plan.doubtful:
        earlier = known.get(stat.path) or rejects.get(stat.path)
        is_fresh = earlier is not None and earlier.ctime_ns == FRESH_CTIME
        counts["verify" if verify else "fresh" if is_fresh else "state"] += 1
    counts["inode"] += len(probed)
    new: list[bytes] = []
    for stat in plan.decode:
        row = known.get(stat.path)
        if row is None:
            new.append(stat.path)
        else:
            counts["clock"] += _is_clock_offset(stat, row)
    if new and plan.vanished:
        spellings = Counter(map(spelling, plan.vanished))
        for path in new:
            if spellings[folded := spelling(path)]:
                spellings[folded] -= 1
                counts["name"] += 1
    return {cause: counts[cause] for cause in _REASONS if counts[cause]}


def sentences(numbers: Mapping[Cause, int]) -> Iterator[str]:
    """What to say before many files are read again."""
    for cause, count in numbers.items():
        if count >= MANY:
            yield f"{counted(count, 'file')} {_REASONS[cause]}: read again, nothing said of them is lost"


def summary(numbers: Mapping[Cause, int]) -> str:
    """All of it in one line; empty where nothing is read again."""
    parts = [f"{count:,} {_REASONS[cause]}" for cause, count in numbers.items()]
    return f"read again: {'; '.join(parts)}" if parts else ""


def _is_clock_offset(stat: FileStat, row: KnownRow) -> bool:
    offset = abs(stat.mtime_ns - row.mtime_ns)
    if stat.size != row.size or not 0 < offset <= _MOST_OFFSET_NS:
        return False
    return min(offset % _HALF_HOUR_NS, -offset % _HALF_HOUR_NS) <= 2_000_000_000 and offset > 2_000_000_000

"""How many files are read again where a drive numbers its files anew.

On FAT, SMB and many FUSE drives inodes (and on some ctimes) change whenever the drive is mounted, or the system
forgets a file. A few doubtful files are all read. Of many, some are, others each time; when one of them holds
another sound, all are.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Sequence

from tui_browser.indexing.compare import root_of
from tui_browser.records import FileStat

MOST = 64
"""So many doubtful files of one root are all read."""
MOST_RENUMBERED = 8
"""So many, where numbers were found to mean nothing the last time."""


class InodeProbes:
    """The doubtful files of one run, by the root that they lie in."""

    def __init__(
        self, doubtful: Sequence[FileStat], roots: Collection[bytes], *, renumbered: Collection[bytes]
    ) -> None:
        by_root: defaultdict[bytes, list[FileStat]] = defaultdict(list)
        for stat in doubtful:
            by_root[root_of(stat.path, roots)].append(stat)
        self.first: list[FileStat] = []
        """To be read at once."""
        self._waiting: dict[bytes, list[FileStat]] = {}
        self._root_of: dict[bytes, bytes] = {}
        self._were = set(renumbered)
        self._differing: set[bytes] = set()
        for root, stats in by_root.items():
            most = MOST_RENUMBERED if root in renumbered else MOST
            stats.sort(key=_lot)
            self.first += stats[:most]
            self._root_of |= {stat.path: root for stat in stats[:most]}
            if len(stats) > most:
                self._waiting[root] = stats[most:]

    def differs(self, path: bytes) -> list[FileStat]:
        """What has to be read as well, now that this file was found to hold another sound than before."""
        root = self._root_of.get(path)
        if root is None:
            return []
        self._differing.add(root)
        return self._waiting.pop(root, [])

    def trusted(self) -> list[FileStat]:
        """Files that were not read, because those that were are as before."""
        return [stat for stats in self._waiting.values() for stat in stats]

    def renumbered(self) -> list[bytes]:
        """Roots in which numbers were found to mean nothing, now or before."""
        return sorted((self._were | self._waiting.keys()) - self._differing)


def _lot(stat: FileStat) -> int:
    """Draws others whenever numbers change."""
    return zlib.crc32(b"%d %d " % (stat.inode, stat.ctime_ns) + stat.path)

"""Which files to decode again whose inode is all that changed.

On FAT, SMB and many FUSE drives inodes change with every mount. A few such files are all decoded. Of many, a different
subset is decoded in each run; when one of it has another sound, all are decoded.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Sequence

from tui_browser.indexing.compare import root_of
from tui_browser.records import FileStat

MAX_PROBES = 64
"""Files decoded at first in each root."""
MAX_PROBES_RENUMBERED = 8
"""The same in a root that is known to renumber its files."""


class InodeProbes:
    """The renumbered files of one run, by root."""

    def __init__(
        self, renumbered_files: Sequence[FileStat], roots: Collection[bytes], *, renumbered: Collection[bytes]
    ) -> None:
        by_root: defaultdict[bytes, list[FileStat]] = defaultdict(list)
        for stat in renumbered_files:
            by_root[root_of(stat.path, roots)].append(stat)
        self.first: list[FileStat] = []
        """Files to decode at first."""
        self._waiting: dict[bytes, list[FileStat]] = {}
        self._root_of: dict[bytes, bytes] = {}
        self._renumbered_before = set(renumbered)
        self._differing: set[bytes] = set()
        for root, stats in by_root.items():
            limit = MAX_PROBES_RENUMBERED if root in renumbered else MAX_PROBES
            stats.sort(key=_shuffle_key)
            self.first += stats[:limit]
            self._root_of |= {stat.path: root for stat in stats[:limit]}
            if len(stats) > limit:
                self._waiting[root] = stats[limit:]

    def differs(self, path: bytes) -> list[FileStat]:
        """Further files to decode, because the file at `path` has another sound than before."""
        root = self._root_of.get(path)
        if root is None:
            return []
        self._differing.add(root)
        return self._waiting.pop(root, [])

    def trusted(self) -> list[FileStat]:
        """Files taken as unchanged without decoding, because all probes of their root were."""
        return [stat for stats in self._waiting.values() for stat in stats]

    def renumbered(self) -> list[bytes]:
        """Roots that renumber their files, found in this run or before."""
        return sorted((self._renumbered_before | self._waiting.keys()) - self._differing)


def _shuffle_key(stat: FileStat) -> int:
    """A pseudo-random order that changes when inodes do."""
    return zlib.crc32(b"%d %d " % (stat.inode, stat.ctime_ns) + stat.path)

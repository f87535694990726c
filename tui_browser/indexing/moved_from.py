"""Where new files of a scan of some folders were before: a move has two ends, and only one may have been reported."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

from tui_browser.indexing.compare import Subtrees
from tui_browser.records import FileStat
from tui_browser.store.records import KnownRow


def moved_from(files: Sequence[FileStat], known: Mapping[bytes, KnownRow], *, within: Collection[bytes]) -> set[bytes]:
    """The folders outside of `within` that lost a file which looks like one of the new `files`; asks the disk."""
    new = {(stat.inode, stat.size, stat.mtime_ns) for stat in files if stat.path not in known}
    if not new:
        return set()
    scanned = Subtrees(within)
    alike = [path for path, row in known.items() if (row.inode, row.size, row.mtime_ns) in new and path not in scanned]
    return {os.path.dirname(path) for path in alike if not os.path.lexists(path)}

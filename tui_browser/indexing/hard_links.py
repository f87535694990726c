"""Other names of a changed file: a hard link changes with it, and its folder reports nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping, Sequence

from tui_browser.indexing.compare import Subtrees
from tui_browser.records import FileStat
from tui_browser.store.records import KnownRow


def folders_of_other_names(
    changed: Sequence[FileStat], known: Mapping[bytes, KnownRow], *, within: Collection[bytes]
) -> frozenset[bytes]:
    """Folders outside `within` with samples that are the same files as known ones in `changed`."""
    linked = {(stat.device, stat.inode) for stat in changed if stat.path in known and _has_other_names(stat.path)}
    if not linked:
        return frozenset()
    scanned = Subtrees(within)
    return frozenset(
        os.path.dirname(path)
        for path, row in known.items()
        if (row.device, row.inode) in linked and path not in scanned
    )


def _has_other_names(path: bytes) -> bool:
    with contextlib.suppress(OSError):
        return os.stat(path).st_nlink > 1
    return False

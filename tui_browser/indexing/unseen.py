"""Unseen paths: folders and files that the scan could not reach, whose samples are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tui_browser.errors import printable
from tui_browser.folder.scan import FolderScan
from tui_browser.indexing.compare import EMPTY, IndexPlan, Subtrees
from tui_browser.records import UnseenPath
from tui_browser.store.store import Store


def find_unseen(scan: FolderScan, plan: IndexPlan, *, empty_roots: Collection[bytes]) -> list[UnseenPath]:
    """Unseen paths with their reasons, by path; broken links count only if samples were known below them."""
    reasons = {path: f"cannot be read ({reason})" for path, reason in scan.unreadable}
    reasons |= plan.away
    reasons |= {root: EMPTY for root in empty_roots if not _any_below(root, reasons)}
    reasons |= dict.fromkeys(scan.absent, "not there at the moment")
    for link in scan.broken_links:
        if _any_below(link, plan.absent):
            reasons[link] = "a broken link"
    return [UnseenPath(path, reasons[path]) for path in sorted(reasons)]


def _any_below(folder: bytes, paths: Iterable[bytes]) -> bool:
    below = Subtrees([folder])
    return any(path in below for path in paths)


def store_unseen(store: Store, unseen: Sequence[UnseenPath], *, within: Collection[bytes] | None) -> None:
    """Store unseen paths in place of earlier ones, for the whole library or below `within`; skips equal lists."""
    scanned = Subtrees(within) if within is not None else None
    if [entry for entry in store.unseen() if scanned is None or entry.path in scanned] != list(unseen):
        store.put_unseen(unseen, within=within)


def unseen_sentence(unseen: Sequence[UnseenPath]) -> str:
    """A sentence for the user; `unseen` must not be empty."""
    if len(unseen) == 1:
        return f"{unseen[0].reason}, its samples are kept: {printable(unseen[0].path)}"
    summary = f"{len(unseen):,} folders or files could not be read, their samples are kept"
    return f"{summary} (tui-browser rejects lists them), such as {printable(unseen[0].path)}"

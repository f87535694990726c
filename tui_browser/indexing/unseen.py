"""What could not be looked at, and what is kept although it was not found: nothing is forgotten without a proof."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tui_browser.errors import printable
from tui_browser.folder.scan import FolderScan
from tui_browser.indexing.compare import EMPTY, IndexPlan, Subtrees
from tui_browser.records import UnseenPath
from tui_browser.store.store import Store


def find_unseen(scan: FolderScan, plan: IndexPlan, *, empty_roots: Collection[bytes]) -> list[UnseenPath]:
    """By path; links that lead nowhere count where samples were known behind them."""
    reasons = {path: f"cannot be looked at ({why})" for path, why in scan.unreadable}
    reasons |= plan.away
    reasons |= {root: EMPTY for root in empty_roots if not _any_below(root, reasons)}
    reasons |= dict.fromkeys(scan.absent, "not there just now")
    for link in scan.broken_links:
        if _any_below(link, plan.absent):
            reasons[link] = "a link that leads nowhere just now"
    return [UnseenPath(path, reasons[path]) for path in sorted(reasons)]


def _any_below(folder: bytes, paths: Iterable[bytes]) -> bool:
    below = Subtrees([folder])
    return any(path in below for path in paths)


def store_unseen(store: Store, unseen: Sequence[UnseenPath], *, within: Collection[bytes] | None) -> None:
    """Remember this in place of what was noted before, of the whole library or of what lies below `within`."""
    looked_at = Subtrees(within) if within is not None else None
    if [one for one in store.unseen() if looked_at is None or one.path in looked_at] != list(unseen):
        store.put_unseen(unseen, within=within)


def unseen_sentence(unseen: Sequence[UnseenPath]) -> str:
    """One sentence for a person; `unseen` is not empty."""
    if len(unseen) == 1:
        return f"{unseen[0].reason}, its samples are kept: {printable(unseen[0].path)}"
    told = f"{len(unseen):,} folders or files could not be looked at, their samples are kept"
    return f"{told} (tui-browser rejects lists them), such as {printable(unseen[0].path)}"

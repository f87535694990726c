"""What the dialog of collections asks of the screen below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui_browser.store.records import CollectionInfo


@dataclass(frozen=True, slots=True)
class CollectionActions:
    """All collections, and what can be done with one, by its name."""

    read: Callable[[], Sequence[CollectionInfo]]
    """Reads the library; called in a thread."""
    chosen: int
    """Samples that `add` puts in."""
    show: Callable[[str], None]
    add: Callable[[str], None]
    make: Callable[[str], None]
    rename: Callable[[str, str], None]
    delete: Callable[[str], None]
    undo: Callable[[], str]
    """Undo the last change; what it was, empty where there is none."""

"""Counts of an index run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui_browser.indexing.read_again import Cause
from tui_browser.records import UnseenPath


@dataclass(slots=True)
class RunCounts:
    """What a run did, updated while it runs."""

    scanned: int = 0
    unchanged: int = 0
    decoded: int = 0
    encoded: int = 0
    finished: int = 0
    """Long files read to their end, in the second pass."""
    silent: int = 0
    moved: int = 0
    removed: int = 0
    missing: int = 0
    rejected: int = 0
    checked: int = 0
    """Decoded again because they might have been replaced, and found unchanged."""
    again: dict[Cause, int] = field(default_factory=dict)
    """Known files that are read again although nobody edited them, by cause."""
    differing: list[bytes] = field(default_factory=list)
    """Files of the same size and time as before, with another sound."""
    fresh: list[bytes] = field(default_factory=list)
    """Changed so recently that they are to be read again in a moment."""
    to_try_again: list[bytes] = field(default_factory=list)
    """Rejected for a passing reason."""
    unseen: list[UnseenPath] = field(default_factory=list)
    unsettled: list[bytes] = field(default_factory=list)
    empty_roots: list[bytes] = field(default_factory=list)
    absent_roots: list[bytes] = field(default_factory=list)
    skipped: Mapping[str, int] = field(default_factory=dict)

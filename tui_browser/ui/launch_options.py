"""What the app was opened for, beside browsing: a search to begin with, a path to bring back, files to place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class LaunchOptions:
    """Given to the app when it starts; what was chosen is in it when the app has ended."""

    query: str = ""
    """Searched for at the start, with the focus on the map; the app ends with 1 where nothing matches."""
    pick: bool = False
    """Whether enter chooses and ends the app with 0, and leaving without a choice ends it with 130."""
    guests: tuple[bytes, ...] = ()
    """Files to find or to place on the map at the start; absolute paths."""
    chosen: list[bytes] = field(default_factory=list)
    """Absolute paths in the order of choice; empty where nothing was chosen."""

"""What the app is started with: a first search, files to show, and whether it is a file picker."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class LaunchOptions:
    """Given to the app at its start; a file picker writes the chosen paths into it."""

    query: str = ""
    """Searched for at the start, with the focus on the map; the app ends with 1 where nothing matches."""
    pick: bool = False
    """Whether enter chooses and ends the app with 0, and leaving without a choice ends it with 130."""
    guests: tuple[bytes, ...] = ()
    """Absolute paths of files to show on the map at the start."""
    control: str | None = None
    """Path of the control socket, empty for the usual place; None for no socket."""
    chosen: list[bytes] = field(default_factory=list)
    """Absolute paths in the order of choice; empty where nothing was chosen."""

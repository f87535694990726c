"""What the screen of Freesound shows: a search with its results, what is chosen, and what is being fetched."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_browser.freesound.found_sound import FoundSound


@dataclass(slots=True)
class FetchState:
    """Sounds on their way into the folder."""

    number: int
    total: int
    started_s: float
    """By the monotonic clock."""
    paths: list[bytes] = field(default_factory=list)
    fresh: int = 0
    failures: list[str] = field(default_factory=list)
    cancelled: bool = False

    @property
    def done(self) -> int:
        return len(self.paths) + len(self.failures)


@dataclass(slots=True)
class FreesoundState:
    """Kept while the screen is closed, so that it opens as it was left."""

    text: str = ""
    """What is typed."""
    example: str = ""
    """The query for sounds like the sample under the cursor; empty without one."""
    example_of: str = ""
    """The name of that sample."""
    searching: bool = False
    sounds: list[FoundSound] = field(default_factory=list)
    count: int = 0
    """Results in all."""
    last: bool = True
    """Whether all results are here."""
    asked: bool = False
    """Whether the results are those of a search."""
    at: int = 0
    """The result under the cursor."""
    chosen: dict[int, FoundSound] = field(default_factory=dict)
    """The selected results by their numbers, also of earlier searches."""
    here: dict[int, bytes] = field(default_factory=dict)
    """Files of the sounds that are in the folder, by number."""
    listening: int = 0
    """The sound whose preview is awaited or plays; 0 for none."""
    notice: str = ""
    problem: bool = False
    """Whether the notice is of something that went wrong."""
    needs_key: bool = False
    fetch: FetchState | None = None

    @property
    def current(self) -> FoundSound | None:
        """The result under the cursor."""
        return self.sounds[self.at] if 0 <= self.at < len(self.sounds) else None

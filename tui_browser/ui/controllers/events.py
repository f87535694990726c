"""What controllers report upward; the main screen alone routes these records, see `screens/event_router.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui_browser.control.protocol import ControlRequest
from tui_browser.errors import BrowserError
from tui_browser.records import Root, SampleRow
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.terminal.clipboard import Copied
from tui_browser.ui.widgets.details import Facts


@dataclass(frozen=True, slots=True)
class JobFailed:
    """A job in a thread has failed."""

    error: BrowserError


@dataclass(frozen=True, slots=True)
class FirstLoadEnded:
    """The first map is shown, or the library could not be read."""


@dataclass(frozen=True, slots=True)
class MapModelLoaded:
    """A newer state of the library is ready to be shown."""

    map_model: MapModel


@dataclass(frozen=True, slots=True)
class MapShown:
    """Another map model is on the screen."""

    placed: bool
    """Whether any sample has a place on the map."""
    searchable: bool
    """Whether the names are indexed, so that a search can begin."""


@dataclass(frozen=True, slots=True)
class MapEmpty:
    """There is nothing to draw on the map."""

    samples: int
    roots: Sequence[Root]
    rejects: int


@dataclass(frozen=True, slots=True)
class MatchesChanged:
    """The search has other matches, since the map model has changed."""


@dataclass(frozen=True, slots=True)
class NothingMatched:
    """A search that nobody typed has no match."""


@dataclass(frozen=True, slots=True)
class DetailsChanged:
    """More is known of the sample under the cursor, or the cursor is on no sample (None)."""

    facts: Facts | None
    row: SampleRow | None


@dataclass(frozen=True, slots=True)
class MakingChanged:
    """What is made, was made, or would be made at the free cursor has changed."""


@dataclass(frozen=True, slots=True)
class ClipboardUncertain:
    """A text may not have reached a clipboard: show it in full."""

    text: str
    copied: Copied


@dataclass(frozen=True, slots=True)
class FoldersDropped:
    """Ask whether to add folders to the library."""

    question: str
    lines: Sequence[str]
    add: Callable[[], None]


@dataclass(frozen=True, slots=True)
class FeaturesReady:
    """The features of the sound that plays are there."""


@dataclass(frozen=True, slots=True)
class CursorMoved:
    """The cursor is on another sample."""


@dataclass(frozen=True, slots=True)
class FreesoundChanged:
    """The search on Freesound, its results, or what is being fetched from there changed."""


@dataclass(frozen=True, slots=True)
class FilesHeard:
    """More is known of the files that the query names."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The cursor, the sound or the query may be another one."""


@dataclass(frozen=True, slots=True)
class ControlRequested:
    """A client of the control socket asks for something."""

    request: ControlRequest
    answer: Callable[[Mapping[str, Any]], None]
    """Takes the answer, now or later."""


ControllerEvent = (
    JobFailed | FirstLoadEnded | MapModelLoaded | MapShown | MapEmpty | MatchesChanged | NothingMatched
    | DetailsChanged | MakingChanged | ClipboardUncertain | FoldersDropped | FeaturesReady | FreesoundChanged
    | FilesHeard | StatusChanged | ControlRequested | CursorMoved
)  # fmt: skip
Emit = Callable[[ControllerEvent], None]

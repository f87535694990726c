"""Requests to the process that speaks to Freesound, and its events: small values that are pickled."""

from __future__ import annotations

from dataclasses import dataclass

from tui_browser.freesound.found_sound import FoundSound
from tui_browser.freesound.search_request import SearchRequest

# --- requests ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Search:
    """Search in place of the search before; `number` comes back with each answer."""

    number: int
    request: SearchRequest


@dataclass(frozen=True, slots=True)
class MoreResults:
    """The next page of the search with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class FetchPreview:
    """Fetch a sound to listen to, in place of the one before."""

    number: int
    sound: FoundSound


@dataclass(frozen=True, slots=True)
class FetchSounds:
    """Fetch these sounds into a folder, one after the other."""

    number: int
    sounds: tuple[FoundSound, ...]
    folder: bytes


@dataclass(frozen=True, slots=True)
class CancelFetch:
    """Stop fetching; what is complete stays."""


Request = Search | MoreResults | FetchPreview | FetchSounds | CancelFetch

# --- events --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SoundsFound:
    """A page of results."""

    number: int
    sounds: tuple[FoundSound, ...]
    count: int
    """Results in all."""
    last: bool
    """Whether `MoreResults` brings no more."""


@dataclass(frozen=True, slots=True)
class SearchFailed:
    """A search, or a page of it, did not work."""

    number: int
    reason: str
    needs_key: bool
    """Whether another key would help."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request waits, as the service asks for it."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class PreviewReady:
    """A preview is in the cache."""

    number: int
    path: bytes


@dataclass(frozen=True, slots=True)
class PreviewFailed:
    """A preview could not be fetched."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class SoundFetched:
    """A sound is in the folder."""

    number: int
    sound: FoundSound
    path: bytes
    fresh: bool
    """False where it was there before."""


@dataclass(frozen=True, slots=True)
class SoundFailed:
    """A sound could not be fetched; the others go on."""

    number: int
    sound: FoundSound
    reason: str


@dataclass(frozen=True, slots=True)
class FetchEnded:
    """All sounds were tried, or the fetch was cancelled."""

    number: int
    cancelled: bool


Event = (
    SoundsFound | SearchFailed | Waiting | PreviewReady | PreviewFailed | SoundFetched | SoundFailed | FetchEnded
)  # fmt: skip

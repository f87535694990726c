"""What the app and the index service say to each other: small frozen values, pickled between own processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tui_browser.records import FloatArray, Progress, SampleId

# --- app to service ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddRoot:
    """Watch and index this folder from now on."""

    path: bytes


@dataclass(frozen=True, slots=True)
class ForgetRoot:
    """Drop this root and its samples from the library; nothing on disk is touched."""

    path: bytes


@dataclass(frozen=True, slots=True)
class Rescan:
    """Compare all roots with the disk now."""


@dataclass(frozen=True, slots=True)
class SetFlag:
    """Set or clear one of FAVOURITE, HEARD on samples."""

    ids: tuple[SampleId, ...]
    flag: int
    on: bool


@dataclass(frozen=True, slots=True)
class SetTags:
    """Add and remove tags on samples."""

    ids: tuple[SampleId, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FitLayout:
    """Fit the layout of this name anew and show it."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowLayout:
    """Show the layout of this name, fitted first where none is stored; an empty name is the map shown last."""

    name: str


@dataclass(frozen=True, slots=True)
class UndoLayout:
    """Show again the layout that was shown before the present one."""


@dataclass(frozen=True, slots=True)
class AcceptLayout:
    """The person agrees that the provisional map is replaced by the fitted one that stands ready."""


@dataclass(frozen=True, slots=True)
class Locate:
    """Encode this file as a guest: nothing is written to the library."""

    path: bytes


@dataclass(frozen=True, slots=True)
class GenerateSound:
    """Make a sound from samples, by what is stored of them; of those that wait only the newest is made."""

    number: int
    """Comes back with the answer."""
    samples: tuple[SampleId, ...]
    weights: tuple[float, ...] | None = None
    """One a sample; None where all count alike."""
    variance: float = 0.0
    at: tuple[float, float] | None = None
    """The place on the map that the samples lie around, where it is that."""
    seed: int | None = None


Request = (
    AddRoot
    | ForgetRoot
    | Rescan
    | SetFlag
    | SetTags
    | FitLayout
    | ShowLayout
    | UndoLayout
    | AcceptLayout
    | Locate
    | GenerateSound
)

STALE_FROM = 0.3
"""Share of samples that came after the fit from which a new one is offered."""

# --- service to app ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changed:
    """The library has a new revision: fetch a snapshot when convenient. Newest wins."""

    revision: int


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the person."""

    text: str
    severity: Literal["information", "warning", "error"] = "information"


@dataclass(frozen=True, slots=True)
class Guest:
    """A file that was located: its place and sound among the samples, itself not in the library."""

    path: bytes
    vector: FloatArray
    """(D,) unit length."""
    xy: tuple[float, float]
    class_name: str | None
    class_p: float
    probabilities: Mapping[str, float]
    duration_s: float
    loudness_db: float


@dataclass(frozen=True, slots=True)
class LocateFailed:
    """A file that could not be located, and why."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class SoundGenerated:
    """A sound that was asked for by `MakeSound`, as a WAV with its lineage (.json) beside it.

    The files are removed when the app ends."""

    number: int
    path: bytes
    how: str
    """As in a lineage: again, varied, mixed, at."""
    seed: int
    sources: tuple[bytes, ...]
    """The files it was made from."""


@dataclass(frozen=True, slots=True)
class GenerationFailed:
    """A sound that could not be made, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class LayoutOffered:
    """A fitted layout stands ready to replace the provisional map; the app answers with AcceptLayout."""

    name: str


@dataclass(frozen=True, slots=True)
class LayoutChanged:
    """Another layout is shown from `revision` on; drift is the move of the samples as a share of the map's diagonal."""

    name: str
    revision: int
    drift_median: float
    drift_p95: float


@dataclass(frozen=True, slots=True)
class LayoutStale:
    """So many samples came after the shown layout was fitted that a new fit is worth offering (by FitLayout).

    Told once in a session, and again only when the share has been smaller meanwhile.
    """

    name: str
    new_share: float
    """Samples that were placed later, as a share of all on the map: `STALE_FROM` to 1."""


Event = (
    Progress
    | Changed
    | Notice
    | Guest
    | LocateFailed
    | LayoutOffered
    | LayoutChanged
    | LayoutStale
    | SoundGenerated
    | GenerationFailed
)

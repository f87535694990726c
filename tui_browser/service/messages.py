"""Requests from the app to the index service, and the service's events: small values that are pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tui_browser.library.likeness import SoundTarget
from tui_browser.library.slice_search import SliceNeighbour
from tui_browser.records import FloatArray, Progress, SampleId
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.workbench.class_repair.refit import Refit

# --- app to service ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddRoot:
    """Watch and index this folder from now on."""

    path: bytes


@dataclass(frozen=True, slots=True)
class ForgetRoot:
    """Remove this root and its samples from the library; no file on disk is touched."""

    path: bytes


@dataclass(frozen=True, slots=True)
class Rescan:
    """Compare all roots with the disk."""


@dataclass(frozen=True, slots=True)
class ReadSoon:
    """If only the heads of these samples have been read, read the rest before that of others."""

    ids: tuple[SampleId, ...]
    """The nearest to the cursor first."""


@dataclass(frozen=True, slots=True)
class Annotate:
    """Change what a person says of samples."""

    change: AnnotationChange
    number: int = 0
    """Names the change for `TakeBack`; 0 for one that is never taken back."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take a change back that `Annotate` made; nothing where that failed."""

    number: int


@dataclass(frozen=True, slots=True)
class RefitClasses:
    """Learn from all corrected classes, and tell what would come of it; nothing is stored."""

    number: int
    """Comes back with the answer; a newer request replaces the present one."""


@dataclass(frozen=True, slots=True)
class FindCopies:
    """Search the library for copies, unless a search is under way."""


@dataclass(frozen=True, slots=True)
class FitLayout:
    """Fit this layout again and show it."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowLayout:
    """Show this layout, and fit it first if none is stored; an empty name is the map shown last."""

    name: str


@dataclass(frozen=True, slots=True)
class UndoLayout:
    """Show the layout that was shown before the present one."""


@dataclass(frozen=True, slots=True)
class AcceptLayout:
    """Replace the provisional map by the fitted layout that was offered."""


@dataclass(frozen=True, slots=True)
class UseModel:
    """Move the library to this model; the old map stays until all samples are encoded."""

    name: str
    """Its name or folder."""


@dataclass(frozen=True, slots=True)
class Locate:
    """Encode this file as a guest, without adding it to the library."""

    path: bytes


@dataclass(frozen=True, slots=True)
class GenerateSound:
    """Generate a sound from the stored latents of samples; a newer request replaces one that waits."""

    number: int
    """Repeated in the answer."""
    samples: tuple[SampleId, ...] = ()
    weights: tuple[float, ...] | None = None
    """One for each sample; None for equal weights."""
    variance: float = 0.0
    at: tuple[float, float] | None = None
    """The place on the map around which the samples lie; None if they were chosen otherwise."""
    seed: int | None = None
    raw: bool = False
    """Use the weights unchanged, negative ones too."""
    lineages: tuple[bytes, ...] = ()
    """In place of samples: lineage files of sounds that were generated before."""


@dataclass(frozen=True, slots=True)
class MorphSamples:
    """Generate the way from one sample to another; replaces, and is replaced by, `GenerateSound`."""

    number: int
    samples: tuple[SampleId, SampleId]
    steps: int


@dataclass(frozen=True, slots=True)
class CancelGeneration:
    """Stop to generate: nothing of the present request is answered from now on."""


@dataclass(frozen=True, slots=True)
class PrepareGeneration:
    """Load the generator: a person is about to ask for a sound."""


@dataclass(frozen=True, slots=True)
class FindNearest:
    """Find neighbours by the index of a large library; a query that still waits is given up for a newer one."""

    number: int
    """Comes back with the answer."""
    vector: FloatArray
    """(D,) unit length."""
    k: int


Request = (
    AddRoot
    | ForgetRoot
    | Rescan
    | FindCopies
    | ReadSoon
    | Annotate
    | TakeBack
    | RefitClasses
    | FitLayout
    | ShowLayout
    | UndoLayout
    | AcceptLayout
    | UseModel
    | Locate
    | GenerateSound
    | MorphSamples
    | CancelGeneration
    | PrepareGeneration
    | FindNearest
)

STALE_FROM = 0.3
"""Share of samples added after the fit from which a new fit is offered."""

# --- service to app ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changed:
    """The library has a new revision, so that the app can load a snapshot. Newest wins."""

    revision: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence to show."""

    text: str
    severity: Literal["information", "warning", "error"] = "information"


@dataclass(frozen=True, slots=True)
class Guest:
    """A located file: its place on the map, embedding and class; not in the library."""

    path: bytes
    vector: FloatArray
    """(D,) unit length."""
    xy: tuple[float, float]
    class_name: str | None
    class_p: float
    probabilities: Mapping[str, float]
    duration_s: float
    loudness_db: float

    features: FloatArray | None = None
    """(F,) columns of `FEATURES`, for the aspects of its neighbours; None where they were not measured."""

    @property
    def target(self) -> SoundTarget:
        """What its neighbours are looked for of."""
        return SoundTarget.of(self.vector, self.features)


@dataclass(frozen=True, slots=True)
class LocateFailed:
    """A file could not be located."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class SoundGenerated:
    """A generated sound: a WAV with its lineage (.json) beside it, both deleted when the app ends."""

    number: int
    path: bytes
    how: str
    """As in the lineage: again, varied, mixed or at; `morph` for all steps of a morph in one file."""
    seed: int
    sources: tuple[bytes, ...]
    """The files it was generated from."""
    step: int = 0
    """The step of a morph, from 1; 0 for a whole answer."""


@dataclass(frozen=True, slots=True)
class SoundHeard:
    """A generated sound as the encoder hears it, and where it lies on the map: sent after `SoundGenerated`."""

    number: int
    guest: Guest
    """Its `path` is that of the generated sound."""
    placed: bool
    """Whether its place is known."""


@dataclass(frozen=True, slots=True)
class GenerationProgress:
    """How far a request has come: `total` sounds, of which `done` are made. Before the first, the model is loaded."""

    number: int
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class GenerationFailed:
    """A sound could not be generated."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class LayoutOffered:
    """A fitted layout can replace the provisional map; the app accepts with AcceptLayout."""

    name: str


@dataclass(frozen=True, slots=True)
class LayoutChanged:
    """Another layout is shown from `revision` on; drift is how far samples moved, as a share of the map's diagonal."""

    name: str
    revision: int
    drift_median: float
    drift_p95: float


@dataclass(frozen=True, slots=True)
class LayoutStale:
    """Many samples were added after the shown layout was fitted, so that a new fit (FitLayout) is worth offering.

    Sent once, and again only after the share was smaller meanwhile.
    """

    name: str
    new_share: float
    """Samples placed after the fit, as a share of all on the map: `STALE_FROM` to 1."""


@dataclass(frozen=True, slots=True)
class NeighbourIndexReady:
    """Whether there is an index of neighbours that answers `FindNearest`; until then exact search does."""

    ready: bool


@dataclass(frozen=True, slots=True)
class NearestFound:
    """The answer to `FindNearest`."""

    number: int
    nearest: tuple[tuple[SampleId, float, SliceNeighbour | None], ...] | None
    """Samples with their exact distances, nearest first, and the slice by which a long file is near; None where
    there is no index or a newer query replaced this one."""


@dataclass(frozen=True, slots=True)
class ClassesRefitted:
    """The answer to `RefitClasses`: what was learned, or why nothing was."""

    number: int
    refit: Refit | None
    reason: str = ""


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
    | SoundHeard
    | GenerationProgress
    | GenerationFailed
    | NeighbourIndexReady
    | NearestFound
    | ClassesRefitted
)

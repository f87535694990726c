"""What the library tells its readers: rows, snapshots, neighbours, progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.records.sounds import Credit, Slice, SliceTable, WrittenFacts
from tui_browser.records.vocabulary import DRUM_CLASSES, FloatArray, SampleId, SampleState


@dataclass(frozen=True, slots=True)
class SampleRow:
    """All that is stored of one sample; None where unknown."""

    id: SampleId
    path: bytes
    root: bytes
    onset_s: float
    duration_s: float
    sample_rate: int
    channels: int
    frames: int
    size: int
    mtime_ns: int
    content_hash: str
    class_name: str | None
    class_p: float | None
    x: float | None
    y: float | None
    loudness_db: float | None
    brightness_hz: float | None
    noisiness: float | None
    pitch_hz: float | None
    attack_s: float | None
    state: SampleState
    note: str
    missing: bool
    tags: tuple[str, ...] = ()
    favourite: bool = False
    heard: bool = False
    bpm: float | None = None
    key: str | None = None
    tom: str | None = None
    """low, mid or high for a tom, within its kit; None where doubtful, and when a single row was read."""
    slices: tuple[Slice, ...] = ()
    """Slices of a long file; filled in only when a single row was read."""
    level: tuple[float, float] | None = None
    """As in `Clip`; None until the whole file was read, and in libraries from before levels were stored."""
    credit: Credit | None = None
    """Of this sound, wherever its file lies; None where nothing is known."""
    rating: int | None = None
    """1 to 5, by the user."""
    user_note: str | None = None
    """By the user; `note` is the decoder's."""
    collections: tuple[str, ...] = ()
    """Names of the collections with this sample."""
    corrected_class: str | None = None
    """The user's class, where the model's was corrected."""
    hidden: bool = False
    """Whether results leave the sample out."""
    bpm_heard: float | None = None
    """As in `Clip`; `bpm` is chosen from this and what is written, see `search.chosen_facts`."""
    key_heard: str | None = None
    facts: tuple[WrittenFacts, ...] = ()
    """What names, tags and chunks say, one for each source that says something."""


@dataclass(frozen=True, slots=True)
class Names:
    """The absolute paths of N samples in one blob, instead of a million separate strings."""

    blob: bytes
    """The paths joined without separators."""
    offsets: NDArray[np.int64]
    """(N + 1,); path i is blob[offsets[i]:offsets[i + 1]]."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> bytes:
        return self.blob[self.offsets[row] : self.offsets[row + 1]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The library at one revision; all arrays are read-only and share the row order.

    Samples without a place (silent, or not laid out yet) have NaN in `xy`.
    """

    revision: int
    layout: str
    """Name of the layout that `xy` belongs to; empty before the first."""
    space: str
    """Space that `vectors` belong to; empty before anything is encoded."""
    ids: NDArray[np.int64]
    """(N,) ascending."""
    xy: FloatArray
    """(N, 2) in [0, 1], y upwards."""
    classes: NDArray[np.uint8]
    """(N,) index into `class_names`, or `UNCLASSED`; the user's class where one was set."""
    class_p: FloatArray
    """(N,) probability of that class, 0 where unclassed, 1 for the user's."""
    flags: NDArray[np.uint8]
    """(N,) bits FAVOURITE, HEARD, MISSING, HIDDEN."""
    features: FloatArray
    """(N, F) columns of `FEATURES`, NaN where unknown."""
    names: Names
    vectors: FloatArray | None = None
    """(N, D) embeddings, unit length, rows of NaN for silent samples; None until loaded."""
    tags: dict[SampleId, tuple[str, ...]] = field(default_factory=dict)
    """Only samples that have tags."""
    credits: dict[SampleId, Credit] = field(default_factory=dict)
    """Only samples whose author or licence is known."""
    ratings: dict[SampleId, int] = field(default_factory=dict)
    """1 to 5; only samples that have one."""
    user_notes: dict[SampleId, str] = field(default_factory=dict)
    """Only samples that have one."""
    collections: dict[str, tuple[SampleId, ...]] = field(default_factory=dict)
    """Samples of each collection in order, without absent ones; a sample may occur several times."""
    class_names: tuple[str, ...] = DRUM_CLASSES
    """The classes of the library's model; `classes` indexes them."""
    slices: SliceTable | None = None
    """Slices of long files; None until loaded, and when omitted."""
    slices_omitted: bool = False
    """Whether there are more slices than fit into memory."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A sample near a query, with its distance."""

    path: bytes
    onset_s: float
    distance: float
    """Euclidean distance between unit vectors, 0 to 2."""
    confidence: float = field(default=float("nan"), compare=False)
    """How much nearer than chance: 1 the same sound, 0 as far as unrelated ones."""


Phase = Literal["scan", "encode", "place", "layout", "idle", "fetch", "long"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long job has come."""

    phase: Phase
    done: int
    total: int
    """0 while unknown."""
    rate: float = 0.0
    """Files per second."""
    seconds_left: float | None = None
    rejected: int = 0

"""Frozen values that travel between the floors.

A file becomes a `FileStat`, decoding makes a `Clip` of it, encoding an `Encoding`, the store a `SampleRow`, the
library a `Snapshot`, and the map dots. `SampleId` is stable for life and is what people, undo and messages hold;
a row is an index into one snapshot and is never kept across two.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, NewType

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import RejectCode

SampleId = NewType("SampleId", int)

CLASSES = ("kick", "snare", "clap", "rim", "hat_closed", "hat_open", "cymbal", "tom", "cowbell", "shaker", "other")
"""The classes in the order of every probability vector; a class is stored as its index."""
OTHER = "other"
"""The class of what is no drum."""
FAMILIES = ("bass", "voice", "strings", "winds", "keys", "percussion", "bells", "effects", "foley", "loops")
"""Kinds of sound within `OTHER`, told by the words of a path; each has a hue of its own."""
NO_FAMILY = 255
"""Family of a sample whose path says nothing."""
SURE = 0.5
"""A class that is less probable than this is shown with a `?`; docs/model.md tells what that is worth."""
UNCLASSED = 255
"""`class` of a sample that no model has classified."""

FEATURES = ("duration_s", "brightness_hz", "noisiness", "pitch_hz", "attack_s", "loudness_db", "bpm", "key")
"""Columns of `Snapshot.features`; NaN where unknown (a pitch of noise, anything of silence). `key` indexes `KEYS`."""

KEYS = (
    "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
    "Cm", "C#m", "Dm", "D#m", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "A#m", "Bm",
)  # fmt: skip
"""Major and minor keys; `key` of a sample is one of these."""

AUDIO_ENDINGS = frozenset(
    b".wav .wave .aif .aiff .aifc .flac .ogg .oga .opus .mp3 .caf .au .snd .w64 .rf64 .m4a .aac .wma".split()
)
"""Endings (lower case) of files that the scan takes for audio."""

FloatArray = NDArray[np.float32]


class State(IntEnum):
    """What is known of a sample's file and sound."""

    READY = 0
    SILENT = 1
    """Listed and playable, kept off the map: nothing to place it by (silent, DC only, or under 1 ms)."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """One audio file as the scan saw it."""

    path: bytes
    """Absolute, as the file system spells it."""
    size: int
    mtime_ns: int
    device: int
    inode: int
    ctime_ns: int = 0
    """When content, name or rights were changed last, which no program can set; 0 where it is not known."""

    @classmethod
    def of(cls, path: bytes, facts: os.stat_result) -> FileStat:
        """What the system says of a file, each number within 64 bits: a drive may say anything."""
        size, mtime_ns, ctime_ns = facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
        if 0 <= size <= _I64 and -_I64 <= mtime_ns <= _I64 and -_I64 <= ctime_ns <= _I64:  # nearly always: be quick
            return cls(path, size, mtime_ns, facts.st_dev, facts.st_ino, ctime_ns)
        return cls(
            path,
            bounded(facts.st_size, lowest=0),
            bounded(facts.st_mtime_ns),
            facts.st_dev & U64,
            facts.st_ino & U64,
            bounded(facts.st_ctime_ns),
        )


U64 = (1 << 64) - 1
"""Device and inode numbers are unsigned."""
_I64 = (1 << 63) - 1


def bounded(number: int, *, lowest: int = -_I64) -> int:
    """The number where it fits into 64 bits with a sign, else the nearest that does: dates end in the year 2262."""
    return number if lowest <= number <= _I64 else max(lowest, min(_I64, number))


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What can be measured of one sound without a model; NaN where it means nothing."""

    duration_s: float
    brightness_hz: float
    """Power-weighted spectral centroid."""
    noisiness: float
    """Spectral flatness, 0 (a tone) to 1 (white noise)."""
    pitch_hz: float
    attack_s: float
    """From 10 % to 90 % of the envelope's peak."""
    loudness_db: float
    """dBFS of the loudest 50 ms RMS."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One hit within a long file."""

    onset_s: float
    """Seconds from the beginning of the file."""
    length_s: float
    """Until the next hit, or the end of the file."""


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """The K hits of one long file, in order."""

    onset_s: NDArray[np.float64]
    """(K,) seconds from the beginning of the file, rising."""
    length_s: NDArray[np.float64]
    """(K,)"""
    mels: FloatArray | None = None
    """(K, M, T) what the model sees of each; None once it has been heard."""
    vectors: FloatArray | None = None
    """(K, D) unit length, what the model said of each; None before."""
    rhythm: FloatArray | None = None
    """(R,) unit length: when low, middle and high sounds fall; None where there is no rhythm."""

    def __len__(self) -> int:
        return len(self.onset_s)


@dataclass(frozen=True, slots=True, eq=False)
class AllSlices:
    """The S hits of F long files in one space, file by file, those of one file in the order of their onsets."""

    files: NDArray[np.int64]
    """(F,) the samples that they lie in, ascending; each has at least one."""
    starts: NDArray[np.intp]
    """(F + 1,); the hits of file i are those from starts[i] to before starts[i + 1]."""
    onset_s: NDArray[np.float64]
    """(S,)"""
    length_s: NDArray[np.float64]
    """(S,)"""
    vectors: FloatArray
    """(S, D) unit length; (0, 0) where there are none."""

    def __len__(self) -> int:
        return len(self.onset_s)

    @property
    def samples(self) -> NDArray[np.int64]:
        """(S,) the sample that each lies in, ascending."""
        return np.repeat(self.files, np.diff(self.starts))


@dataclass(frozen=True, slots=True)
class Clip:
    """A decoded file: facts, descriptors and, where it has a sound, the model's input."""

    stat: FileStat
    sample_rate: int
    channels: int
    frames: int
    onset_s: float
    """Leading silence that was trimmed before encoding."""
    content_hash: str
    """BLAKE2b-128 hex of the decoded PCM (float32, interleaved, with rate and channels)."""
    descriptors: Descriptors
    state: State
    note: str = ""
    """Why a sample is kept off the map, and that it ends early; mostly empty."""
    mel: FloatArray | None = None
    """(M, T) log-mel of the trimmed sound; None when kept off the map."""
    slices: Slices | None = None
    """The hits of a file that is longer than what the model sees at once; None where it is one sound."""
    bpm: float | None = None
    """Beats a minute, by its sound; None where there is no steady beat."""
    key: str | None = None
    """One of `KEYS`, by its sound; None where no key is clear."""
    level: tuple[float, float] | None = None
    """The level that playing goes by (see `audio.level`) and the largest sample, both in dB; None where unmeasured."""


@dataclass(frozen=True, slots=True)
class Reject:
    """An audio file that could not be indexed, and why."""

    stat: FileStat
    reason: str
    code: RejectCode = RejectCode.CONTENT
    """All but CONTENT are no fault of the file: it is tried again, and a sample that is known is kept."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A folder or file that could not be looked at: what is known of it and below it is kept."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the model says of a batch of B sounds."""

    embedding: FloatArray
    """(B, D), unit length."""
    z: FloatArray
    """(B, Z), the Gaussian means."""
    probabilities: FloatArray | None
    """(B, 11) over `CLASSES`, rows sum to 1; None for a model without classes."""
    xy: FloatArray | None
    """(B, 2) places by the model's map head, in [0, 1]; None for a model without one."""
    hits: FloatArray | None = None
    """(S, D) unit length, of the hits of long files among them, file by file; None where there are none."""


@dataclass(frozen=True, slots=True)
class Root:
    """One folder of the library."""

    path: bytes
    present: bool | None
    """None where its drive did not answer in time."""
    samples: int


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample in full, as the command line prints it; None where unknown."""

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
    state: State
    note: str
    missing: bool
    tags: tuple[str, ...] = ()
    favourite: bool = False
    heard: bool = False
    bpm: float | None = None
    key: str | None = None
    tom: str | None = None
    """low, mid or high, of a tom among those of its folder; what reads a single row leaves it None."""
    hits: tuple[Slice, ...] = ()
    """Those of a long file; what reads many rows leaves them out."""
    level: tuple[float, float] | None = None
    """As of `Clip`; None in what was indexed before it was kept."""


@dataclass(frozen=True, slots=True)
class Names:
    """The paths of N samples as one blob: a million of them cost one array and not a million strings."""

    blob: bytes
    """The absolute paths, one after the other, nothing between them."""
    offsets: NDArray[np.int64]
    """(N + 1,); path i is blob[offsets[i]:offsets[i + 1]]."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> bytes:
        return self.blob[self.offsets[row] : self.offsets[row + 1]]


FAVOURITE, HEARD, MISSING = 1, 2, 4
"""Bits of `Snapshot.flags`."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An immutable picture of the library; all arrays are read-only and share the row order.

    Samples without a place (kept off the map, or not laid out yet) have NaN in `xy`.
    """

    revision: int
    layout: str
    """Name of the layout that `xy` belongs to; empty before the first."""
    space: str
    """The model space that `vectors` live in; empty when nothing is encoded."""
    ids: NDArray[np.int64]
    """(N,) ascending."""
    xy: FloatArray
    """(N, 2) in [0, 1], y upwards."""
    classes: NDArray[np.uint8]
    """(N,) index into `CLASSES`, or `UNCLASSED`."""
    class_p: FloatArray
    """(N,) probability of that class, 0 where unclassed."""
    flags: NDArray[np.uint8]
    """(N,) bits FAVOURITE, HEARD, MISSING."""
    features: FloatArray
    """(N, F) columns of `FEATURES`, NaN where unknown."""
    names: Names
    vectors: FloatArray | None = None
    """(N, D) unit length, rows of NaN for samples without a sound; None until they are loaded."""
    tags: dict[SampleId, tuple[str, ...]] = field(default_factory=dict)
    """Only samples that have tags."""
    class_names: tuple[str, ...] = CLASSES
    """What the indices in `classes` mean: the classes of the model that heard the library."""
    hits: AllSlices | None = None
    """Those of long files; None until they are loaded, and where they are aside."""
    hits_aside: bool = False
    """Whether there are more hits than are kept in memory."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One answer of a neighbour search."""

    path: bytes
    onset_s: float
    distance: float
    """Euclidean between unit vectors, 0 to 2."""


Phase = Literal["scan", "encode", "place", "layout", "idle"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long job is."""

    phase: Phase
    done: int
    total: int
    """0 while unknown."""
    rate: float = 0.0
    """Files a second."""
    seconds_left: float | None = None
    rejected: int = 0

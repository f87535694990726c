"""Records shared by all layers.

The scan finds a `FileStat`, the decoder turns it into a `Clip`, the encoder adds an `Encoding`, the store returns a
`SampleRow`, and the library loads a `Snapshot` of all samples. A `SampleId` never changes: selection, undo and
messages hold ids. A row is an index into one snapshot and must not be kept for the next.
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
"""Classes in the order of every probability vector; a class is stored as its index."""
OTHER = "other"
"""Class of all sounds that are not drums."""
FAMILIES = ("bass", "voice", "strings", "winds", "keys", "percussion", "bells", "effects", "foley", "loops")
"""Kinds of sound within `OTHER`, derived from words in the path; each has its own colour."""
NO_FAMILY = 255
"""Family of a sample whose path names no kind of sound."""
CONFIDENT_P = 0.5
"""A class with a lower probability is shown with a `?`; docs/model.md gives its accuracy."""
UNCLASSED = 255
"""`class` of a sample without a model's classification."""

FEATURES = ("duration_s", "brightness_hz", "noisiness", "pitch_hz", "attack_s", "loudness_db", "bpm", "key")
"""Columns of `Snapshot.features`; NaN where unknown (the pitch of noise, silence). `key` indexes `KEYS`."""

KEYS = (
    "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
    "Cm", "C#m", "Dm", "D#m", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "A#m", "Bm",
)  # fmt: skip
"""Major and minor keys; `key` of a sample is one of these."""

AUDIO_ENDINGS = frozenset(
    b".wav .wave .aif .aiff .aifc .flac .ogg .oga .opus .mp3 .mp2 .caf .au .snd .w64 .rf64 "
    b".m4a .aac .wma .wv .ape .tta .mpc .mka .weba .amr".split()
)
"""File name extensions of audio files, in lower case."""

FloatArray = NDArray[np.float32]

PROVISIONAL = "~"
"""First character of the `content_hash` of a long file of which only the head was read; it sorts behind all others."""


def is_provisional(content_hash: str) -> bool:
    """Whether the rest of the file is still to be read."""
    return content_hash.startswith(PROVISIONAL)


def known_hash(content_hash: str) -> str | None:
    """The content hash as people and other programs get it: None until the whole file has been read."""
    return content_hash if content_hash and not is_provisional(content_hash) else None


class SampleState(IntEnum):
    """Whether a sample can be placed on the map."""

    READY = 0
    SILENT = 1
    """Listed and playable but not on the map: silent, DC only, or shorter than 1 ms."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """Path, size, times, device and inode of one audio file at the time of the scan."""

    path: bytes
    """Absolute, in the bytes of the file system."""
    size: int
    mtime_ns: int
    device: int
    inode: int
    ctime_ns: int = 0
    """Last change of content, name or permissions, which programs cannot set; 0 where unknown, and `FRESH_CTIME`."""

    @classmethod
    def of(cls, path: bytes, stat: os.stat_result) -> FileStat:
        """The result of `os.stat`, with every number limited to 64 bits: damaged drives return larger ones."""
        size, mtime_ns, ctime_ns = stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
        if 0 <= size <= _I64 and -_I64 <= mtime_ns <= _I64 and -_I64 <= ctime_ns <= _I64:  # the usual case, fast
            return cls(path, size, mtime_ns, stat.st_dev, stat.st_ino, ctime_ns)
        return cls(
            path,
            bounded(stat.st_size, lowest=0),
            bounded(stat.st_mtime_ns),
            stat.st_dev & U64,
            stat.st_ino & U64,
            bounded(stat.st_ctime_ns),
        )


FRESH_CTIME = -1
"""Stored in place of `ctime_ns` of a file that was read right after it changed: a further change may show no trace."""

U64 = (1 << 64) - 1
"""Largest device or inode number."""
_I64 = (1 << 63) - 1


def bounded(number: int, *, lowest: int = -_I64) -> int:
    """The number limited to a signed 64-bit integer; in nanoseconds that ends in the year 2262."""
    return number if lowest <= number <= _I64 else max(lowest, min(_I64, number))


@dataclass(frozen=True, slots=True)
class Descriptors:
    """Measurements of one sound that need no model; NaN where undefined."""

    duration_s: float
    brightness_hz: float
    """Power-weighted spectral centroid."""
    noisiness: float
    """Spectral flatness, 0 (a tone) to 1 (white noise)."""
    pitch_hz: float
    attack_s: float
    """Time from 10 % to 90 % of the envelope's peak."""
    loudness_db: float
    """dBFS of the loudest 50 ms RMS."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a long file from one onset to the next."""

    onset_s: float
    """Seconds from the start of the file."""
    length_s: float
    """Seconds to the next onset or the end of the file."""


@dataclass(frozen=True, slots=True, eq=False)
class FileSlices:
    """The K slices of one long file, in order."""

    onset_s: NDArray[np.float64]
    """(K,) seconds from the start of the file, ascending."""
    length_s: NDArray[np.float64]
    """(K,)"""
    mels: FloatArray | None = None
    """(K, M, T) the same of each slice; None once they are encoded."""
    vectors: FloatArray | None = None
    """(K, D) embeddings, unit length; None before encoding."""
    rhythm: FloatArray | None = None
    """(R,) unit length: low, middle and high onsets over a bar; None where nothing repeats."""

    def __len__(self) -> int:
        return len(self.onset_s)


@dataclass(frozen=True, slots=True, eq=False)
class SliceTable:
    """The S slices of F long files in one space, file by file in the order of onsets."""

    files: NDArray[np.int64]
    """(F,) ids of the samples with slices, ascending."""
    starts: NDArray[np.intp]
    """(F + 1,) rows starts[i] to starts[i + 1] (exclusive) are the slices of file i."""
    onset_s: NDArray[np.float64]
    """(S,)"""
    length_s: NDArray[np.float64]
    """(S,)"""
    vectors: FloatArray
    """(S, D) embeddings, unit length; (0, 0) without slices."""

    def __len__(self) -> int:
        return len(self.onset_s)

    @property
    def samples(self) -> NDArray[np.int64]:
        """(S,) id of the sample that each slice belongs to, ascending."""
        return np.repeat(self.files, np.diff(self.starts))


@dataclass(frozen=True, slots=True)
class Credit:
    """Who made a sound and what may be done with it, as the JSON beside its file says; empty where unknown."""

    licence: str = ""
    """Its name, as in `CC BY 4.0`; see `search.licences`."""
    licence_url: str = ""
    author: str = ""
    title: str = ""
    """What its author calls it."""
    source: str = ""
    """The page that it comes from."""
    ai_preference: str = ""
    """What its author wants of training generative models on it, in the words of Freesound; see `refuses_training`."""

    @property
    def refuses_training(self) -> bool:
        """Whether no model is to be trained on this sound."""
        return self.ai_preference in REFUSING_TRAINING


FactSource = Literal["name", "tag", "acid", "smpl", "inst", "basc", "cue", "folder"]
"""Where a fact is written: in the file's name, its tags, one of its chunks, or the names of its folders."""


@dataclass(frozen=True, slots=True)
class WrittenFacts:
    """What one source says of a sound; None where it says nothing. What is heard is kept apart."""

    source: FactSource
    bpm: float | None = None
    key: str | None = None
    """One of `KEYS`."""
    loop: bool | None = None
    """True for a loop, False for a one-shot."""
    note: int | None = None
    """MIDI note at which the sound plays unchanged."""
    points: int | None = None
    """Number of places that are marked in the sound."""

    @property
    def empty(self) -> bool:
        return (self.bpm, self.key, self.loop, self.note, self.points) == (None, None, None, None, None)


REFUSING_TRAINING = frozenset({"no-gen-ai"})
"""Values of `Credit.ai_preference` that refuse training; all others allow it, some under a condition."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipEncoding:
    """The output of the encoder for one sound."""

    embedding: FloatArray
    """(D,), unit length."""
    z: FloatArray
    """(Z,) latents; empty for a model without them."""
    probabilities: FloatArray | None
    """(11,) over `CLASSES`; None for a model without classes."""
    xy: tuple[float, float] | None
    """Place by the model's map head, in [0, 1]; None for a model without one."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A decoded file: format, descriptors and, unless silent, what the model sees of it."""

    stat: FileStat
    sample_rate: int
    channels: int
    frames: int
    onset_s: float
    """Length of the leading silence that was trimmed before encoding."""
    content_hash: str
    """BLAKE2b-128 hex of the decoded PCM (float32, interleaved, with rate and channels); see `PROVISIONAL`."""
    descriptors: Descriptors
    state: SampleState
    note: str = ""
    """Why a sample is not on the map, or that its file ends early; usually empty."""
    mel: FloatArray | None = None
    """(M, T) output of the model's front end for the trimmed sound, usually a log-mel; None for a silent sample."""
    slices: FileSlices | None = None
    """Slices of a file longer than the model's window; None for a single sound."""
    bpm: float | None = None
    """Tempo estimated from the sound; None without a steady beat."""
    key: str | None = None
    """One of `KEYS`, estimated from the sound; None without a clear key."""
    level: tuple[float, float] | None = None
    """Playback level (see `audio.loudness`) and sample peak, both in dB; None where unmeasured."""
    credit: Credit | None = None
    """From the JSON beside the file; None without one."""
    tags: tuple[str, ...] = ()
    """From there, too: a new sample gets them."""
    provisional_hash: str = ""
    """The one before the rest is read, of a file longer than the model's window; empty for shorter ones."""
    facts: tuple[WrittenFacts, ...] = ()
    """What tags and chunks say, one for each source that says something; names are read where the clip is stored."""
    fingerprint: bytes | None = None
    """See `dsp.fingerprint`; None for a silent sample."""
    encoding: ClipEncoding | None = None
    """None before encoding, and for a silent sample; `mel` is None once it is there."""
    bits: int | None = None
    """Bits of a number in the file; None for lossy formats."""
    width: float | None = None
    """How much left and right differ: the share of their difference in the level, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Reject:
    """An audio file that could not be indexed, with the reason."""

    stat: FileStat
    reason: str
    code: RejectCode = RejectCode.CONTENT
    """With any code but CONTENT the file is tried again, and its known sample is kept."""


@dataclass(frozen=True, slots=True)
class UnseenPath:
    """A folder or file that could not be listed or reached; known samples at and below it are kept."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Encoding:
    """Output of the encoder for a batch of B sounds."""

    embedding: FloatArray
    """(B, D), unit length."""
    z: FloatArray
    """(B, Z) latents: the means of the VAE's Gaussians."""
    probabilities: FloatArray | None
    """(B, 11) over `CLASSES`, rows sum to 1; None for a model without classes."""
    xy: FloatArray | None
    """(B, 2) places by the model's map head, in [0, 1]; None for a model without one."""
    slice_embeddings: FloatArray | None = None
    """(S, D) unit length, of the slices of long files in the batch, file by file; None without slices."""


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that belongs to the library."""

    path: bytes
    present: bool | None
    """None when its drive did not answer in time."""
    samples: int


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
    """low, mid or high for a tom, relative to the toms of its folder; None when a single row was read."""
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


FAVOURITE, HEARD, MISSING, HIDDEN = 1, 2, 4, 8
LOOP, ONE_SHOT = 64, 128
"""Bits of `Snapshot.flags`; the last two say what names, tags or chunks call the sound."""


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
    class_names: tuple[str, ...] = CLASSES
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

"""Records that only the store and its direct callers use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from tui_browser.errors import RejectCode
from tui_browser.records import Clip, FileStat, FloatArray, SampleId

UNHEARD = "no model yet"
"""`KnownRow.encoded_space` of a sample that is not encoded yet."""


class KnownRow(NamedTuple):
    """A known sample, for comparison with a scan (a NamedTuple because a million are created at once)."""

    id: SampleId
    size: int
    mtime_ns: int
    device: int
    inode: int
    content_hash: str
    missing: bool
    encoded_space: str
    """The requested space if the sample is encoded in it, else the space of its class; empty for a silent sample, and
    `UNHEARD` for one that is not encoded yet."""
    ctime_ns: int = 0
    """0 where unknown."""


class KnownReject(NamedTuple):
    """A reject, for comparison with a scan."""

    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int
    code: RejectCode


class UnfinishedFile(NamedTuple):
    """A long file of which only the head was read."""

    id: SampleId
    stat: FileStat
    known_onset_s: float | None
    """Where the head begins that is encoded; None if none is."""


class SameContent(NamedTuple):
    """A sample with a given content hash."""

    id: SampleId
    path: bytes
    missing: bool


@dataclass(frozen=True, slots=True)
class StoredEncoding:
    """The encoding of one sound."""

    embedding: FloatArray
    """(D,), unit length."""
    z: FloatArray
    """(Z,); empty for a model without latents."""
    probabilities: FloatArray | None
    """(11,); None for a model without classes."""


@dataclass(frozen=True, slots=True)
class ClipEntry:
    """A clip to be stored."""

    clip: Clip
    root: bytes
    encoding: StoredEncoding | None = None
    """None for a silent sample, and for a sound that was encoded before."""
    xy: tuple[float, float] | None = None
    """Place in the layout; None without one."""


@dataclass(frozen=True, slots=True)
class StoredRoot:
    """A root and the number of samples in it."""

    path: bytes
    samples: int


@dataclass(frozen=True, slots=True)
class LayoutInfo:
    """Description of a stored layout."""

    name: str
    space: str
    samples: int
    fitted_at: float
    """Seconds since 1970."""
    shown: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts for `status`, and the size of the file."""

    samples: int
    placed: int
    """Samples with a place in the shown layout."""
    silent: int
    unheard: int
    """Decoded but not encoded yet, because a run is in progress or was interrupted."""
    unfinished: int
    """Long files of which only the head was read."""
    missing: int
    favourites: int
    heard: int
    tagged: int
    rejects: int
    roots: int
    encoded: int
    """Samples with a vector in the library's space."""
    space: str
    layout: str
    bytes_on_disk: int
    """The library file with its -wal and -shm files."""


class LostFile(NamedTuple):
    """A file that is not in the library now, for what was said of it."""

    content_hash: str
    path: bytes = b""
    """Where it was; empty where unknown."""


class Keepsake(NamedTuple):
    """The annotations of a removed file."""

    flags: int = 0
    """Bits FAVOURITE, HEARD, HIDDEN."""
    corrected_class: int | None = None
    """Index into CLASSES."""
    tags: tuple[str, ...] = ()
    rating: int | None = None
    note: str | None = None

    def joined(self, other: Keepsake) -> Keepsake:
        """This one with what only the other has."""
        return Keepsake(
            self.flags | other.flags,
            other.corrected_class if self.corrected_class is None else self.corrected_class,
            tuple(dict.fromkeys((*self.tags, *other.tags))),
            other.rating if self.rating is None else self.rating,
            other.note if self.note is None else self.note,
        )


CollectionKind = Literal["list", "kit"]


@dataclass(frozen=True, slots=True)
class CollectionItem:
    """One item of a collection: a sample of the library, or a sound that it has no file of now."""

    sample: SampleId | None
    """None while no file with this sound is in the library."""
    content_hash: str = ""
    """Of the sound when it was last seen; empty where unknown. The store fills it in for a sample."""
    path: bytes = b""
    """Where the sound was last seen; the store fills it in for a sample."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What else belongs to the item, as JSON."""


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection without its items."""

    name: str
    kind: CollectionKind
    items: int
    absent: int
    """Items whose files are not in the library."""


@dataclass(frozen=True, slots=True)
class SampleCollection:
    """A named, ordered list of samples; a sample may occur several times."""

    name: str
    kind: CollectionKind
    items: tuple[CollectionItem, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    """What else belongs to the collection, as JSON."""

    @property
    def samples(self) -> list[SampleId]:
        """The samples in order, without absent ones."""
        return [item.sample for item in self.items if item.sample is not None]

"""What the store hands out besides the records that travel further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tui_browser.errors import RejectCode
from tui_browser.records import Clip, FloatArray, SampleId

Item = tuple[Clip, bytes, FloatArray | None, FloatArray | None, FloatArray | None, tuple[float, float] | None]
"""A clip to store: clip, root, embedding (D,), z (Z,), probabilities (11,), (x, y); None where there is none."""


UNHEARD = "no model yet"
"""In the place of a space's name."""


class Known(NamedTuple):
    """What a scan compares a file with (a tuple: a million of them are made in one go)."""

    id: SampleId
    size: int
    mtime_ns: int
    device: int
    inode: int
    content_hash: str
    missing: bool
    encoded_space: str
    """The space that was asked for where the sample has been heard in it, else that of its class; empty for a sample
    without a sound, `UNHEARD` for one that no model has heard yet."""
    ctime_ns: int = 0
    """0 where it is not known."""


class KnownReject(NamedTuple):
    """What a scan compares a file with that was refused before."""

    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int
    code: RejectCode


class SameContent(NamedTuple):
    """A sample whose decoded sound has a given hash."""

    id: SampleId
    path: bytes
    missing: bool


@dataclass(frozen=True, slots=True)
class StoredEncoding:
    """What the model said of one sound."""

    embedding: FloatArray
    """(D,), unit length."""
    z: FloatArray
    """(Z,)."""
    probabilities: FloatArray | None
    """(11,) or None for a model without classes."""


@dataclass(frozen=True, slots=True)
class StoredRoot:
    """A root and how many samples lie in it; whether it is there now only the folder floor knows."""

    path: bytes
    samples: int


@dataclass(frozen=True, slots=True)
class LayoutInfo:
    """One stored layout."""

    name: str
    space: str
    samples: int
    fitted_at: float
    """Seconds since 1970."""
    shown: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """The library in numbers."""

    samples: int
    placed: int
    """On the shown map."""
    silent: int
    """Kept off the map for want of a sound."""
    unheard: int
    """Decoded, and no model has heard them yet: their run was broken off, or goes on."""
    missing: int
    """Their file is not there now."""
    favourites: int
    heard: int
    tagged: int
    rejects: int
    roots: int
    encoded: int
    """With a vector in the library's space."""
    space: str
    layout: str
    bytes_on_disk: int
    """The library file and its helper files."""

"""What queries ask of files and snapshots leave out: size, rate, channels, time of change, root, copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray, Snapshot

FileColumn = Literal["size", "rate", "ch", "changed", "bits", "added"]
FILE_COLUMNS: tuple[FileColumn, ...] = ("size", "rate", "ch", "changed", "bits")
"""The numbers of a file that `sort:` reads; when one was added follows from its id, too."""


@dataclass(frozen=True, slots=True, eq=False)
class FileColumns:
    """Facts of files, in the row order of `ids`."""

    ids: NDArray[np.int64]
    """(N,) ascending."""
    size: NDArray[np.float64]
    """(N,) bytes; NaN where unknown, as in the other numbers."""
    rate: FloatArray
    """(N,) Hz."""
    channels: FloatArray
    """(N,)"""
    changed: NDArray[np.float64]
    """(N,) last change of the file, seconds since 1970."""
    root: NDArray[np.int32]
    """(N,) index into `roots`; -1 where unknown."""
    roots: tuple[bytes, ...]
    """Paths of the library's roots, in the order in which they were added."""
    copies: NDArray[np.bool_]
    """(N,) whether another sample holds the same sound."""
    bits: FloatArray
    """(N,) bits of a number in the file; NaN for lossy formats, too."""
    width: FloatArray
    """(N,) how much left and right differ, 0 (mono) to 1."""
    added: NDArray[np.float64]
    """(N,) when the library first had it, seconds since 1970."""

    def __len__(self) -> int:
        return len(self.ids)

    def number(self, column: FileColumn) -> NDArray[np.float64]:
        """(N,) one of the numbers."""
        match column:
            case "size":
                return self.size
            case "changed":
                return self.changed
            case "rate":
                return self.rate.astype(np.float64)
            case "ch":
                return self.channels.astype(np.float64)
            case "bits":
                return self.bits.astype(np.float64)
            case "added":
                return self.added

    def aligned(self, ids: NDArray[np.int64]) -> FileColumns:
        """The same for these ascending ids; unknown for ids that are not here."""
        if np.array_equal(ids, self.ids):
            return self
        if not len(self.ids):
            return unknown_files(ids)
        known = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        here = self.ids[known] == ids
        return FileColumns(
            ids=ids,
            size=np.where(here, self.size[known], np.nan),
            rate=np.where(here, self.rate[known], np.float32(np.nan)),
            channels=np.where(here, self.channels[known], np.float32(np.nan)),
            changed=np.where(here, self.changed[known], np.nan),
            root=np.where(here, self.root[known], np.int32(-1)),
            roots=self.roots,
            copies=here & self.copies[known],
            bits=np.where(here, self.bits[known], np.float32(np.nan)),
            width=np.where(here, self.width[known], np.float32(np.nan)),
            added=np.where(here, self.added[known], np.nan),
        )


FilesOf = Callable[[Snapshot], FileColumns]
"""Reads the columns for the rows of a snapshot; asked only when a query needs them, in the thread that searches."""


def unknown_files(ids: NDArray[np.int64]) -> FileColumns:
    """Columns of which nothing is known."""
    count = len(ids)
    return FileColumns(
        ids=ids,
        size=np.full(count, np.nan),
        rate=np.full(count, np.nan, dtype=np.float32),
        channels=np.full(count, np.nan, dtype=np.float32),
        changed=np.full(count, np.nan),
        root=np.full(count, -1, dtype=np.int32),
        roots=(),
        copies=np.zeros(count, dtype=np.bool_),
        bits=np.full(count, np.nan, dtype=np.float32),
        width=np.full(count, np.nan, dtype=np.float32),
        added=np.full(count, np.nan),
    )


def no_files(snapshot: Snapshot) -> FileColumns:
    """A `FilesOf` where there is no library file."""
    return unknown_files(snapshot.ids)

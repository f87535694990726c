"""Reading a library file: the connection, guarded, and everything that can be asked of it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import LibraryError
from tui_browser.records import AllSlices, FloatArray, Reject, SampleId, SampleRow, Slice, Snapshot, Unseen
from tui_browser.store import (
    catalog,
    kinds,
    layouts,
    marks,
    opening,
    roots,
    rows,
    schema,
    slices,
    statistics,
    vectors,
)
from tui_browser.store.changes import read_state, reading
from tui_browser.store.failures import told
from tui_browser.store.loading import load
from tui_browser.store.values import (
    Counts,
    Known,
    KnownReject,
    LayoutInfo,
    SameContent,
    StoredEncoding,
    StoredRoot,
)
from tui_browser.store.vectors import Encodings

Mode = Literal["read", "write"]

_BATCH = 2_000


class Reader:
    """What can be asked of a library file. Each call is one consistent view; a missing file is an empty library."""

    def __init__(self, path: str, mode: Mode, opened: opening.Opened | None) -> None:
        self.path = path
        self.mode = mode
        self._opened = opened
        self._empty: sqlite3.Connection | None = None
        self._seen = _identity(path, opened)
        self._guard = threading.RLock()
        self._writing = False
        self._closed = False

    @property
    def notice(self) -> str:
        """One sentence for the person, when the library is only there to be read; else empty."""
        return self._opened.notice if self._opened else ""

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        with self._guard:
            self._closed = True
            if self._opened is not None:
                self._opened.close()
                self._opened = None
            if self._empty is not None:
                self._empty.close()
                self._empty = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._guard, told(self.path):
            conn = self._connection()
            with reading(conn):
                yield conn

    def revision(self) -> int:
        """Counts the changes; the same number is the same library."""
        with self._read() as conn:
            return read_state(conn).revision

    def load(self, *, vectors: bool = True, hits: bool = False, previous: Snapshot | None = None) -> Snapshot:
        """The library as arrays; with `previous` only what changed since is read, and `previous` if nothing did.

        Without `vectors` or `hits` none are read, but those of `previous` are kept up to date.
        """
        with self._read() as conn:
            return load(conn, with_vectors=vectors, with_hits=hits, previous=previous)

    def row(self, sample: SampleId) -> SampleRow | None:
        """One sample in full, None when it is gone."""
        with self._read() as conn:
            found = rows.rows(conn, [sample])
        return found[0] if found else None

    def rows(self, ids: Iterable[SampleId] | None = None) -> Iterator[SampleRow]:
        """Samples in full, in the order of `ids` or all of them by id, read in batches while they are consumed."""
        if ids is None:
            with self._read() as conn:
                ids = rows.all_ids(conn)
        chosen = list(ids)
        for start in range(0, len(chosen), _BATCH):
            with self._read() as conn:
                batch = rows.rows(conn, chosen[start : start + _BATCH])
            yield from batch

    def id_of(self, path: bytes) -> SampleId | None:
        """The sample at this absolute path."""
        with self._read() as conn:
            return rows.id_of(conn, path)

    def paths_of_inodes(self, inodes: Iterable[int]) -> list[bytes]:
        """The paths of samples whose files had one of these inode numbers when they were looked at."""
        with self._read() as conn:
            return rows.paths_of_inodes(conn, inodes)

    def roots(self) -> list[StoredRoot]:
        """All roots, in the order in which they were added."""
        with self._read() as conn:
            return roots.roots(conn)

    def known(self, space: str = "") -> dict[bytes, Known]:
        """What a scan compares the disk with, by path; `space` is that of the model which is to hear."""
        with self._read() as conn:
            return catalog.known(conn, space)

    def rejects_known(self) -> dict[bytes, KnownReject]:
        """What a scan compares refused files with, by path."""
        with self._read() as conn:
            return roots.rejects_known(conn)

    def mtimes(self) -> list[tuple[int, int]]:
        """Id and mtime_ns of each sample's file, by id."""
        with self._read() as conn:
            return catalog.mtimes(conn)

    def rejects(self) -> list[Reject]:
        """All files that could not be indexed, by path."""
        with self._read() as conn:
            return roots.rejects(conn)

    def unseen(self) -> list[Unseen]:
        """Folders and files that could not be looked at when it was last tried, by path."""
        with self._read() as conn:
            return roots.unseen(conn)

    def by_hash(self, content_hashes: Collection[str]) -> dict[str, list[SameContent]]:
        """The samples of each of these decoded sounds, oldest first."""
        with self._read() as conn:
            return catalog.by_hash(conn, content_hashes)

    def reuse_encodings(self, content_hashes: Collection[str], space: str) -> dict[str, StoredEncoding]:
        """What is already encoded of these sounds in a space: copies need not be encoded again."""
        with self._read() as conn:
            return vectors.reuse(conn, content_hashes, space)

    def encodings(self, space: str) -> Encodings:
        """All encodings of a space as arrays."""
        with self._read() as conn:
            return vectors.read(conn, space)

    def latent_size(self, space: str) -> int:
        """Latent dimensions of the encodings of a space; 0 where there are none."""
        with self._read() as conn:
            return vectors.latent_size(conn, space)

    def slices(self, sample: SampleId) -> list[Slice]:
        """The hits of a long file, in order; none where it is one sound."""
        with self._read() as conn:
            return slices.of(conn, sample)

    def slice_vector(self, sample: SampleId, place: int) -> FloatArray | None:
        """(D,) what the library's model said of one hit of a long file; None where there is no such hit."""
        with self._read() as conn:
            return slices.vector(conn, sample, place, space=read_state(conn).space)

    def all_slices(self) -> AllSlices:
        """The hits of all long files with their vectors in the library's space."""
        with self._read() as conn:
            return slices.read(conn, read_state(conn).space)

    def slices_in_parts(self) -> Iterator[AllSlices]:
        """The same, part by part while they are consumed: never much more than a snapshot keeps of them."""
        with self._read() as conn:
            space = read_state(conn).space
            parts = slices.parts(conn, space)
        for first, last in parts:
            with self._read() as conn:
                part = slices.read(conn, space, first=first, last=last)
            yield part

    def corrections(self) -> dict[SampleId, int]:
        """The classes that a person gave, as indices into CLASSES."""
        with self._read() as conn:
            return marks.corrections(conn)

    def layouts(self) -> list[LayoutInfo]:
        """All stored layouts."""
        with self._read() as conn:
            return layouts.infos(conn)

    def shown_layout(self) -> str:
        """Name of the layout that snapshots carry; empty before the first."""
        with self._read() as conn:
            return layouts.layout_name(conn, read_state(conn).layout)

    def places(self, layout: str, ids: NDArray[np.int64]) -> FloatArray:
        """(N, 2) places of these ascending ids in a layout of the shown space; NaN for those without one."""
        with self._read() as conn:
            return layouts.places(conn, layout, ids)

    def counts(self) -> Counts:
        """The library in numbers."""
        with self._read() as conn:
            return statistics.counts(conn, self.path)

    def meta(self, key: str, default: str = "") -> str:
        """A small fact that was remembered under this key."""
        with self._read() as conn:
            row = conn.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
            return row[0] if row else default

    def class_names(self) -> tuple[str, ...]:
        """The classes of the model that heard the library, in the order of their numbers."""
        with self._read() as conn:
            return kinds.class_names(conn)

    def _connection(self) -> sqlite3.Connection:
        """The connection; a reader opens the file once it exists, and anew when another one lies there."""
        if self._closed:
            raise LibraryError("the library is closed", path=self.path)
        if self.mode == "read" and (now := _identity(self.path, self._opened)) != self._seen and now is not None:
            if self._opened is not None:
                self._opened.close()
            self._opened = None  # stays so when opening raises
            self._opened = opening.for_reading(self.path)
            self._seen = _identity(self.path, self._opened)
        if self.mode == "write" and self._opened is None and os.path.lexists(self.path):  # another process made it
            self._opened = opening.for_writing(self.path)
        if self._opened is not None:
            return self._opened.conn
        if self._empty is None:
            self._empty = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            schema.migrate(self._empty, self.path)
        return self._empty


def _identity(path: str, opened: opening.Opened | None) -> tuple[int, ...] | None:
    """What tells that another file lies at `path`; of one whose changes are not seen also when it last changed."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    if opened is not None and not opened.frozen:
        return (stat.st_dev, stat.st_ino)
    wal = 0
    with contextlib.suppress(OSError):
        wal = os.stat(f"{path}-wal").st_size
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, wal)

"""All queries to a library file."""

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
from tui_browser.records import (
    FloatArray,
    Reject,
    SampleId,
    SampleRow,
    Slice,
    SliceTable,
    Snapshot,
    UnseenPath,
)
from tui_browser.search.file_columns import FileColumns
from tui_browser.store import (
    class_heads,
    encodings,
    file_table,
    keepsakes,
    layouts,
    opening,
    roots,
    sample_collections,
    sample_rows,
    samples,
    schema,
    slices,
    sound_credits,
    statistics,
    user_annotations,
)
from tui_browser.store.class_heads import ClassHead
from tui_browser.store.copy_reader import CopyReader
from tui_browser.store.encodings import EncodingTable
from tui_browser.store.errors import library_errors, strange_values
from tui_browser.store.loading import load
from tui_browser.store.records import (
    CollectionInfo,
    Counts,
    Keepsake,
    KnownReject,
    KnownRow,
    LayoutInfo,
    LostFile,
    SameContent,
    SampleCollection,
    StoredEncoding,
    StoredRoot,
    UnfinishedFile,
)
from tui_browser.store.transactions import read_state, reading

Mode = Literal["read", "write"]

_BATCH = 2_000


class StoreReader:
    """Read access to a library file. Each call sees one consistent state; a missing file is an empty library."""

    def __init__(self, path: str, mode: Mode, opened: opening.OpenedFile | None) -> None:
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
        """A sentence for the user when changes cannot be saved; else empty."""
        return self._opened.notice if self._opened else ""

    def close(self) -> None:
        """Close the file. Safe to call twice."""
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
        with self._guard, library_errors(self.path):
            conn = self._connection()
            with strange_values(self.path), reading(conn):
                yield conn

    def revision(self) -> int:
        """Number of changes so far; equal revisions mean equal content."""
        with self._read() as conn:
            return read_state(conn).revision

    def version(self) -> tuple[object, ...]:
        """Differs after every change by another process, also of what snapshots leave out and no revision tells."""
        with self._read() as conn:
            return self._seen, read_state(conn).revision, conn.execute("PRAGMA data_version").fetchone()[0]

    def load(self, *, vectors: bool = True, slices: bool = False, previous: Snapshot | None = None) -> Snapshot:
        """The library as arrays; with `previous` only changes are read, and `previous` is returned if there are none.

        Vectors and slices are read when asked for, or when `previous` has them.
        """
        with self._read() as conn:
            return load(conn, with_vectors=vectors, with_slices=slices, previous=previous)

    def row(self, sample: SampleId) -> SampleRow | None:
        """All that is stored of one sample; None when it was removed."""
        with self._read() as conn:
            rows = sample_rows.rows(conn, [sample])
        return rows[0] if rows else None

    def rows(self, ids: Iterable[SampleId] | None = None) -> Iterator[SampleRow]:
        """Samples in the order of `ids`, or all by id; read in batches as the iterator is consumed."""
        if ids is None:
            with self._read() as conn:
                ids = sample_rows.all_ids(conn)
        chosen = list(ids)
        for start in range(0, len(chosen), _BATCH):
            with self._read() as conn:
                batch = sample_rows.rows(conn, chosen[start : start + _BATCH])
            yield from batch

    def id_of(self, path: bytes) -> SampleId | None:
        """The sample at this absolute path."""
        with self._read() as conn:
            return sample_rows.id_of(conn, path)

    def paths_of_inodes(self, inodes: Iterable[int]) -> list[bytes]:
        """Paths of the samples whose files had one of these inode numbers at the last scan."""
        with self._read() as conn:
            return sample_rows.paths_of_inodes(conn, inodes)

    def root_paths(self) -> list[bytes]:
        """The paths of all roots, in the order in which they were added."""
        with self._read() as conn:
            return roots.paths(conn)

    def roots(self) -> list[StoredRoot]:
        """All roots in the order in which they were added."""
        with self._read() as conn:
            return roots.roots(conn)

    def known(self, space: str = "", *, width: int = 0) -> dict[bytes, KnownRow]:
        """All samples by path, for comparison with a scan (see `samples.known`)."""
        with self._read() as conn:
            return samples.known(conn, space, width=width)

    def narrow(self, space: str, *, width: int) -> int:
        """How many vectors have fewer numbers than that, in a space that does not show so many."""
        with self._read() as conn:
            return len(encodings.narrow_samples(conn, space, width))

    def unfinished(self, space: str = "") -> list[UnfinishedFile]:
        """The present samples of which only the head was read, the newest files first; `space` is that of the model."""
        with self._read() as conn:
            return samples.unfinished(conn, space)

    def unfinished_count(self) -> int:
        """The number of those samples."""
        with self._read() as conn:
            return samples.unfinished_count(conn)

    def rejects_known(self) -> dict[bytes, KnownReject]:
        """All rejects by path, for comparison with a scan."""
        with self._read() as conn:
            return roots.rejects_known(conn)

    def mtimes(self) -> list[tuple[int, int]]:
        """Id and mtime_ns of all samples, ordered by id."""
        with self._read() as conn:
            return samples.mtimes(conn)

    def file_columns(self) -> FileColumns:
        """What snapshots leave out of the files of all samples."""
        with self._read() as conn:
            return file_table.read(conn)

    def rejects(self) -> list[Reject]:
        """All files that could not be indexed, by path."""
        with self._read() as conn:
            return roots.rejects(conn)

    def unseen(self) -> list[UnseenPath]:
        """Folders and files that the last scan could not reach, by path."""
        with self._read() as conn:
            return roots.unseen(conn)

    def by_hash(self, content_hashes: Collection[str]) -> dict[str, list[SameContent]]:
        """The samples with each of these content hashes, oldest first."""
        with self._read() as conn:
            return samples.by_hash(conn, content_hashes)

    def reuse_encodings(self, content_hashes: Collection[str], space: str) -> dict[str, StoredEncoding]:
        """Stored encodings of these sounds in a space; copies need not be encoded again."""
        with self._read() as conn:
            return encodings.reuse(conn, content_hashes, space)

    def encodings(self, space: str) -> EncodingTable:
        """All encodings of a space as arrays."""
        with self._read() as conn:
            return encodings.read(conn, space)

    def vectors_since(self, revision: int) -> tuple[NDArray[np.int64], FloatArray]:
        """Ids (N,) and vectors (N, D) of the library's space that were encoded after a revision; NaN for silence."""
        with self._read() as conn:
            return encodings.since(conn, read_state(conn).space, revision)

    def vectors_of(self, ids: Iterable[int]) -> dict[int, FloatArray]:
        """The vectors (D,) of some samples in the library's space."""
        with self._read() as conn:
            return encodings.some(conn, read_state(conn).space, ids)

    def slices_since(self, revision: int) -> SliceTable:
        """The slices of files that were encoded after a revision; 0 is all of them."""
        with self._read() as conn:
            return slices.since(conn, read_state(conn).space, revision)

    def vector_rows(self, *, enough: int) -> int:
        """How many vectors of samples and slices there are; slices are not counted where samples are `enough`."""
        with self._read() as conn:
            space = read_state(conn).space
            encoded = statistics.count(conn, "encodings WHERE space = ?", space)
            return encoded if encoded > enough else encoded + slices.count(conn, space)

    def latent_size(self, space: str) -> int:
        """Latent dimensions of a space; 0 when it has no encodings."""
        with self._read() as conn:
            return encodings.latent_size(conn, space)

    def slices(self, sample: SampleId) -> list[Slice]:
        """The slices of a long file, in order; empty for a single sound."""
        with self._read() as conn:
            return slices.of(conn, sample)

    def slice_vector(self, sample: SampleId, number: int) -> FloatArray | None:
        """(D,) embedding of slice `number` (from 0) of a long file; None when there is no such slice."""
        with self._read() as conn:
            return slices.vector(conn, sample, number, space=read_state(conn).space)

    def all_slices(self) -> SliceTable:
        """The slices of all long files with their vectors in the library's space."""
        with self._read() as conn:
            return slices.read(conn, read_state(conn).space)

    def slices_in_parts(self) -> Iterator[SliceTable]:
        """The same in parts, read as the iterator is consumed; none much larger than `slices.MEMORY_LIMIT_BYTES`."""
        with self._read() as conn:
            space = read_state(conn).space
            parts = slices.parts(conn, space)
        for first, last in parts:
            with self._read() as conn:
                part = slices.read(conn, space, first=first, last=last)
            yield part

    @property
    def copies(self) -> CopyReader:
        """What is known of copies."""
        return CopyReader(self._read)

    def refusing_training(self) -> Collection[str]:
        """Content hashes of the sounds whose authors want no model to be trained on them."""
        with self._read() as conn:
            return sound_credits.refusing_training(conn)

    def corrections(self) -> dict[SampleId, int]:
        """Classes corrected by the user, as indices into CLASSES."""
        with self._read() as conn:
            return user_annotations.corrections(conn)

    def class_head(self, space: str) -> ClassHead | None:
        """What was learned from corrected classes for a space; None where nothing was."""
        with self._read() as conn:
            return class_heads.read(conn, space)

    def orphaned(self) -> dict[LostFile, Keepsake]:
        """Annotations of removed files."""
        with self._read() as conn:
            return keepsakes.read(conn)

    def annotated(self) -> list[SampleId]:
        """The samples that have any annotation of their own."""
        with self._read() as conn:
            return user_annotations.annotated(conn)

    def collections(self) -> list[CollectionInfo]:
        """All collections by name, without their items."""
        with self._read() as conn:
            return sample_collections.infos(conn)

    def collection(self, name: str) -> SampleCollection | None:
        """The collection of this name, ignoring case; None where there is none."""
        with self._read() as conn:
            return sample_collections.read(conn, name)

    def layouts(self) -> list[LayoutInfo]:
        """All stored layouts."""
        with self._read() as conn:
            return layouts.infos(conn)

    def shown_layout(self) -> str:
        """Name of the shown layout; empty before the first."""
        with self._read() as conn:
            return layouts.layout_name(conn, read_state(conn).layout)

    def places(self, layout: str, ids: NDArray[np.int64]) -> FloatArray:
        """(N, 2) places of the ascending `ids` in a layout of the shown space; NaN where there is none."""
        with self._read() as conn:
            return layouts.places(conn, layout, ids)

    def counts(self) -> Counts:
        """Counts of samples, rejects and roots, and the size of the file."""
        with self._read() as conn:
            return statistics.counts(conn, self.path)

    def meta(self, key: str, default: str = "") -> str:
        """The value stored under this key by `set_meta`."""
        with self._read() as conn:
            row = conn.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
            if row is not None and type(row[0]) is not str:
                raise ValueError(f"the note {key} is no text")
            return row[0] if row else default

    def class_names(self) -> tuple[str, ...]:
        """Classes of the library's model, in the order of their indices."""
        with self._read() as conn:
            return encodings.class_names(conn)

    def _connection(self) -> sqlite3.Connection:
        """The connection; the file is opened when it appears, and again when it was replaced.

        It cannot be replaced while this process has the writer lock.
        """
        if self._closed:
            raise LibraryError("the library is closed", path=self.path)
        if not self._writing and (now := _identity(self.path, self._opened)) != self._seen and now is not None:
            if self._opened is not None:
                self._opened.close()
            self._opened = None  # in case opening raises
            self._opened = (opening.for_reading if self.mode == "read" else opening.for_writing)(self.path)
            self._note_identity()
        if self._opened is not None:
            self._opened.steps.restart()
            return self._opened.conn
        if self._empty is None:
            self._empty = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            schema.migrate(self._empty, self.path)
        return self._empty

    def _note_identity(self) -> None:
        """Remember which file is open."""
        self._seen = _identity(self.path, self._opened)


def _identity(path: str, opened: opening.OpenedFile | None) -> tuple[int, ...] | None:
    """Device and inode of the file at `path`; for a frozen connection also size and time, to notice changes."""
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

"""The library file as one object: guards the connection, opens transactions, and leaves the work to its neighbours."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import LibraryError
from tui_browser.records import AllSlices, FileStat, FloatArray, Reject, SampleId, SampleRow, Slice, Snapshot
from tui_browser.store import (
    catalog,
    layouts,
    marks,
    opening,
    packing,
    roots,
    rows,
    schema,
    slices,
    statistics,
    vectors,
)
from tui_browser.store.changes import change, plain, read_state, reading, transaction
from tui_browser.store.failures import told
from tui_browser.store.loading import load
from tui_browser.store.values import (
    Counts,
    Item,
    Known,
    LayoutInfo,
    SameContent,
    StoredEncoding,
    StoredRoot,
)
from tui_browser.store.vectors import Encodings
from tui_browser.store.writerlock import writer_lock

Mode = Literal["read", "write"]

_BATCH = 2_000


class Store:
    """One library file. Threads may share a Store; each call is one consistent view or one transaction.

    Reading never waits for a writer. Everything that changes the library is done inside `writing()`, and raises
    LibraryError outside of it. Every call raises LibraryError when the file cannot be used.
    """

    def __init__(self, path: str, mode: Mode, opened: opening.Opened | None) -> None:
        self.path = path
        self.mode = mode
        self._opened = opened
        self._empty: sqlite3.Connection | None = None
        self._seen = _identity(path, opened)
        self._guard = threading.RLock()
        self._writing = False
        self._closed = False

    @classmethod
    def open(cls, path: str, *, mode: Mode = "read") -> Store:
        """The library at `path`. A missing file is an empty library, which `writing` makes: until then nothing is."""
        path = os.path.abspath(os.path.expanduser(path))
        if mode == "write":
            return cls(path, mode, opening.for_writing(path) if os.path.lexists(path) else None)
        return cls(path, mode, opening.for_reading(path))

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

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- writing ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self, *, wait_s: float = 5.0) -> Iterator[None]:
        """Be the only writer inside the block; a crash of this process ends it too. Not re-entrant.

        Raises LibraryBusy, naming the process that writes, when it does not end within `wait_s`.
        """
        if self.mode != "write" or self._closed:
            raise LibraryError("the library was opened for reading only", path=self.path)
        with self._guard:
            if self._opened is None:
                self._opened = opening.for_writing(self.path)
        with writer_lock(self.path, wait_s=wait_s):
            self._writing = True
            try:
                yield
            finally:
                self._writing = False

    @contextlib.contextmanager
    def _change(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        if not self._writing:
            raise LibraryError("the library was not opened for writing", path=self.path)
        with self._guard, told(self.path):
            conn = self._connection()
            with change(conn) as revision:
                yield conn, revision

    def add_root(self, path: bytes) -> None:
        """Make a folder (absolute path) a root; nothing happens when it is one."""
        with self._change() as (conn, _):
            roots.add(conn, path)

    def forget_root(self, path: bytes) -> int:
        """Drop a root and the samples that no other root covers; how many samples went."""
        with self._change() as (conn, revision):
            return roots.forget(conn, path, revision=revision)

    def put_clips(self, items: Sequence[Item], *, space: str, layout: str) -> int:
        """Store a batch of decoded files in one transaction; how many were stored (see `catalog.put_clips`)."""
        with self._change() as (conn, revision):
            return catalog.put_clips(conn, items, space=space, layout=layout, revision=revision)

    def put_rejects(self, rejects: Collection[Reject]) -> int:
        """Note files that could not be indexed; a sample at such a path is the caller's to remove."""
        with self._change() as (conn, _):
            return roots.put_rejects(conn, rejects)

    def clear_rejects(self, paths: Collection[bytes]) -> int:
        """Forget rejects; how many there were."""
        with self._change() as (conn, _):
            return roots.clear_rejects(conn, paths)

    def move(self, sample: SampleId, stat: FileStat, root: bytes) -> bool:
        """Give a sample another path or stat: it keeps its id and all else. False when it is gone."""
        return self.move_many([(sample, stat, root)]) == 1

    def move_many(self, moves: Sequence[tuple[SampleId, FileStat, bytes]]) -> int:
        """Many moves in one transaction, swaps of names included; how many were made."""
        with self._change() as (conn, revision):
            return catalog.move_many(conn, moves, revision=revision)

    def mark_missing(self, ids: Collection[SampleId], on: bool) -> int:
        """Note that files are gone for now, or back: nothing of the samples is forgotten."""
        with self._change() as (conn, revision):
            return catalog.mark_missing(conn, ids, on, revision=revision)

    def remove(self, ids: Collection[SampleId]) -> int:
        """Drop samples whose files are gone; how many there were (see `catalog.remove`)."""
        with self._change() as (conn, revision):
            return catalog.remove(conn, ids, revision=revision)

    def set_flag(self, ids: Collection[SampleId], flag: int, on: bool) -> int:
        """Set or clear FAVOURITE or HEARD; how many samples that changed."""
        with self._change() as (conn, revision):
            return marks.set_flag(conn, ids, flag, on, revision=revision)

    def set_tags(self, ids: Collection[SampleId], add: Collection[str] = (), remove: Collection[str] = ()) -> int:
        """Add and remove tags; how many samples were there."""
        with self._change() as (conn, revision):
            return marks.set_tags(conn, ids, add, remove, revision=revision)

    def correct_class(self, ids: Collection[SampleId], corrected: int | None) -> int:
        """Note a person's own class (index into CLASSES) beside the model's; None takes it back."""
        with self._change() as (conn, _):
            return marks.correct_class(conn, ids, corrected)

    def put_layout(self, name: str, space: str, ids: NDArray[np.int64], xy: FloatArray, *, show: bool) -> None:
        """Store a layout, in place of an older one of its name and space; `xy` is (N, 2) in [0, 1], NaN for none."""
        with self._change() as (conn, revision):
            layouts.put(conn, name, space=space, ids=ids, xy=xy, show=show, revision=revision)

    def show_layout(self, name: str) -> None:
        """Show this layout of the shown space from now on; raises LibraryError for an unknown name."""
        with self._change() as (conn, revision):
            layouts.show(conn, name, revision=revision)

    def keep_layout(self, name: str, kept_as: str) -> bool:
        """Give a layout of the shown space another name, in place of an older one of it; False when there is none."""
        with self._change() as (conn, _):
            return layouts.keep(conn, name, kept_as)

    def place(self, ids: Sequence[SampleId], xy: FloatArray) -> int:
        """Give samples places in the shown layout; how many got one."""
        with self._change() as (conn, revision):
            return layouts.place(conn, ids, xy, revision=revision)

    def show_space(self, space: str) -> None:
        """Let snapshots carry the vectors and classes of this space: at the end of a run in which all were heard.

        The first space of a library is shown by itself.
        """
        with self._change() as (conn, revision):
            vectors.show_space(conn, space, revision=revision)

    def drop_space(self, space: str) -> int:
        """Delete encodings and layouts of a space that is not shown; how many encodings there were."""
        with self._change() as (conn, _):
            layouts.drop_space(conn, space)
            return vectors.drop_space(conn, space)

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Remember small facts: the model's name, what the last scan skipped."""
        with self._change() as (conn, _):
            conn.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?)", [(k, plain(v)) for k, v in values.items()])

    def pack(self, *, force: bool = False) -> bool:
        """Write the packed columns anew if enough has changed for a start to feel it; whether it was done."""
        if not self._writing:
            raise LibraryError("the library was not opened for writing", path=self.path)
        with self._guard, told(self.path):
            conn = self._connection()
            old_catalog, old_vectors = packing.stale(conn, force=force)
            if not (old_catalog or old_vectors):
                return False
            with transaction(conn):
                packing.pack(conn, catalog=old_catalog, vectors=old_vectors)
            with contextlib.suppress(sqlite3.OperationalError):  # a reader holds an older view: the next one does it
                conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return True

    # --- reading ---------------------------------------------------------------------------------------------------

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

    def roots(self) -> list[StoredRoot]:
        """All roots, in the order in which they were added."""
        with self._read() as conn:
            return roots.roots(conn)

    def known(self, space: str = "") -> dict[bytes, Known]:
        """What a scan compares the disk with, by path; `space` is that of the model which is to hear."""
        with self._read() as conn:
            return catalog.known(conn, space)

    def rejects_known(self) -> dict[bytes, tuple[int, int]]:
        """Size and mtime_ns of each reject."""
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

"""The library file as one object: what a reader can ask, and transactions that change it, made by its neighbours."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import LibraryError
from tui_browser.records import FileStat, FloatArray, Reject, SampleId, Unseen
from tui_browser.store import (
    catalog,
    layouts,
    marks,
    opening,
    packing,
    roots,
    vectors,
)
from tui_browser.store.changes import change, plain, transaction
from tui_browser.store.failures import RowRefused, told
from tui_browser.store.reader import Mode, Reader
from tui_browser.store.values import Item
from tui_browser.store.writerlock import writer_lock

__all__ = ["Mode", "Store"]


class Store(Reader):
    """One library file. Threads may share a Store; each call is one consistent view or one transaction.

    Reading never waits for a writer. Everything that changes the library is done inside `writing()`, and raises
    LibraryError outside of it. Every call raises LibraryError when the file cannot be used.
    """

    @classmethod
    def open(cls, path: str, *, mode: Mode = "read") -> Store:
        """The library at `path`. A missing file is an empty library, which `writing` makes: until then nothing is."""
        path = opening.home_of(path)
        if mode == "write":
            return cls(path, mode, opening.for_writing(path) if os.path.lexists(path) else None)
        return cls(path, mode, opening.for_reading(path))

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

    def forget_missing(self, folder: bytes) -> int:
        """Drop the samples at or below a folder whose files are missing; how many went (see `catalog.remove`)."""
        with self._change() as (conn, revision):
            return catalog.remove(conn, catalog.missing_below(conn, folder), revision=revision)

    def put_clips(self, items: Sequence[Item], *, space: str, layout: str) -> int:
        """Store a batch of decoded files in one transaction; how many were stored (see `catalog.put_clips`).

        One that holds a value which the library cannot keep becomes a reject, and the others are stored.
        """
        try:
            with self._change() as (conn, revision):
                return catalog.put_clips(conn, items, space=space, layout=layout, revision=revision)
        except RowRefused as error:
            if len(items) > 1:
                return sum(self.put_clips([item], space=space, layout=layout) for item in items)
            self.put_rejects([Reject(item[0].stat, error.what) for item in items])
            return 0

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

    def restat(self, stats: Sequence[tuple[SampleId, FileStat]]) -> None:
        """Note what the system says now of files whose sound is as it was; no new revision."""
        if not self._writing:
            raise LibraryError("the library was not opened for writing", path=self.path)
        with self._guard, told(self.path):
            conn = self._connection()
            with transaction(conn):
                catalog.restat(conn, stats)

    def put_unseen(self, unseen: Collection[Unseen], *, within: Collection[bytes] | None) -> None:
        """Note what could not be looked at, for the whole library or for that below `within`."""
        with self._change() as (conn, _):
            roots.put_unseen(conn, unseen, within)

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

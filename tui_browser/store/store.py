"""`Store`: all changes of a library file, each one transaction; the SQL is in the modules of the tables."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import LibraryError
from tui_browser.records import FileStat, FloatArray, Reject, SampleId, UnseenPath
from tui_browser.store import (
    annotation_changes,
    annotation_runs,
    column_cache,
    copies,
    edit_queue,
    encodings,
    layouts,
    opening,
    roots,
    samples,
    user_annotations,
)
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.copies import Comparison, CopyMember
from tui_browser.store.edit_queue import EditQueue
from tui_browser.store.errors import ValueRefused, library_errors, strange_values
from tui_browser.store.loading import load
from tui_browser.store.reader import Mode, StoreReader
from tui_browser.store.records import ClipEntry
from tui_browser.store.transactions import change, plain, read_state, transaction
from tui_browser.store.writer_lock import writer_lock

__all__ = ["Mode", "Store"]


class Store(StoreReader):
    """A library file, safe to share between threads. Each call is one consistent view or one transaction.

    Reads never wait for a writer. Changes are allowed only inside `writing()` and raise LibraryError elsewhere. Every
    call raises LibraryError when the file cannot be used.
    """

    @classmethod
    def open(cls, path: str, *, mode: Mode = "read") -> Store:
        """Open the library at `path`. A missing file is an empty library; `writing` creates the file."""
        path = opening.home_of(path)
        opening.make_private(path)
        if mode == "write":
            return cls(path, mode, opening.for_writing(path) if os.path.lexists(path) else None)
        return cls(path, mode, opening.for_reading(path))

    @contextlib.contextmanager
    def writing(self, *, wait_s: float = 5.0) -> Iterator[None]:
        """Hold the writer lock inside the block. Not re-entrant; the lock is released when the process dies.

        Raises LibraryBusy, naming the process that holds the lock, when it is not free within `wait_s`.
        """
        if self.mode != "write" or self._closed:
            raise LibraryError("the library was opened for reading only", path=self.path)
        with self._guard:
            if self._opened is None:
                self._opened = opening.for_writing(self.path)
                self._note_identity()
        with writer_lock(self.path, wait_s=wait_s):
            with self._guard, library_errors(self.path):
                self._connection()  # opens it anew where it was replaced
            self._writing = True
            try:
                with contextlib.suppress(LibraryError):  # what cannot be made now, on a full disk, goes on waiting
                    self.make_queued_edits()
                yield
            finally:
                self._writing = False

    @property
    def edit_queue(self) -> EditQueue:
        """Edits of this and other processes that wait for the writer."""
        return EditQueue(self.path)

    def make_queued_edits(self) -> list[str]:
        """Make the edits that wait; sentences about those that could not be made, which are put aside."""
        if not self.edit_queue.waiting():
            return []
        with self._change() as (conn, revision):
            outcomes = self.edit_queue.make(conn, revision=revision)
        return self.edit_queue.clear(outcomes)

    def take_back_queued(self, *, origin: str, number: int) -> None:
        """Take a change back that was queued, and made by whichever process."""
        with self._change() as (conn, revision), strange_values(self.path):
            edit_queue.take_back(conn, origin=origin, number=number, revision=revision)

    @contextlib.contextmanager
    def _change(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        if not self._writing:
            raise LibraryError("the library was not opened for writing", path=self.path)
        with self._guard, library_errors(self.path):
            conn = self._connection()
            with change(conn) as revision:
                yield conn, revision

    def add_root(self, path: bytes) -> None:
        """Add a folder (absolute path) as a root, unless it is one."""
        with self._change() as (conn, _):
            roots.add(conn, path)

    def forget_root(self, path: bytes) -> int:
        """Remove a root and the samples that no other root covers; the number of samples removed."""
        with self._change() as (conn, revision):
            return roots.forget(conn, path, revision=revision)

    def forget_missing(self, folder: bytes) -> int:
        """Remove the missing samples at or below a folder; the number removed (see `samples.remove`)."""
        with self._change() as (conn, revision):
            return samples.remove(conn, samples.missing_below(conn, folder), revision=revision)

    def put_clips(self, entries: Sequence[ClipEntry], *, space: str, layout: str, completing: bool = False) -> int:
        """Store a batch of decoded files in one transaction; the number stored (see `samples.put_clips`).

        A clip with a value that SQLite cannot store becomes a reject; the others are stored.
        """
        try:
            with self._change() as (conn, revision):
                return samples.put_clips(
                    conn, entries, space=space, layout=layout, revision=revision, completing=completing
                )
        except ValueRefused as error:
            if len(entries) > 1:
                each = ([entry] for entry in entries)
                return sum(self.put_clips(alone, space=space, layout=layout, completing=completing) for alone in each)
            self.put_rejects([Reject(entry.clip.stat, error.what) for entry in entries])
            return 0

    def put_rejects(self, rejects: Collection[Reject]) -> int:
        """Store rejects; the caller removes the samples at their paths."""
        with self._change() as (conn, _):
            return roots.put_rejects(conn, rejects)

    def clear_rejects(self, paths: Collection[bytes]) -> int:
        """Delete rejects; the number deleted."""
        with self._change() as (conn, _):
            return roots.clear_rejects(conn, paths)

    def move(self, sample: SampleId, stat: FileStat, root: bytes) -> bool:
        """Move a sample to another path or stat; id and annotations stay. False when it was removed."""
        return self.move_many([(sample, stat, root)]) == 1

    def move_many(self, moves: Sequence[tuple[SampleId, FileStat, bytes]]) -> int:
        """Move samples in one transaction; paths may be swapped. The number moved."""
        with self._change() as (conn, revision):
            return samples.move_many(conn, moves, revision=revision)

    def restat(self, stats: Sequence[tuple[SampleId, FileStat]]) -> None:
        """Update size, times, device and inode of files with unchanged sound; no new revision."""
        if not self._writing:
            raise LibraryError("the library was not opened for writing", path=self.path)
        with self._guard, library_errors(self.path):
            conn = self._connection()
            with transaction(conn):
                samples.restat(conn, stats)

    def put_unseen(self, unseen: Collection[UnseenPath], *, within: Collection[bytes] | None) -> None:
        """Store unseen paths, in place of all earlier ones or of those at and below `within`."""
        with self._change() as (conn, _):
            roots.put_unseen(conn, unseen, within)

    def mark_emptied(self, ids: Collection[SampleId]) -> None:
        """Share what was said of samples whose folder was emptied (see `samples.mark_emptied`)."""
        with self._change() as (conn, revision):
            samples.mark_emptied(conn, ids, revision=revision)

    def mark_missing(self, ids: Collection[SampleId], on: bool) -> int:
        """Mark samples as missing or present; everything else about them stays. The number changed."""
        with self._change() as (conn, revision):
            return samples.mark_missing(conn, ids, on, revision=revision)

    def remove(self, ids: Collection[SampleId]) -> int:
        """Remove samples; the number removed (see `samples.remove`)."""
        with self._change() as (conn, revision):
            return samples.remove(conn, ids, revision=revision)

    def set_flag(self, ids: Collection[SampleId], flag: int, on: bool) -> int:
        """Set or clear FAVOURITE, HEARD or HIDDEN; the number of samples changed."""
        with self._change() as (conn, revision):
            return user_annotations.set_flag(conn, ids, flag, on, revision=revision)

    def set_tags(self, ids: Collection[SampleId], add: Collection[str] = (), remove: Collection[str] = ()) -> int:
        """Add and remove tags; the number of samples found."""
        with self._change() as (conn, revision):
            return user_annotations.set_tags(conn, ids, add, remove, revision=revision)

    def change_tags(
        self, add: Mapping[str, Collection[SampleId]], remove: Mapping[str, Collection[SampleId]] | None = None
    ) -> int:
        """Add and remove tags of different samples in one transaction; the number of samples found."""
        with self._change() as (conn, revision):
            return user_annotations.change_tags(conn, add, remove or {}, revision=revision)

    def annotate(self, change: AnnotationChange, *, run: str = "") -> AnnotationChange:
        """Make a change of annotations in one transaction; what takes it back (see `annotation_changes`).

        A `run` with a name is noted, so that `take_back` can undo it later.
        """
        with self._change() as (conn, revision):
            back = annotation_changes.apply(conn, change, revision=revision)
            if run and back:
                annotation_runs.note(conn, run, back)
            return back

    def take_back(self) -> tuple[str, AnnotationChange] | None:
        """Undo the newest noted run of `annotate`; its name and what was changed. None if no run is left."""
        with self._change() as (conn, revision), strange_values(self.path):
            noted = annotation_runs.take(conn)
            if noted is None:
                return None
            run, back = noted
            annotation_changes.apply(conn, back, revision=revision)
            return run, back

    def put_copies(
        self,
        members: Sequence[CopyMember],
        compared: Sequence[Comparison] = (),
        fingerprints: Sequence[tuple[int, bytes]] = (),
    ) -> None:
        """Replace the groups of copies, and keep what was found out on the way."""
        with self._change() as (conn, revision):
            space = read_state(conn).space
            if space is not None:
                copies.put_fingerprints(conn, fingerprints, space=space)
            copies.put_comparisons(conn, compared)
            copies.put_groups(conn, members, revision=revision)

    def put_layout(self, name: str, space: str, ids: NDArray[np.int64], xy: FloatArray, *, show: bool) -> None:
        """Store a layout in place of one of the same name and space; `xy` is (N, 2) in [0, 1], NaN without a place."""
        with self._change() as (conn, revision):
            layouts.put(conn, name, space=space, ids=ids, xy=xy, show=show, revision=revision)

    def show_layout(self, name: str) -> None:
        """Show this layout of the shown space from now on; raises LibraryError for an unknown name."""
        with self._change() as (conn, revision):
            layouts.show(conn, name, revision=revision)

    def rename_layout(self, name: str, new_name: str) -> bool:
        """Rename a layout of the shown space, replacing any layout of the new name; False when it does not exist."""
        with self._change() as (conn, _):
            return layouts.rename(conn, name, new_name)

    def place(self, ids: Sequence[SampleId], xy: FloatArray) -> int:
        """Place samples in the shown layout; the number placed."""
        with self._change() as (conn, revision):
            return layouts.place(conn, ids, xy, revision=revision)

    def show_space(self, space: str) -> None:
        """Use the vectors and classes of this space in snapshots, once all samples are encoded in it.

        The first space of a library is shown automatically.
        """
        with self._change() as (conn, revision):
            encodings.show_space(conn, space, revision=revision)

    def widen(self, space: str, width: int) -> bool:
        """Show vectors of `width` numbers once all samples have them; whether that begins now (see `encodings`)."""
        with self._guard, library_errors(self.path):
            if encodings.width(self._connection(), encodings.space_id_of(self._connection(), space)) == width:
                return False
        with self._change() as (conn, revision):
            return encodings.widen(conn, space, width, revision=revision)

    def drop_space(self, space: str) -> int:
        """Delete encodings and layouts of a space that is not shown; the number of encodings deleted."""
        with self._change() as (conn, _):
            layouts.drop_space(conn, space)
            return encodings.drop_space(conn, space)

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Store small facts by key, such as the model's name or what the last scan skipped."""
        with self._change() as (conn, _):
            conn.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?)", [(k, plain(v)) for k, v in values.items()])

    def pack(self, *, force: bool = False) -> bool:
        """Pack the columns again if enough rows changed to slow a start down; whether that was done."""
        if not self._writing:
            raise LibraryError("the library was not opened for writing", path=self.path)
        with self._guard, library_errors(self.path):
            conn = self._connection()
            catalog, vectors = column_cache.needs_packing(conn, force=force)
            if not (catalog or vectors):
                return False
            with transaction(conn):
                snapshot = load(conn, with_vectors=vectors, previous=None)
                column_cache.pack(conn, snapshot, catalog=catalog, vectors=vectors)
            with contextlib.suppress(sqlite3.OperationalError):  # a reader holds an older view: next time
                conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return True

"""`Library`: read access to a library, and `open_for_writing` for changes."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tui_browser.config.saved_searches import saved_searches
from tui_browser.errors import AudioError, printable
from tui_browser.folder.presence import folders_present
from tui_browser.layouts.axes import AxisScale, is_axes, parse_axes
from tui_browser.layouts.notes import HEAD_RAW
from tui_browser.library.aliases import known_as
from tui_browser.library.file_reader import FileReader
from tui_browser.library.heard_files import HeardFiles
from tui_browser.library.known_sounds import known_sounds
from tui_browser.library.likeness import PLAIN, SoundTarget, Weights
from tui_browser.library.neighbour_search import FoundNeighbour, NeighbourSearch
from tui_browser.library.slice_search import SliceNeighbour, nearest_slices_in_parts
from tui_browser.library.synsets_file import load_synsets
from tui_browser.records import (
    FloatArray,
    Reject,
    Root,
    SampleId,
    SampleRow,
    Slice,
    SliceTable,
    Snapshot,
    UnseenPath,
)
from tui_browser.search.conditions import Query
from tui_browser.search.file_columns import FileColumns
from tui_browser.search.matcher import Matches, NameIndex, match
from tui_browser.search.near_points import NearFile
from tui_browser.search.query import parse_strict
from tui_browser.search.synsets import DRUM_SYNSETS
from tui_browser.search.toms import LEVELS, tom_sizes
from tui_browser.store.class_heads import ClassHead
from tui_browser.store.errors import strange_values
from tui_browser.store.records import CollectionInfo, LayoutInfo, SampleCollection
from tui_browser.store.store import Store

Hear = Callable[["Library", Sequence[bytes]], Mapping[bytes, SoundTarget | AudioError]]
"""Hears files that a library does not have."""


class Library:
    """Read access to a library. Calls block on the disk, so the app makes them in a thread."""

    def __init__(self, path: str, store: Store, hear: Hear | None = None) -> None:
        self.path = path
        self._hear = hear
        self._store = store
        self._files = FileReader(store)
        self._neighbours = NeighbourSearch(store)
        self._sounds = known_sounds()

    @classmethod
    def open(cls, path: str, *, hear: Hear | None = None) -> Library:
        """Open the library in this file; a missing file is an empty library. Raises LibraryError.

        `hear` hears the files that queries name and the library does not have.
        """
        return cls(path, Store.open(path, mode="read"), hear)

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return self._store.counts().samples

    @property
    def model(self) -> str | None:
        """Name or folder of the library's model; None before the first index."""
        return self._store.meta("model") or None

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the library's model."""
        return self._store.class_names()

    @property
    def space(self) -> str:
        return self._store.meta("space")

    def scales(self, layout: str) -> tuple[AxisScale, AxisScale] | None:
        """The scales of the axes of this layout; None where its axes mean nothing."""
        kept = self._store.meta(f"scales:{layout}@{self.space}") if is_axes(layout) else ""
        if not kept:
            return None
        with strange_values(self.path):
            x, y = (
                AxisScale(float(low), float(high), axis.log)
                for axis, (low, high) in zip(parse_axes(layout), json.loads(kept), strict=True)
            )
        return x, y

    def shown_layout(self) -> str:
        """Name of the layout that is shown; empty before there is one."""
        return self._store.shown_layout()

    def latent(self) -> int:
        """Latent dimensions of the library's model; 0 before anything is encoded."""
        return self._store.latent_size(self.space)

    def revision(self) -> int:
        return self._store.revision()

    def snapshot(self, previous: Snapshot | None = None, *, vectors: bool = True) -> Snapshot:
        """The library as arrays; with `previous` only changes are read. `vectors` includes those of slices."""
        return self._store.load(vectors=vectors, slices=vectors, previous=previous)

    def sample(self, sample: SampleId) -> SampleRow | None:
        """All that is stored of one sample, with its slices; None when it was removed."""
        row = self._store.row(sample)
        slices = self._store.slices(sample) if row is not None else []
        return replace(row, slices=tuple(slices)) if row is not None and slices else row

    def id_of(self, path: bytes) -> SampleId | None:
        return self._store.id_of(path)

    def known_as(self, paths: Sequence[bytes]) -> list[bytes | None]:
        """What the library calls the file at each absolute path (see `aliases`); None for those that it has not."""
        return known_as(self._store, paths)

    def slices(self, sample: SampleId) -> list[Slice]:
        """The slices of a long file, in order; empty for a single sound."""
        return self._store.slices(sample)

    def slice_vector(self, sample: SampleId, number: int) -> FloatArray | None:
        """(D,) unit length, embedding of slice `number` (from 0) of a long file; None when there is no such slice."""
        return self._store.slice_vector(sample, number)

    def all_slices(self) -> SliceTable:
        """The slices of all long files with their vectors."""
        return self._store.all_slices()

    def nearest_slices(
        self, vector: FloatArray, *, k: int, among: NDArray[np.int64] | None = None
    ) -> list[SliceNeighbour]:
        """As `slice_search.nearest_slices`, reading the slices in parts: for snapshots that omit them."""
        return nearest_slices_in_parts(self._store.slices_in_parts(), vector, k=k, among=among)

    def files_of(self, snapshot: Snapshot) -> FileColumns:
        """Sizes, rates, times and the like of a snapshot's samples, which it leaves out; kept for the next query."""
        return self._files.of(snapshot)

    def copy_stacks(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids (C,) of the samples that have copies, ascending, and the id (C,) of the one that should stay."""
        return self._files.stacks()

    def mtimes(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(N,) ids, ascending, and (N,) modification times of their files in seconds since 1970."""
        pairs = np.array(self._store.mtimes(), dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1] / 1e9

    def rejects(self) -> list[Reject]:
        return self._store.rejects()

    def unseen(self) -> list[UnseenPath]:
        """Folders and files that the last scan could not reach; their samples are kept."""
        return self._store.unseen()

    def roots(self) -> list[Root]:
        """All roots, with whether each is present now; does not wait for a drive that hangs."""
        roots = self._store.roots()
        present = folders_present([root.path for root in roots])
        return [Root(root.path, here, root.samples) for root, here in zip(roots, present, strict=True)]

    def root_paths(self) -> list[bytes]:
        """The paths of all roots, present or not."""
        return [root.path for root in self._store.roots()]

    def layouts(self) -> list[LayoutInfo]:
        """The stored layouts of the library's model, in the order of their creation."""
        own = (layout for layout in self._store.layouts() if layout.space == self.space)
        return [layout for layout in own if layout.name != HEAD_RAW]

    def places(self, name: str, ids: NDArray[np.int64]) -> FloatArray:
        """(N, 2) places of the ascending `ids` in a stored layout; NaN where there is none."""
        return self._store.places(name, ids)

    def all_rows(self) -> Iterator[SampleRow]:
        """All samples, ordered by id."""
        return _with_tom_sizes(self._store.rows(), self._store.load(vectors=False))

    def rows_of(self, samples: Iterable[SampleId]) -> list[SampleRow]:
        """These samples in this order; removed ones are omitted."""
        return list(_with_tom_sizes(self._store.rows(list(samples)), self._store.load(vectors=False)))

    def corrections(self) -> dict[SampleId, int]:
        """Classes corrected by the user, as indices into CLASSES."""
        return self._store.corrections()

    def class_head(self) -> ClassHead | None:
        """What was learned from corrected classes for the library's model; None where nothing was."""
        return self._store.class_head(self.space)

    def collections(self) -> list[CollectionInfo]:
        """All collections by name, without their items."""
        return self._store.collections()

    def collection(self, name: str) -> SampleCollection | None:
        """The collection of this name, ignoring case; None where there is none."""
        return self._store.collection(name)

    def search(self, text: str, *, limit: int = 0) -> list[tuple[SampleRow, float]]:
        """Samples that match a query with their scores, best first; `limit` 0 returns all.

        Raises QueryError when a term of the query cannot be parsed.
        """
        return self.rows_found(*self.find(text), limit=limit)

    def rows_found(self, snapshot: Snapshot, matches: Matches, *, limit: int = 0) -> list[tuple[SampleRow, float]]:
        """The same for what `find` gave."""
        rows = matches.rows[:limit] if limit else matches.rows
        scores = dict(zip(snapshot.ids[rows].tolist(), matches.scores[: len(rows)].tolist(), strict=True))
        samples = self._store.rows([SampleId(i) for i in scores])
        return [(row, scores[row.id]) for row in _with_tom_sizes(samples, snapshot)]

    def find(self, text: str) -> tuple[Snapshot, Matches]:
        """The matches of a query, and the snapshot that their rows belong to.

        `@name` is a saved search of the user. Raises QueryError, and ConfigError where these cannot be read.
        """
        snapshot = self._store.load(vectors=False)
        names = NameIndex(snapshot.names)
        query, near_file = self.understood(text, names)
        if query.needs_vectors:
            snapshot = self._store.load()
        matches = match(query, snapshot, names, files_of=self.files_of, sounds=self._sounds, near_file=near_file)
        return snapshot, matches

    def understood(self, text: str, names: NameIndex) -> tuple[Query, NearFile | None]:
        """A query of this library, and what is like the files outside of it that the query names; raises as `find`."""
        saved = saved_searches() if "@" in text else {}
        synsets = load_synsets(None) if "tag:" in text.lower() or saved else DRUM_SYNSETS
        query = parse_strict(text, classes=self.class_names, saved=saved, synsets=synsets)
        files = [path for path in query.files if self._store.id_of(path) is None]
        if not files:
            return query, None
        heard = HeardFiles(self.nearest_slices)
        heard.hear(files, names, self._hear and functools.partial(self._hear, self))
        parse_strict(text, classes=self.class_names, saved=saved, unheard=heard.refused, synsets=synsets)
        return query, heard.nearest

    def target_of(self, path: bytes) -> SoundTarget | None:
        """The stored sound of a file, to search neighbours of; None when it is not indexed or has changed since."""
        return self._neighbours.target_of(path)

    def vector_of(self, path: bytes) -> FloatArray | None:
        """(D,) stored embedding of a file; None when it is not indexed or has changed since."""
        target = self._neighbours.target_of(path)
        return None if target is None else target.vector

    def latents(self, samples: Iterable[int]) -> list[tuple[SampleRow, FloatArray]]:
        """Samples with their `z` (Z,) in the library's space; samples without one are omitted."""
        ids = [SampleId(sample) for sample in samples]
        rows = {row.id: row for row in self._store.rows(ids)} if ids else {}
        encodings = self._store.reuse_encodings({row.content_hash for row in rows.values()}, self.space)
        pairs = [(rows[sample], encodings.get(rows[sample].content_hash)) for sample in ids if sample in rows]
        return [(row, encoding.z) for row, encoding in pairs if encoding is not None and len(encoding.z)]

    def near(self, vector: FloatArray, *, k: int, leave_out: bytes | None = None) -> list[tuple[SampleRow, float]]:
        """The `k` samples nearest to a unit vector, nearest first, without hidden samples and the one at `leave_out`.

        The distance of a long file is that of the whole or of its nearest slice, whichever is smaller; for a slice,
        `onset_s` is the slice's.
        """
        found = self.neighbours(SoundTarget.of(vector), k=k, leave_out=() if leave_out is None else (leave_out,))
        return [(row, each.distance) for row, each in found]

    def neighbours(
        self,
        target: SoundTarget,
        *,
        k: int,
        leave_out: Collection[bytes] = (),
        among: str = "",
        weights: Weights = PLAIN,
    ) -> list[tuple[SampleRow, FoundNeighbour]]:
        """As `near`, among the matches of a query, with aspects weighed, and with what each neighbour shares.

        Raises QueryError for a query that is not understood.
        """
        own = [sample for sample in map(self._store.id_of, leave_out) if sample is not None]
        inside = None
        if among.strip():
            snapshot, matches = self.find(among)
            inside = np.sort(snapshot.ids[matches.rows])
        found = self._neighbours.near(target, k=k, without=own, among=inside, weights=weights)
        ids = [each.sample for each in found]
        rows = {row.id: row for row in _with_tom_sizes(self._store.rows(ids), self._neighbours.snapshot())}
        return [
            (
                rows[each.sample] if each.part is None else replace(rows[each.sample], onset_s=each.part.onset_s),
                each,
            )
            for each in found
            if each.sample in rows
        ]

    def unfinished(self) -> int:
        """The number of long files of which only the head has been read."""
        return self._store.unfinished_count()

    def status(self) -> dict[str, Any]:
        """The facts that `status --json` prints."""
        counts, roots = self._store.counts(), self.roots()
        return {
            "library": self.path,
            "revision": self._store.revision(),
            "samples": counts.samples,
            "placed": counts.placed,
            "silent": counts.silent,
            "waiting": counts.unheard,
            "unfinished": counts.unfinished,
            "heard": counts.heard,
            "missing": counts.missing,
            "favourites": counts.favourites,
            "rejects": counts.rejects,
            "unseen": [{"path": os.fsdecode(entry.path), "reason": entry.reason} for entry in self._store.unseen()],
            "skipped": self._skipped(),
            "roots": [
                {"path": os.fsdecode(root.path), "present": root.present, "samples": root.samples} for root in roots
            ],
            "model": self.model,
            "space": self.space or None,
            "layout": counts.layout or None,
            "layouts": [layout.name for layout in self.layouts()],
            "size_bytes": counts.bytes_on_disk,
        }

    def _skipped(self) -> dict[str, int]:
        """Number of files that the last scan skipped, by reason."""
        with strange_values(self.path):
            counts = json.loads(self._store.meta("skipped", "{}"))
            return {printable(str(reason)): int(count) for reason, count in counts.items()}


@contextmanager
def open_for_writing(path: str, *, wait_s: float = 5.0) -> Iterator[Store]:
    """The library's store with the writer lock held; creates a missing file.

    Raises LibraryBusy when another process holds the lock for longer than `wait_s`, else LibraryError.
    """
    store = Store.open(path, mode="write")
    try:
        with store.writing(wait_s=wait_s):
            yield store
    finally:
        store.close()


def _with_tom_sizes(rows: Iterable[SampleRow], snapshot: Snapshot) -> Iterator[SampleRow]:
    """The rows with `tom` filled in for toms: low, mid or high within their kit."""
    sizes: NDArray[np.uint8] | None = None  # computed at the first tom
    for row in rows:
        if row.class_name != "tom":
            yield row
            continue
        if sizes is None:
            sizes = tom_sizes(snapshot)
        at = int(np.searchsorted(snapshot.ids, row.id))
        known = at < len(snapshot) and snapshot.ids[at] == row.id and sizes[at] < len(LEVELS)
        yield replace(row, tom=LEVELS[sizes[at]]) if known else row

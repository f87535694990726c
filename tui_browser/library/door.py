"""The one door to a library: reading for everybody, changing for one at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.axes import Scale, is_axes, parse_axes
from tui_browser.folder.presence import present
from tui_browser.library.aliases import known_as
from tui_browser.library.hits import NearHit, nearest_hits, nearest_in_parts, with_hits
from tui_browser.library.layoutnotes import HEARD
from tui_browser.library.tomnames import with_toms
from tui_browser.records import AllSlices, FileStat, Reject, Root, SampleId, SampleRow, Slice, Snapshot, Unseen
from tui_browser.records import FloatArray as Vector
from tui_browser.search.match import NameIndex, match
from tui_browser.search.nearest import top_k
from tui_browser.search.query import understand
from tui_browser.store.store import Store
from tui_browser.store.values import LayoutInfo


class Library:
    """The read side; its calls block for as long as the disk takes, so the app makes them in a thread."""

    def __init__(self, path: str, store: Store) -> None:
        self.path = path
        self._store = store
        self._full: Snapshot | None = None
        """What the last search for similar sounds went through: a script may make many."""

    @classmethod
    def open(cls, path: str) -> Library:
        """The library in this file; a file that does not exist is an empty library. Raises LibraryError."""
        return cls(path, Store.open(path, mode="read"))

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
        """Name or folder of the model that heard this library; None before the first."""
        return self._store.meta("model") or None

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the model that heard this library."""
        return self._store.class_names()

    @property
    def space(self) -> str:
        return self._store.meta("space")

    def scales(self, layout: str) -> tuple[Scale, Scale] | None:
        """The scales of the axes of this layout; None where its axes mean nothing."""
        kept = self._store.meta(f"scales:{layout}@{self.space}") if is_axes(layout) else ""
        if not kept:
            return None
        x, y = (
            Scale(float(low), float(high), axis.log)
            for axis, (low, high) in zip(parse_axes(layout), json.loads(kept), strict=True)
        )
        return x, y

    def latent(self) -> int:
        """Latent dimensions of the library's model; 0 before the first sample is encoded."""
        return self._store.latent_size(self.space)

    def revision(self) -> int:
        return self._store.revision()

    def snapshot(self, previous: Snapshot | None = None, *, vectors: bool = True) -> Snapshot:
        """The library as arrays; with `previous` only what changed since is read. Vectors come with those of hits."""
        return self._store.load(vectors=vectors, hits=vectors, previous=previous)

    def sample(self, sample: SampleId) -> SampleRow | None:
        """One sample in full, with its hits."""
        row = self._store.row(sample)
        hits = self._store.slices(sample) if row is not None else []
        return replace(row, hits=tuple(hits)) if row is not None and hits else row

    def id_of(self, path: bytes) -> SampleId | None:
        return self._store.id_of(path)

    def known_as(self, paths: Sequence[bytes]) -> list[bytes | None]:
        """What the library calls the file at each absolute path (see `aliases`); None for those that it has not."""
        return known_as(self._store, paths)

    def slices(self, sample: SampleId) -> list[Slice]:
        """The hits of a long file, in order; none where the whole is one sound."""
        return self._store.slices(sample)

    def slice_vector(self, sample: SampleId, place: int) -> Vector | None:
        """(D,) unit length, of one hit of a long file, 0 being the first; None where there is no such hit."""
        return self._store.slice_vector(sample, place)

    def all_slices(self) -> AllSlices:
        """The hits of all long files with their vectors."""
        return self._store.all_slices()

    def near_hits(self, vector: Vector, *, k: int, among: NDArray[np.int64] | None = None) -> list[NearHit]:
        """What `nearest_hits` says of all hits, read part by part: for where a snapshot does not keep them."""
        return nearest_in_parts(self._store.slices_in_parts(), vector, k=k, among=among)

    def mtimes(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(n,) ids, rising, and when each sample's file was changed last, in seconds since 1970."""
        pairs = np.array(self._store.mtimes(), dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1] / 1e9

    def rejects(self) -> list[Reject]:
        return self._store.rejects()

    def unseen(self) -> list[Unseen]:
        """Folders and files that could not be looked at when it was last tried; their samples are kept."""
        return self._store.unseen()

    def roots(self) -> list[Root]:
        """All roots, with whether each is there just now; a drive that hangs is not waited for."""
        roots = self._store.roots()
        there = present([root.path for root in roots])
        return [Root(root.path, here, root.samples) for root, here in zip(roots, there, strict=True)]

    def root_paths(self) -> list[bytes]:
        """The paths of all roots, without a look at whether they are there."""
        return [root.path for root in self._store.roots()]

    def layouts(self) -> list[LayoutInfo]:
        """The stored layouts of the library's model, in the order in which they came."""
        mine = (layout for layout in self._store.layouts() if layout.space == self.space)
        return [layout for layout in mine if layout.name != HEARD]

    def places(self, name: str, ids: NDArray[np.int64]) -> Vector:
        """(N, 2) places of these rising ids on the stored layout of this name; NaN where there is none."""
        return self._store.places(name, ids)

    def every_row(self) -> Iterator[SampleRow]:
        """All samples in the order of their ids."""
        return with_toms(self._store.rows(), self._store.load(vectors=False))

    def search(self, text: str, *, limit: int = 0) -> list[tuple[SampleRow, float]]:
        """Samples that match a query with their scores, best first; 0 is no limit.

        Raises QueryError where a piece of the query is not understood.
        """
        snapshot = self._store.load(vectors=False)
        matches = match(understand(text, classes=snapshot.class_names), snapshot, NameIndex(snapshot.names))
        rows = matches.rows[:limit] if limit else matches.rows
        scores = dict(zip(snapshot.ids[rows].tolist(), matches.scores[: len(rows)].tolist(), strict=True))
        found = self._store.rows([SampleId(i) for i in scores])
        return [(row, scores[row.id]) for row in with_toms(found, snapshot)]

    def vector_of(self, path: bytes) -> Vector | None:
        """The stored vector (D,) of an indexed file that has not changed since; None otherwise."""
        sample = self._store.id_of(path)
        row = self._store.row(sample) if sample is not None else None
        if row is None:
            return None
        try:
            stat = FileStat.of(path, os.stat(path))
        except OSError:
            return None
        if (stat.size, stat.mtime_ns) != (row.size, row.mtime_ns):
            return None
        snapshot = self._store.load()
        at = int(np.searchsorted(snapshot.ids, row.id))
        if snapshot.vectors is None:
            return None
        vector: Vector = snapshot.vectors[at]
        return vector if len(vector) and np.isfinite(vector).all() else None

    def latents(self, samples: Iterable[int]) -> list[tuple[SampleRow, Vector]]:
        """The rows of samples and their `z` (Z,) in the library's space; without those that have none."""
        wanted = [SampleId(sample) for sample in samples]
        rows = {row.id: row for row in self._store.rows(wanted)} if wanted else {}
        heard = self._store.reuse_encodings({row.content_hash for row in rows.values()}, self.space)
        found = [(rows[sample], heard.get(rows[sample].content_hash)) for sample in wanted if sample in rows]
        return [(row, said.z) for row, said in found if said is not None and len(said.z)]

    def near(self, vector: Vector, *, k: int, leave_out: bytes | None = None) -> list[tuple[SampleRow, float]]:
        """The `k` samples nearest to a unit vector, nearest first, without the one at the path `leave_out`.

        A long file counts with the nearest of its whole and its hits; where that is a hit, `onset_s` is the hit's.
        """
        snapshot = self._full = self._store.load(hits=True, previous=self._full)
        if snapshot.vectors is None:
            return []
        own = self._store.id_of(leave_out) if leave_out is not None else None
        most = k + (own is not None)
        rows, distances = top_k(snapshot.vectors, vector, k=most)
        whole = ((SampleId(int(snapshot.ids[row])), float(far)) for row, far in zip(rows, distances, strict=True))
        kept = snapshot.hits
        hits = self.near_hits(vector, k=most) if kept is None else nearest_hits(kept, vector, k=most)
        best = with_hits(whole, hits, k=k, without=own)
        found = {row.id: row for row in with_toms(self._store.rows([sample for sample, _, _ in best]), snapshot)}
        return [
            (found[sample] if hit is None else replace(found[sample], onset_s=hit.onset_s), distance)
            for sample, distance, hit in best
            if sample in found
        ]

    def status(self) -> dict[str, Any]:
        """What `status --json` prints."""
        counts, roots = self._store.counts(), self.roots()
        return {
            "library": self.path,
            "revision": self._store.revision(),
            "samples": counts.samples,
            "placed": counts.placed,
            "silent": counts.silent,
            "waiting": counts.unheard,
            "heard": counts.heard,
            "missing": counts.missing,
            "favourites": counts.favourites,
            "rejects": counts.rejects,
            "unseen": [{"path": os.fsdecode(one.path), "reason": one.reason} for one in self._store.unseen()],
            "skipped": json.loads(self._store.meta("skipped", "{}")),
            "roots": [
                {"path": os.fsdecode(root.path), "present": root.present, "samples": root.samples} for root in roots
            ],
            "model": self.model,
            "space": self.space or None,
            "layout": counts.layout or None,
            "layouts": [layout.name for layout in self.layouts()],
            "size_bytes": counts.bytes_on_disk,
        }


@contextmanager
def change(path: str, *, wait_s: float = 5.0) -> Iterator[Store]:
    """The library's store with the writer lock held; the file is made when it is missing.

    Raises LibraryBusy when another process writes for longer than `wait_s`, else LibraryError.
    """
    store = Store.open(path, mode="write")
    try:
        with store.writing(wait_s=wait_s):
            yield store
    finally:
        store.close()

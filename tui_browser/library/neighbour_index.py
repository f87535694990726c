"""Approximate nearest neighbours of a large library by pynndescent, stored as arrays beside the library.

The index holds each distinct vector once (copies of a sound would form islands in the neighbour graph) and finds
samples and slices together. What the library encoded after the index was built is searched exactly beside it.
NNDescent (Dong, Moses, Li: Efficient K-Nearest Neighbor Graph Construction, 2011).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import LibraryError
from tui_browser.library.slice_search import SliceNeighbour, merge_neighbours, nearest_slices
from tui_browser.records import FloatArray, SampleId, SliceTable
from tui_browser.search.nearest import top_k
from tui_browser.store.store import Store

AUTO_ROWS = 1_500_000
"""Samples and slices above which `auto` keeps an index: from here on exact search takes more than 20 ms."""
FEWEST_ROWS = 1_000
"""Below so many an index is never worth its graph."""
REBUILD_SHARE = 0.1
"""Share of new or removed rows from which the index is built anew."""
_FORMAT = 1
_GRAPH_NEIGHBOURS = 30
_EPSILON = 0.2
"""How far beyond the best candidates a query looks; at 0.2 recall@10 is above .99 (see docs/performance.md)."""
_FEWEST_ASKED = 50
_PROBES = 32
"""Vectors that are compared with the library's when an index is opened: the file may be another one by now."""


@dataclass(frozen=True, slots=True)
class IndexedVectors:
    """Samples first, then slices: row r is sample `ids[r]`, or the slice r - len(ids)."""

    ids: NDArray[np.int64]
    """(N,) ascending."""
    vectors: FloatArray
    """(N, D) unit length, all finite."""
    slices: SliceTable

    def __len__(self) -> int:
        return len(self.ids) + len(self.slices.onset_s)


def read_vectors(store: Store, *, since: int = 0) -> IndexedVectors:
    """The vectors of samples and slices that the library encoded after a revision; 0 is all of them."""
    ids, vectors = store.vectors_since(since)
    finite = np.isfinite(vectors).all(axis=1) if vectors.size else np.zeros(len(ids), dtype=np.bool_)
    return IndexedVectors(ids[finite], vectors[finite], store.slices_since(since))


def index_folder(library: str) -> str:
    """The folder of a library's index, beside the library."""
    return f"{library}.neighbours"


def build(library: str) -> int:
    """Build the index of a library and store it in place of an older one; how many rows it has.

    Minutes for a million rows, and a minute of compiling once after an installation. Raises LibraryError.
    """
    with Store.open(library) as store:
        revision, space = store.revision(), store.counts().space
        table = read_vectors(store)
    if len(table) < FEWEST_ROWS:
        raise LibraryError("too few samples for an index of neighbours", path=library)
    every = np.concatenate([table.vectors, table.slices.vectors]) if len(table.slices) else table.vectors
    firsts, order, starts = _distinct(every)
    distinct = np.ascontiguousarray(every[firsts])
    del every
    graph = _neighbour_graph(distinct)
    arrays = {
        "vectors": distinct, "graph": graph, "rows": order, "starts": starts, "ids": table.ids,
        "files": table.slices.files, "slice_starts": table.slices.starts, "onset_s": table.slices.onset_s,
        "length_s": table.slices.length_s,
    }  # fmt: skip
    _store(index_folder(library), arrays, {"format": _FORMAT, "revision": revision, "space": space})
    return len(table)


def _distinct(vectors: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First row of each distinct vector (U,); rows (M,), copies side by side; where each distinct one starts.

    Rows that are not finite are left out.
    """
    weights: NDArray[np.uint64] = np.random.default_rng(1).integers(1, 1 << 63, (vectors.shape[1],), dtype=np.uint64)
    keys = np.zeros(len(vectors), dtype=np.uint64)
    bits = np.ascontiguousarray(vectors).view(np.uint32)
    for column in range(vectors.shape[1]):
        keys += bits[:, column] * weights[column]  # wraps around: a hash of 64 bits, the same for equal vectors only
    order = np.argsort(keys, kind="stable")
    order = order[np.asarray(np.isfinite(vectors).all(axis=1))[order]]
    starts = np.flatnonzero(np.concatenate([[True], keys[order][1:] != keys[order][:-1]]))
    return order[starts], order, np.append(starts, len(order))


def _neighbour_graph(vectors: FloatArray) -> NDArray[np.int32]:
    """(U, k) rows of the nearest other vectors."""
    from pynndescent import NNDescent  # 2 s, and half a minute of compiling in each process; worker processes only

    index: Any = NNDescent(vectors, n_neighbors=min(_GRAPH_NEIGHBOURS, len(vectors) - 1), random_state=1)
    graph, _ = index.neighbor_graph
    return np.ascontiguousarray(graph[:, 1:], dtype=np.int32)  # the first is the vector itself


def _store(folder: str, arrays: dict[str, NDArray[Any]], facts: dict[str, object]) -> None:
    """Write the arrays into a new folder and put it in place of the old one."""
    parent, name = os.path.split(folder)
    try:
        new = tempfile.mkdtemp(prefix=f"{name}.", dir=parent or ".")
        for key, array in arrays.items():
            np.save(os.path.join(new, f"{key}.npy"), array, allow_pickle=False)
        with open(os.path.join(new, "index.json"), "w", encoding="utf-8") as file:
            json.dump(facts, file)
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(new, folder)
    except OSError as error:
        raise LibraryError("the neighbour index cannot be stored", path=folder, hint=error.strerror or "") from error


class NeighbourIndex:
    """An index as it is stored, ready for queries, with what the library encoded since."""

    def __init__(self, library: str) -> None:
        """Open the index of this library. Raises LibraryError where there is none that fits it."""
        folder = index_folder(library)
        self._store = Store.open(library)
        try:
            with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
                facts = json.load(file)
            self.revision, self.space = int(facts["revision"]), str(facts["space"])
            if facts["format"] != _FORMAT:
                raise ValueError("another format")
            arrays = {key: _array(folder, key) for key in ("rows", "starts", "ids", "files", "slice_starts")}
            arrays |= {key: _array(folder, key) for key in ("onset_s", "length_s", "graph")}
            # pynndescent keeps a copy in an order of its own; this one, for the exact distances, stays on disk
            self._vectors: FloatArray = np.load(os.path.join(folder, "vectors.npy"), mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LibraryError("there is no neighbour index that can be read", path=folder, hint=str(error)) from error
        self._rows, self._starts, self._ids = arrays["rows"], arrays["starts"], arrays["ids"]
        self._slices = SliceTable(
            arrays["files"], arrays["slice_starts"], arrays["onset_s"], arrays["length_s"], self._vectors[:0]
        )
        self._slice_files = np.repeat(self._slices.files, np.diff(self._slices.starts))
        self._check(folder)
        self._fresh = self._read_fresh(0)
        self._stale: frozenset[int] = frozenset()
        self._seen = self.revision
        self._index = _prepared(np.array(self._vectors), arrays["graph"])
        self.refresh()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def changed_share(self) -> float:
        """New, changed and removed rows as a share of those in the index."""
        known = len(np.union1d(self._ids, self._fresh.ids))
        removed = max(0, known - self._store.counts().encoded)
        return (len(self._fresh) + removed) / max(1, len(self))

    def refresh(self) -> None:
        """Read what the library encoded since the last look."""
        revision = self._store.revision()
        if revision == self._seen:
            return
        self._fresh = self._read_fresh(self.revision)
        self._stale = frozenset(np.union1d(self._fresh.ids, self._fresh.slices.files).tolist())
        self._seen = revision

    def nearest(self, vector: FloatArray, *, k: int) -> list[tuple[SampleId, float, SliceNeighbour | None]]:
        """The `k` nearest samples, nearest first: a long file by its whole vector or by a slice, which is nearer.

        `vector` is (D,), unit length. Distances are taken by differences, as in the exact search.
        """
        found: list[tuple[SampleId, float, SliceNeighbour | None]] = []
        width = self._vectors.shape[1]
        if len(vector) != width or not np.isfinite(vector).all():
            return found
        asked = min(max(2 * k, _FEWEST_ASKED), len(self._vectors))
        while True:
            found = self._indexed(vector, asked, k=k)
            if len(found) >= k or asked == len(self._vectors):
                break
            asked = min(4 * asked, len(self._vectors))  # a long file may have hundreds of slices nearby
        rows, distances = top_k(self._fresh.vectors, vector, k=k)
        fresh = zip((SampleId(int(i)) for i in self._fresh.ids[rows]), distances.tolist(), strict=True)
        best = merge_neighbours(fresh, nearest_slices(self._fresh.slices, vector, k=k), k=k)
        return sorted([*found, *best], key=lambda item: (item[1], item[0]))[:k]

    def example(self) -> FloatArray:
        """One of the vectors (D,)."""
        return np.array(self._vectors[0])

    def close(self) -> None:
        self._store.close()

    def _indexed(
        self, vector: FloatArray, asked: int, *, k: int
    ) -> list[tuple[SampleId, float, SliceNeighbour | None]]:
        """Samples among the nearest `asked` distinct vectors, without those that changed since."""
        near = self._index.query(vector[np.newaxis].astype(np.float32), k=asked, epsilon=_EPSILON)[0][0]
        near = near[near >= 0]
        gaps = self._vectors[near].astype(np.float64) - vector.astype(np.float64)
        exact = np.sqrt(np.einsum("ij,ij->i", gaps, gaps)).astype(np.float32)
        whole: list[tuple[SampleId, float]] = []
        slices: list[SliceNeighbour] = []
        for at in np.argsort(exact, kind="stable").tolist():
            copies = self._rows[self._starts[near[at]] : self._starts[near[at] + 1]]
            for row in copies[: 2 * k].tolist():
                if row < len(self._ids):
                    whole.append((SampleId(int(self._ids[row])), float(exact[at])))
                else:
                    slices.append(self._slice(row - len(self._ids), float(exact[at])))
        return merge_neighbours(
            (each for each in whole if each[0] not in self._stale),
            (each for each in slices if each.sample not in self._stale),
            k=k,
        )

    def _slice(self, row: int, distance: float) -> SliceNeighbour:
        file = int(np.searchsorted(self._slices.starts, row, side="right")) - 1
        place = row - int(self._slices.starts[file])
        onset_s, length_s = float(self._slices.onset_s[row]), float(self._slices.length_s[row])
        return SliceNeighbour(SampleId(int(self._slices.files[file])), place, onset_s, length_s, distance)

    def _read_fresh(self, since: int) -> IndexedVectors:
        if since == 0:
            empty = np.empty((0, self._vectors.shape[1]), dtype=np.float32)
            none = np.empty(0, dtype=np.int64)
            slices = SliceTable(none, np.zeros(1, dtype=np.intp), np.empty(0), np.empty(0), empty)
            return IndexedVectors(none, empty, slices)
        return read_vectors(self._store, since=since)

    def _check(self, folder: str) -> None:
        """Raise LibraryError unless the index is of this library: its space, and vectors of some samples, are."""
        counts, revision = self._store.counts(), self._store.revision()
        if counts.space != self.space or revision < self.revision:
            raise LibraryError("the neighbour index belongs to another model or library", path=folder)
        row_of = np.empty(len(self._rows), dtype=np.int64)
        row_of[self._rows] = np.repeat(np.arange(len(self._vectors)), np.diff(self._starts))
        probed = np.unique(np.linspace(0, max(0, len(self._ids) - 1), _PROBES).astype(np.int64))[: len(self._ids)]
        row_by_id = {int(self._ids[row]): int(row_of[row]) for row in probed}
        stored = self._store.vectors_of(row_by_id)
        same = [np.array_equal(vector, self._vectors[row_by_id[sample]]) for sample, vector in stored.items()]
        if not same or np.mean(same) < 0.5:
            raise LibraryError("the neighbour index holds the vectors of another library", path=folder)


def _array(folder: str, key: str) -> NDArray[Any]:
    array: NDArray[Any] = np.load(os.path.join(folder, f"{key}.npy"), allow_pickle=False)
    return array


def _prepared(vectors: FloatArray, graph: NDArray[np.int32]) -> Any:
    """pynndescent's index from a stored graph: no descent, only the search tree and graph are made."""
    from pynndescent import NNDescent

    gaps = np.empty(graph.shape, dtype=np.float32)
    for start in range(0, len(graph), 4096):
        part = graph[start : start + 4096]
        gaps[start : start + 4096] = ((vectors[part] - vectors[start : start + 4096, np.newaxis]) ** 2).sum(axis=2)
    index: Any = NNDescent(
        vectors, n_neighbors=graph.shape[1], init_graph=graph, init_dist=gaps, n_iters=0, random_state=1
    )
    index.tree_init = True  # an index with a given graph has no search tree otherwise
    index.prepare()
    return index

"""spread: how many dots a layout lights and which neighbours it keeps, before and after its samples are given room."""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
import time
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.libraries import library, size_arguments, size_name
from benchmarks.report import Table, show
from tui_browser.atlas import fit as fitting
from tui_browser.atlas.fit import FitRequest, fit
from tui_browser.atlas.neighbours import knn
from tui_browser.atlas.place import place_by_neighbours
from tui_browser.atlas.project import normalise
from tui_browser.atlas.spread import own_spots, spread
from tui_browser.atlas.viewport import Viewport
from tui_browser.library.door import change
from tui_browser.library.indexer import index_library
from tui_browser.records import FloatArray, Snapshot
from tui_browser.store.store import Store

K = 10
QUERIES = 4000
PANE = (106, 41)
LIT_SHARE = 0.9
KEPT = 0.50


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="10k")
    parser.add_argument("--folders", nargs="*", default=[], metavar="FOLDER", help="sounds, indexed for this")
    parser.add_argument("--library", nargs="*", default=[], metavar="FILE", help="libraries that are there")
    parser.add_argument("--classes", metavar="TSV", help="columns path and class; else what the model says")
    parser.add_argument("--kinds", default="near,pca", help="default: %(default)s")
    parser.add_argument("--pane", default="x".join(map(str, PANE)), metavar="COLUMNSxROWS", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    columns, rows = map(int, args.pane.split("x"))
    pane, tables = Viewport(columns, rows), []
    with tempfile.TemporaryDirectory() as scratch:
        paths = list(args.library)
        for number, folder in enumerate(args.folders):
            paths.append(os.path.join(scratch, f"{number}.db"))
            with change(paths[-1]) as store:
                index_library(
                    store, add=[os.fsencode(os.path.abspath(folder))], model=None, jobs=0, layout="none",
                    report=lambda _: None,
                )  # fmt: skip
        paths += [] if paths else [library(samples, folder=args.libraries) for samples in args.sizes]
        for path in paths:
            with Store.open(path) as store:
                snapshot = store.load()
                named = _named(store, args.classes) if args.classes else snapshot.classes
            tables.append(_table(snapshot, named, args.kinds.split(","), pane))
    show(tables, markdown=args.markdown)
    return 0


def _named(store: Store, manifest: str) -> NDArray[np.int64]:
    """The class of each sample by a manifest, in which a path is the end of the sample's."""
    with open(manifest, encoding="utf-8", errors="surrogateescape", newline="") as file:
        known = {row["path"]: row["class"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    depths = {path.count("/") + 1 for path in known}
    names = []
    for row in store.rows():
        parts = os.fsdecode(row.path).split("/")
        ends = ("/".join(parts[-depth:]) for depth in depths)
        names.append(next((known[end] for end in ends if end in known), ""))
    return np.unique(names, return_inverse=True)[1].ravel()


def _table(snapshot: Snapshot, classes: NDArray[np.integer], kinds: list[str], pane: Viewport) -> Table:
    assert snapshot.vectors is not None  # load() brings them
    sounding = np.isfinite(snapshot.vectors).all(axis=1)
    vectors, classes = np.ascontiguousarray(snapshot.vectors[sounding]), classes[sounding]
    shown = snapshot.xy[sounding]
    table = Table(f"Room on the map: {size_name(len(vectors))} samples in {pane.columns} x {pane.rows} cells")
    judge = Judge(vectors, classes, pane)
    if np.isfinite(shown).all():
        start = time.perf_counter()
        given = spread(shown)
        _add(table, f"stored: {snapshot.layout}", judge, shown, given, (0.0, time.perf_counter() - start))
    for kind in kinds:
        request = FitRequest(kind, vectors, previous=shown)
        start = time.perf_counter()
        with patch.object(fitting, "spread", lambda flat, **_: normalise(flat)):
            heap = fit(request, report=lambda _: None).xy
        middle = time.perf_counter()
        given = fit(request, report=lambda _: None).xy
        _add(table, kind, judge, heap, given, (middle - start, time.perf_counter() - middle))
    coming = np.random.default_rng(4).random(len(vectors)) < 0.2
    later = fit(FitRequest(kinds[0], vectors[~coming], previous=shown[~coming]), report=lambda _: None).xy
    beside = place_by_neighbours(vectors[coming], vectors[~coming], later)
    start = time.perf_counter()
    spots = own_spots(beside, later)
    seconds = time.perf_counter() - start
    pair = [np.empty_like(shown), np.empty_like(shown)]
    for xy, placed in zip(pair, (beside, spots), strict=True):
        xy[~coming], xy[coming] = later, placed
    _add(table, f"{kinds[0]}, a fifth of it placed later", judge, pair[0], pair[1], (0.0, seconds))
    return table


class Judge:
    """What is said of a map of these samples; kept and same class are taken on 4,000 of them at most."""

    def __init__(self, vectors: FloatArray, classes: NDArray[np.integer], pane: Viewport) -> None:
        self._classes, self._pane = classes, pane
        self._rows = np.sort(np.random.default_rng(3).choice(len(vectors), min(QUERIES, len(vectors)), replace=False))
        self._near, _ = knn(vectors[self._rows], vectors, k=K, skip=self._rows)

    def __call__(self, xy: FloatArray) -> tuple[int, float, float]:
        """Lit dots; share of the 10 nearest that are so on the map; share of the 10 nearest there of one's class."""
        dots = np.floor(self._pane.to_dots(xy))
        flat = np.ascontiguousarray(xy, dtype=np.float32)
        near, _ = knn(flat[self._rows], flat, k=K, skip=self._rows)
        kept = np.mean([np.isin(true, found).mean() for true, found in zip(self._near, near, strict=True)])
        same = (self._classes[near] == self._classes[self._rows, np.newaxis]).mean()
        return len(np.unique(dots[np.isfinite(dots).all(axis=1)], axis=0)), float(kept), float(same)


def _add(
    table: Table, what: str, judge: Judge, before: FloatArray, after: FloatArray, cost: tuple[float, float]
) -> None:
    old, new = judge(before), judge(after)
    low, high = np.percentile(after, [2.5, 97.5], axis=0)
    width, height = high - low
    note = f"same class {new[2]:.3f} (before {old[2]:.3f}), 95 % span {width:.2f} x {height:.2f}"
    count = len(after)
    table.add(
        f"{what}: lit", new[0], f"of {count:,}", peer="before", theirs=old[0], budget=LIT_SHARE * count, note=note
    )
    kept = KEPT * K if what == "near" else None  # no two directions keep so many
    table.add(f"{what}: neighbours kept", K * new[1], f"of {K}", peer="before", theirs=K * old[1], budget=kept)
    table.add(f"{what}: time", cost[1], "s", peer="before" if cost[0] else "", theirs=cost[0] or None)

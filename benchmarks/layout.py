"""layout: time to a map and how many neighbours it keeps: `near` and others as the app makes them, and peers."""

from __future__ import annotations

import argparse
import os
import tempfile
import time

import numpy as np
from numpy.typing import NDArray

from benchmarks import peers
from benchmarks.libraries import library, size_arguments, size_name
from benchmarks.report import Table, show
from tui_browser.atlas.fit import Fit, FitRequest
from tui_browser.atlas.neighbours import knn
from tui_browser.config.places import cache_dir
from tui_browser.records import FloatArray
from tui_browser.store.store import Store

K = 10
QUERIES = 500
PEERS = ("umap", "pacmap", "opentsne")


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="2k,10k")
    parser.add_argument("--library", metavar="FILE", help="a library of real sounds, in place of synthetic ones")
    parser.add_argument("--peers", default=",".join(PEERS), help="default: %(default)s; empty for none")


def run(args: argparse.Namespace) -> int:
    tables = []
    paths = [args.library] if args.library else [library(samples, folder=args.libraries) for samples in args.sizes]
    for path in paths:
        with Store.open(path) as store:
            snapshot = store.load()
        assert snapshot.vectors is not None
        sounding = np.isfinite(snapshot.vectors).all(axis=1)
        vectors, shown = snapshot.vectors[sounding], snapshot.xy[sounding]
        table = Table(
            f"Layout of {size_name(len(vectors))} x {vectors.shape[1]}, {'real' if args.library else 'synthetic'}"
        )
        if args.library and np.isfinite(shown).all():
            _add(table, f"stored: {snapshot.layout}", vectors, shown, 0.0)
        for kind in ("pca", "near", "umap"):
            seconds, xy = _fit(kind, vectors)
            _add(table, kind, vectors, xy, seconds)
        for peer in filter(None, args.peers.split(",")):
            _peer(table, peer, vectors)
        table.remarks.append(
            "Seconds from the start of the layout's process to its answer, imports and compiling included."
        )
        tables.append(table)
    show(tables, markdown=args.markdown)
    return 0


def _fit(kind: str, vectors: FloatArray) -> tuple[float, FloatArray]:
    """The layout as the app makes it: in a process of its own."""
    start = time.perf_counter()
    fit = Fit(FitRequest(kind, np.ascontiguousarray(vectors)), cache=cache_dir())
    try:
        while (result := fit.poll()) is None:
            time.sleep(0.005)
    finally:
        fit.close()
    return time.perf_counter() - start, result.xy


def _peer(table: Table, name: str, vectors: FloatArray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "vectors.npy")
        np.save(place, vectors)
        start = time.perf_counter()
        answer, problem = peers.ask("layouts", name, place)
        seconds = time.perf_counter() - start
        if not answer:
            table.remarks.append(f"{name}: {problem}.")
            return
        _add(table, f"peer {name}", vectors, np.load(f"{place}.xy.npy"), seconds)


def _add(table: Table, what: str, vectors: FloatArray, xy: FloatArray, seconds: float) -> None:
    kept, trust = quality(vectors, xy)
    table.add(
        f"{what}, time", seconds, "s", note=f"keeps {kept * K:.1f} of {K} neighbours, trustworthiness {trust:.3f}"
    )


def quality(vectors: FloatArray, xy: FloatArray) -> tuple[float, float]:
    """Share of the 10 nearest vectors that are among the 10 nearest on the map, and trustworthiness of the map.

    Taken on 500 samples; copies of one sound count as neighbours in either order.
    """
    chosen = np.random.default_rng(3).choice(len(vectors), min(QUERIES, len(vectors)), replace=False)
    flat = np.ascontiguousarray(xy, dtype=np.float32)
    near, _ = knn(vectors[chosen], vectors, k=K, skip=chosen)
    on_map, _ = knn(flat[chosen], flat, k=K, skip=chosen)
    kept = float(np.mean([np.isin(true, found).mean() for true, found in zip(near, on_map, strict=True)]))
    return kept, _trust(vectors, chosen, on_map)


def _trust(vectors: FloatArray, chosen: NDArray[np.int64], on_map: NDArray[np.int64]) -> float:
    """1 where all neighbours on the map are true ones; less the further away they really are."""
    n, lost = len(vectors), 0.0
    for query, found in zip(chosen.tolist(), on_map, strict=True):
        distance = np.linalg.norm(vectors - vectors[query], axis=1)
        distance[query] = -1.0
        rank = np.empty(n, dtype=np.int64)
        rank[np.argsort(distance, kind="stable")] = np.arange(n)
        lost += float(np.maximum(rank[found] - K, 0).sum())
    return 1.0 - lost * 2.0 / (len(chosen) * K * (2 * n - 3 * K - 1))

"""layout: time to a map and how many neighbours it keeps: `near` and others as the app makes them, and peers."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time

import numpy as np
from numpy.typing import NDArray

from benchmarks import peers
from benchmarks.libraries import library, size_arguments, size_name
from benchmarks.report import Table, show
from tui_browser.config.places import cache_dir
from tui_browser.layouts.exact_knn import knn
from tui_browser.layouts.fit import FitRequest, LayoutFit
from tui_browser.records import FloatArray
from tui_browser.store.store import Store

KS = (10, 15)
"""Neighbours asked for; trustworthiness is of the first number."""
QUERIES = 2000
_BLOCK = 50
PEERS = ("pacmap", "umap", "opentsne")
KINDS = ("pca", "near", "umap")


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="2k,10k")
    parser.add_argument("--library", metavar="FILE", help="a library of real sounds, in place of synthetic ones")
    parser.add_argument("--peers", default=",".join(PEERS), help="default: %(default)s; empty for none")
    parser.add_argument("--kinds", default=",".join(KINDS), help="the app's own layouts; default: %(default)s")
    parser.add_argument(
        "--limit", type=float, default=1500.0, metavar="S", help="seconds a peer may take (%(default)s)"
    )


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
            _add(table, f"stored: {snapshot.layout}", vectors, shown, (0.0, 0.0))
        for kind in filter(None, args.kinds.split(",")):
            cost, xy = _fit(kind, vectors)
            _add(table, kind, vectors, xy, cost)
        for peer in filter(None, args.peers.split(",")):
            _peer(table, peer, vectors, limit_s=args.limit)
        table.remarks.append(
            "Seconds from the start of the layout's process to its answer, imports and compiling included."
        )
        tables.append(table)
    show(tables, markdown=args.markdown)
    return 0


def _fit(kind: str, vectors: FloatArray) -> tuple[tuple[float, float], FloatArray]:
    """The layout as the app makes it, in a process of its own; its seconds by the clock and of processor."""
    start, used = time.perf_counter(), _children_s()
    fit = LayoutFit(FitRequest(kind, np.ascontiguousarray(vectors)), cache=cache_dir(), niceness=0)
    try:
        while (result := fit.poll()) is None:
            time.sleep(0.005)
        seconds = time.perf_counter() - start
    finally:
        fit.close()
    return (seconds, _children_s() - used), result.xy


def _peer(table: Table, name: str, vectors: FloatArray, *, limit_s: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "vectors.npy")
        np.save(place, vectors)
        start, used = time.perf_counter(), _children_s()
        answer, problem = peers.ask("layouts", name, place, limit_s=limit_s)
        cost = time.perf_counter() - start, _children_s() - used
        if not answer:
            table.remarks.append(f"{name}: {problem}, after {cost[1]:,.0f} s of processor.")
            return
        _add(table, f"peer {name}", vectors, np.load(f"{place}.xy.npy"), cost)


def _children_s() -> float:
    """Processor seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _add(table: Table, what: str, vectors: FloatArray, xy: FloatArray, cost: tuple[float, float]) -> None:
    kept, trust = quality(vectors, xy)
    shares = ", ".join(f"{share * k:.1f} of {k}" for share, k in zip(kept, KS, strict=True))
    note = f"processor {cost[1]:,.1f}; keeps {shares} neighbours, trustworthiness {trust:.4f}"
    table.add(f"{what}, time", cost[0], "s", note=note)
    print(f"{what}: {cost[0]:,.1f} s, {note}", file=sys.stderr, flush=True)  # a peer may take long


def quality(vectors: FloatArray, xy: FloatArray) -> tuple[list[float], float]:
    """For each of `KS` the share of so many nearest vectors that are as near on the map, and its trustworthiness.

    Taken on 2,000 samples; copies of one sound count as neighbours in either order.
    """
    chosen = np.random.default_rng(3).choice(len(vectors), min(QUERIES, len(vectors)), replace=False)
    flat = np.ascontiguousarray(xy, dtype=np.float32)
    near, _ = knn(vectors[chosen], vectors, k=max(KS), skip=chosen)
    on_map, _ = knn(flat[chosen], flat, k=max(KS), skip=chosen)
    pairs = list(zip(near, on_map, strict=True))
    kept = [float(np.mean([np.isin(true[:k], found[:k]).mean() for true, found in pairs])) for k in KS]
    return kept, _trust(vectors, chosen, on_map[:, : KS[0]])


def _trust(vectors: FloatArray, chosen: NDArray[np.int64], on_map: NDArray[np.int64]) -> float:
    """1 where all neighbours on the map are true ones; less the further away they really are."""
    n, k, lost = len(vectors), KS[0], 0
    norms = np.einsum("ij,ij->i", vectors, vectors)
    for first in range(0, len(chosen), _BLOCK):
        queries, found = chosen[first : first + _BLOCK], on_map[first : first + _BLOCK]
        distances = norms - 2 * (vectors[queries] @ vectors.T)  # squared, less the same for all of a query
        distances[np.arange(len(queries)), queries] = -np.inf
        for column in found.T:
            edge = distances[np.arange(len(queries)), column] - 1e-5
            lost += int(np.maximum((distances < edge[:, np.newaxis]).sum(axis=1) - k, 0).sum())
    return 1.0 - 2 * lost / (len(chosen) * k * (2 * n - 3 * k - 1))

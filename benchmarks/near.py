"""near: exact 10 nearest neighbours a query, beside the matrix product alone and the index of large libraries."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks import budgets
from benchmarks.libraries import library, size_arguments, size_name
from benchmarks.report import Table, show
from benchmarks.timing import median, p95, times_ms
from tui_browser.library.library import Library
from tui_browser.library.likeness import PLAIN, SoundTarget, Weights, parse_weights
from tui_browser.library.neighbour_index import NeighbourIndex, build, index_folder
from tui_browser.records import FloatArray
from tui_browser.search.nearest import top_k
from tui_browser.store.store import Store

K = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="1k,10k,100k,1M")
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--index", action="store_true", help="the index too (minutes: it compiles)")


def run(args: argparse.Namespace) -> int:
    table = Table(f"Exact {K} nearest neighbours of a sample, one query")
    for samples in args.sizes:
        path = library(samples, folder=args.libraries)
        with Store.open(path) as store:
            vectors = store.load().vectors
        assert vectors is not None
        measure(table, vectors, queries=args.queries)
        _with_all_parts(table, path, queries=args.queries)
        if args.index:
            _index(table, path, vectors, queries=args.queries)
    if not args.index:
        table.remarks.append("The index of large libraries: with --index.")
    show([table], markdown=args.markdown)
    return 0


def measure(table: Table, vectors: FloatArray, *, queries: int) -> None:
    """Our search, and the matrix product of the same query: what no exact search can undercut."""
    chosen = np.random.default_rng(0).choice(len(vectors), queries)
    turn = iter(np.tile(chosen, 2).tolist())
    ours = times_ms(lambda: top_k(vectors, vectors[next(turn)], k=K), repeat=queries, warm=3)
    turn = iter(np.tile(chosen, 2).tolist())
    limit = times_ms(lambda: vectors @ vectors[next(turn)], repeat=queries, warm=3)
    table.add(
        f"{size_name(len(vectors))} x {vectors.shape[1]}",
        median(ours),
        "ms",
        peer="matrix product",
        theirs=median(limit),
        budget=budgets.near_ms(len(vectors)),
        note=f"p95 {p95(ours):.2f}, fastest {min(ours):.2f} beside {min(limit):.2f}",
    )


def _with_all_parts(table: Table, path: str, *, queries: int) -> None:
    """A search as the app, Python and the shell make it: rows, slices, confidence and aspects, and weighed."""
    with Library.open(path) as library:
        snapshot = library.snapshot()
        assert snapshot.vectors is not None
        vectors, features, size = snapshot.vectors, snapshot.features, len(snapshot)
        chosen = np.random.default_rng(0).choice(size, queries).tolist()
        targets = [SoundTarget(vectors[row], features[row]) for row in chosen]
        for name, weights in (("", PLAIN), (", weighed", parse_weights("pitch=2,length=1"))):
            turn = iter(targets * 2)

            def search(turn: Iterator[SoundTarget] = turn, weights: Weights = weights) -> None:
                library.neighbours(next(turn), k=K, weights=weights)

            ours, used = _processor_ms(search, repeat=queries)
            note = f"processor {used:.2f} ms"
            budget = budgets.near_ms(size) if not name else None
            table.add(f"{size_name(size)}, all parts{name}", median(ours), "ms", budget=budget, note=note)
        own = snapshot.names[chosen[0]]
    words = [sys.executable, "-m", "tui_browser", "--library", path, "near", os.fsdecode(own), "--quiet"]
    before = os.times()
    started = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    took, after = time.perf_counter() - started, os.times()
    used_s = after.children_user + after.children_system - before.children_user - before.children_system
    table.add(
        f"{size_name(size)}, `near FILE`", took, "s", budget=1.0, note=f"processor {used_s:.2f} s, with the start"
    )


def _processor_ms(work: Callable[[], None], *, repeat: int) -> tuple[list[float], float]:
    """Milliseconds of each call, and processor time of one."""
    times_ms(work, repeat=3)
    before = time.process_time()
    ours = times_ms(work, repeat=repeat, warm=0)
    return ours, (time.process_time() - before) / repeat * 1e3


def _index(table: Table, path: str, vectors: FloatArray, *, queries: int) -> None:
    """The index that a large library keeps: built, stored, opened and asked in this process."""
    started = time.perf_counter()
    build(path)
    built = time.perf_counter()
    index = NeighbourIndex(path)
    opened = time.perf_counter()
    chosen = np.random.default_rng(0).choice(len(vectors), queries)
    turn = iter(np.tile(chosen, 2).tolist())
    ours = times_ms(lambda: index.nearest(vectors[next(turn)], k=K), repeat=queries, warm=3)
    turn = iter(np.tile(chosen, 2).tolist())
    exact = times_ms(lambda: top_k(vectors, vectors[next(turn)], k=K), repeat=queries, warm=3)
    recall = np.mean([_share(index, vectors, row) for row in chosen.tolist()])
    size = sum(entry.stat().st_size for entry in os.scandir(index_folder(path))) / 1e6
    index.close()
    shutil.rmtree(index_folder(path))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    table.add(
        f"{size_name(len(vectors))}, index",
        median(ours),
        "ms",
        peer="exact",
        theirs=median(exact),
        note=f"recall {recall:.4f}, built in {built - started:.0f} s, opened in {opened - built:.0f} s, "
        f"{size:,.0f} MB stored, at most {memory:,.0f} MB in memory",
    )


def _share(index: NeighbourIndex, vectors: FloatArray, row: int) -> float:
    """Recall by distance: which of several copies comes last is chance."""
    _, exact = top_k(vectors, vectors[row], k=K)
    found = [distance for _, distance, _ in index.nearest(vectors[row], k=K)]
    return float(np.mean(np.array(found) <= exact[-1] + 1e-6))

"""near: exact 10 nearest neighbours a query, beside the matrix product alone and beside pynndescent."""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks import budgets
from benchmarks.libraries import library, size_arguments, size_name
from benchmarks.report import Table, show
from benchmarks.timing import median, p95, times_ms
from tui_browser.records import FloatArray
from tui_browser.search.nearest import top_k
from tui_browser.store.store import Store

K = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="1k,10k,100k,1M")
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--peers", action="store_true", help="pynndescent too (minutes: it compiles)")
    parser.add_argument("--peers-up-to", type=int, default=100_000, metavar="N", help="largest pynndescent graph")


def run(args: argparse.Namespace) -> int:
    table = Table(f"Exact {K} nearest neighbours of a sample, one query")
    for samples in args.sizes:
        with Store.open(library(samples, folder=args.libraries)) as store:
            vectors = store.load().vectors
        assert vectors is not None
        measure(table, vectors, queries=args.queries)
        if args.peers and samples <= args.peers_up_to:
            _pynndescent(table, vectors, queries=args.queries)
    if not args.peers:
        table.remarks.append("pynndescent: with --peers.")
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


def _pynndescent(table: Table, vectors: FloatArray, *, queries: int) -> None:
    try:
        import pynndescent
    except ImportError:
        table.remarks.append("peer not installed: pip install pynndescent")
        return
    started = time.perf_counter()
    pynndescent.NNDescent(vectors[:2_000], metric="euclidean", n_neighbors=30, random_state=1)
    compiled = time.perf_counter()
    index = pynndescent.NNDescent(vectors, metric="euclidean", n_neighbors=30, random_state=1)
    built = time.perf_counter()
    index.query(vectors[:1], k=K)
    first = time.perf_counter()
    chosen = np.random.default_rng(0).choice(len(vectors), queries)
    turn = iter(np.tile(chosen, 2).tolist())
    theirs = times_ms(lambda: index.query(vectors[next(turn)][None], k=K), repeat=queries, warm=3)
    turn = iter(np.tile(chosen, 2).tolist())
    ours = times_ms(lambda: top_k(vectors, vectors[next(turn)], k=K), repeat=queries, warm=3)
    found, _ = index.query(vectors[chosen], k=K)
    exact = [top_k(vectors, vectors[row], k=K)[0] for row in chosen]
    recall = np.mean([np.isin(true, hits).mean() for true, hits in zip(exact, found, strict=True)])
    costs = f"compile {compiled - started:.0f} s, build {built - compiled:.1f} s, first query {first - built:.0f} s"
    table.add(
        f"{size_name(len(vectors))}, approximate peer",
        median(ours),
        "ms",
        peer="pynndescent, warm",
        theirs=median(theirs),
        note=f"its {costs}, recall {recall:.2f}",
    )

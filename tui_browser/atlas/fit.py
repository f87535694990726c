"""Fitting a layout in a child process: neighbour graph, `near`, UMAP or t-SNE, and back onto the old map.

Whatever compiles or is slow to import (numba, umap, pynndescent, sklearn) lives in the child, which ends with its fit.
"""

from __future__ import annotations

import importlib
import io
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser import child
from tui_browser.atlas.embed import STEPS, edges, embed
from tui_browser.atlas.grid import ASPECT, to_grid
from tui_browser.atlas.neighbours import knn
from tui_browser.atlas.parts import Parts
from tui_browser.atlas.place import place_by_neighbours
from tui_browser.atlas.project import drift, normalise, pca, turn
from tui_browser.atlas.spread import spread
from tui_browser.errors import LayoutError, WorkerError
from tui_browser.records import FloatArray

KINDS = ("near", "umap", "tsne", "pca", "grid")
NEIGHBOURS = 15
PULLING = 12
"""Nearest ones of those that pull a sample on a `near` layout."""
MIN_DIST = 0.1
_EXACT_UP_TO = 4000
"""Above so many samples the graph is looked for in parts."""
_FEWEST = 3 * NEIGHBOURS
"""Below so many different sounds a neighbour graph says nothing: principal components serve."""
_TSNE_STEPS, _TSNE_EVERY = 750, 25
_TSNE_ALONE = 1000
"""Below so many sounds t-SNE is done by one thread, from exact neighbours."""
_RECALL = 0.95
"""An approximate graph must find this share of the true neighbours, checked on a sample."""

Report = Callable[["FitProgress"], None]
Graph = tuple[NDArray[np.int64], FloatArray]


@dataclass(frozen=True, slots=True)
class FitRequest:
    """What is to be laid out."""

    kind: str
    """One of `KINDS`."""
    vectors: FloatArray
    """(N, D); rows that are not finite get no place."""
    previous: FloatArray | None = None
    """(N, 2) the places on the old map, NaN where there is none: where the fit starts, and what it is aligned to."""
    source: FloatArray | None = None
    """(N, 2) the map that a grid is made from; without it the previous places."""
    aspect: float = ASPECT
    """Columns for each row of a grid."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class FitProgress:
    """How far a fit is."""

    stage: str
    """"neighbours" or "layout"."""
    done: int
    total: int
    """0 while unknown."""


@dataclass(frozen=True, slots=True)
class FitResult:
    """A layout in the unit square."""

    kind: str
    xy: FloatArray
    """(N, 2) in [0, 1], NaN for rows that had no finite vector; copies of one sound lie side by side."""
    drift_median: float
    """Move of the samples that had a place, as a share of the map's diagonal."""
    drift_p95: float
    seconds: float
    recall: float = 1.0
    """Share of true neighbours in the graph that it was made from."""
    shape: tuple[int, int] = (0, 0)
    """Columns and rows of a grid."""


class Fit:
    """The parent's end of a running fit."""

    def __init__(
        self, request: FitRequest, *, log: str | None = None, cache: str | None = None, niceness: int = 10
    ) -> None:
        """Start fitting in a child process; `cache` is a folder that keeps compiled code for the next one."""
        if request.kind not in KINDS:
            raise LayoutError(f"there is no layout called {request.kind!r}", hint=f"one of {', '.join(KINDS)}")
        self.progress = FitProgress("neighbours", 0, len(request.vectors))
        env = {"OPENBLAS_NUM_THREADS": str(os.cpu_count() or 1)}
        if cache:
            env["NUMBA_CACHE_DIR"] = os.path.join(cache, "numba")
        self._child = child.start("tui_browser.atlas.fit:fit_main", request, log=log, niceness=niceness, env=env)

    def fileno(self) -> int:
        """Readable when `poll` has news."""
        return self._child.conn.fileno()

    def poll(self) -> FitResult | None:
        """The layout once it is there, else None, without waiting; raises LayoutError when it failed."""
        try:
            while self._child.conn.poll():
                message = self._child.receive()
                if isinstance(message, FitProgress):
                    self.progress = message
                elif isinstance(message, LayoutError):
                    raise message
                else:
                    return message if isinstance(message, FitResult) else None
        except (WorkerError, OSError) as error:
            raise LayoutError("the layout process ended before its layout was done", hint="see its log") from error
        return None

    def close(self) -> None:
        """End the child, done or not. Safe to call twice."""
        self._child.close(grace_s=0.1)

    cancel = close


def fit_main(conn: Connection, request: FitRequest) -> None:
    """The child: fit, tell the progress, send a FitResult or a LayoutError, and end."""
    try:
        answer: FitResult | LayoutError = fit(request, report=conn.send)
    except LayoutError as error:
        answer = error
    except MemoryError:
        answer = LayoutError("not enough memory to fit this layout", hint="try --layout pca")
    except (ValueError, ArithmeticError, RuntimeError, ImportError, OSError, np.linalg.LinAlgError) as error:
        import traceback

        traceback.print_exc()  # into the log
        answer = LayoutError(f"the {request.kind} layout failed", hint=f"{type(error).__name__}: {error}")
    conn.send(answer)


def fit(request: FitRequest, *, report: Report) -> FitResult:
    """The layout that is asked for, in this process: aligned to the old places, deterministic for its seed."""
    if request.kind == "grid":
        return _grid(request, report)
    start = time.perf_counter()
    xy = np.full((len(request.vectors), 2), np.nan, dtype=np.float32)
    previous = request.previous if request.previous is not None else xy.copy()
    good = np.flatnonzero(np.isfinite(request.vectors).all(axis=1))
    first, twin = _different(request.vectors[good])
    vectors, old = request.vectors[good][first], previous[good][first]
    flat, _ = pca(vectors)
    recall = 1.0
    if request.kind != "pca" and len(vectors) >= _FEWEST:
        start_at = _start_at(flat, old, vectors)
        if request.kind == "tsne":
            flat = _tsne(vectors, start_at, seed=request.seed, report=report)
        else:
            graph, recall = _graph(vectors, seed=request.seed, report=report)
            report(FitProgress("layout", 0, 0))
            if request.kind == "near":
                pulls = edges(graph[0][:, :PULLING], graph[1][:, :PULLING])
                flat = embed(pulls, start_at, seed=request.seed, on_step=_every_tenth(report))
            else:
                flat = _umap(vectors, graph, start_at, seed=request.seed, report=report)
    if not np.isfinite(flat).all():
        raise LayoutError(f"the {request.kind} layout did not settle", hint="try --layout pca")
    xy[good] = spread(turn(flat, old)[twin], seed=request.seed)
    moved = drift(previous, xy)
    return FitResult(request.kind, xy, moved.median, moved.p95, time.perf_counter() - start, recall)


def _grid(request: FitRequest, report: Report) -> FitResult:
    """The map on a grid; what has a sound and no place on it comes from among its neighbours, or their components."""
    start = time.perf_counter()
    nowhere = np.full((len(request.vectors), 2), np.nan, dtype=np.float32)
    source = (
        request.source if request.source is not None else request.previous if request.previous is not None else nowhere
    ).copy()
    good = np.isfinite(request.vectors).all(axis=1)
    source[~good] = np.nan
    lost = good & np.isnan(source).any(axis=1)
    if lost.any() and (good & ~lost).any():
        source[lost] = place_by_neighbours(request.vectors[lost], request.vectors[good & ~lost], source[good & ~lost])
    elif lost.any():
        source[good] = normalise(pca(request.vectors[good])[0])
    report(FitProgress("layout", 0, 0))
    xy, shape = to_grid(
        source, aspect=request.aspect, on_round=lambda done, total: report(FitProgress("layout", done, total))
    )
    moved = drift(request.previous if request.previous is not None else nowhere, xy)
    return FitResult("grid", xy, moved.median, moved.p95, time.perf_counter() - start, shape=shape)


def _different(vectors: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the first of each equal vector, and for each row which of those it equals."""
    seen: dict[bytes, int] = {}
    twin = np.fromiter((seen.setdefault(row.tobytes(), len(seen)) for row in vectors), np.int64, len(vectors))
    first = np.unique(twin, return_index=True)[1]
    return first, twin


def _start_at(flat: FloatArray, old: FloatArray, vectors: FloatArray) -> FloatArray:
    """Where a fit starts: the old places when most samples have one, else the principal components."""
    placed = np.isfinite(old).all(axis=1)
    if placed.mean() <= 0.5 or np.ptp(old[placed], axis=0).min() <= 0:
        return flat
    begin = old.copy()
    begin[~placed] = place_by_neighbours(vectors[~placed], vectors[placed], old[placed])
    return begin


# --- neighbours ------------------------------------------------------------------------------------------------------


def _graph(vectors: FloatArray, *, seed: int, report: Report) -> tuple[Graph, float]:
    """Rows and distances (n, 15) of the nearest other vectors; and the share of them that is true."""
    count = len(vectors)

    def told(done: int) -> None:
        report(FitProgress("neighbours", done, count))

    if count > _EXACT_UP_TO:
        graph = Parts(vectors, seed=seed).graph(k=NEIGHBOURS, on_block=told)
        recall = _recall(vectors, graph, seed=seed)
        if recall >= _RECALL:
            return graph, recall
    return knn(vectors, vectors, k=NEIGHBOURS, skip=np.arange(count), on_block=told), 1.0


def _recall(vectors: FloatArray, graph: Graph, *, seed: int) -> float:
    sample = np.random.default_rng(seed).choice(len(vectors), min(200, len(vectors)), replace=False)
    true, _ = knn(vectors[sample], vectors, k=NEIGHBOURS, skip=sample)
    found = [np.isin(exact, guess).mean() for exact, guess in zip(true, graph[0][sample], strict=True)]
    return float(np.mean(found))


# --- layouts ---------------------------------------------------------------------------------------------------------


def _every_tenth(report: Report) -> Callable[[int], None]:
    def told(done: int) -> None:
        if done % 10 == 0:
            report(FitProgress("layout", done, STEPS))

    return told


class _Bar(io.StringIO):
    """What tqdm writes `done/total` into, as a report."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def write(self, text: str) -> int:
        done, slash, total = text.strip().partition("/")
        if slash and done.isdigit() and total.isdigit():
            self._report(FitProgress("layout", int(done), int(total)))
        return len(text)


def _umap(vectors: FloatArray, graph: Graph, start_at: FloatArray, *, seed: int, report: Report) -> FloatArray:
    import umap  # 2 s, 12 to 14 s once after an installation; it compiles for 5 s more in each process

    spread = 10.0 / max(float(np.ptp(start_at, axis=0).max()), 1e-9)
    own = np.arange(len(vectors))
    rows = np.column_stack([own, graph[0][:, :-1]])  # it counts oneself as the first neighbour
    distances = np.column_stack([np.zeros(len(vectors), np.float32), graph[1][:, :-1]])
    model: Any = umap.UMAP(
        n_neighbors=NEIGHBOURS,
        min_dist=MIN_DIST,
        precomputed_knn=(rows, distances, None),
        force_approximation_algorithm=True,  # else a given graph is ignored below 4,096 samples
        init=start_at.astype(np.float32) * spread,
        random_state=seed,
        n_jobs=1,
        tqdm_kwds={"file": _Bar(report), "bar_format": "{n_fmt}/{total_fmt}", "disable": False},
    )
    return np.asarray(model.fit_transform(vectors), dtype=np.float32)


def _tsne(vectors: FloatArray, start_at: FloatArray, *, seed: int, report: Report) -> FloatArray:
    try:
        open_tsne: Any = importlib.import_module("openTSNE")
    except ImportError as error:
        raise LayoutError("t-SNE needs the package openTSNE", hint="pip install openTSNE, or take umap") from error
    report(FitProgress("layout", 0, 0))
    begin = start_at / max(float(start_at.std()), 1e-9) * 1e-4
    done = 0

    def told(*_: object) -> None:
        nonlocal done
        done += _TSNE_EVERY
        report(FitProgress("layout", min(done, _TSNE_STEPS), _TSNE_STEPS))

    model: Any = open_tsne.TSNE(
        callbacks=told,
        callbacks_every_iters=_TSNE_EVERY,
        perplexity=min(30.0, (len(vectors) - 1) / 3),
        initialization=begin,
        random_state=seed,
        neighbors="exact" if len(vectors) < _TSNE_ALONE else "auto",
        n_jobs=1 if len(vectors) < _TSNE_ALONE else os.cpu_count() or 1,  # threads that wait for each other cost more
    )
    return np.asarray(model.fit(vectors), dtype=np.float32)

"""Fitting of a layout in a child process: neighbour graph, `near`, UMAP or t-SNE, alignment to the old layout.

Slow imports and compilation (numba, umap, openTSNE) stay in the child, which ends after the fit.
"""

from __future__ import annotations

import importlib.util
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
from tui_browser.errors import LayoutError, WorkerError
from tui_browser.layouts.approximate_knn import InvertedFile
from tui_browser.layouts.exact_knn import knn
from tui_browser.layouts.grid import ASPECT, to_grid
from tui_browser.layouts.neighbour_embedding import STEPS, embed, neighbour_graph
from tui_browser.layouts.placing import place_by_neighbours
from tui_browser.layouts.projection import drift, normalise, pca, procrustes
from tui_browser.layouts.spread import spread
from tui_browser.records import FloatArray

LAYOUT_KINDS = ("near", "umap", "tsne", "pca", "grid")
_PACKAGES = {"umap": ("umap", "umap-learn"), "tsne": ("openTSNE", "openTSNE")}
"""Layouts of the extra `layouts`: the module that each imports and the package that provides it."""
NEIGHBOURS = 15
NEAR_NEIGHBOURS = 12
"""Neighbours that attract a sample in a `near` layout."""
MIN_DIST = 0.1
_EXACT_UP_TO = 4000
"""Samples up to which the neighbour graph is exact."""
_DESCENT_FROM = 400_000
"""Samples from which pynndescent finds the graph faster than the inverted file, compilation included."""
_MIN_SOUNDS = 3 * NEIGHBOURS
"""Distinct sounds needed for a neighbour graph; with fewer the layout is PCA."""
_TSNE_STEPS, _TSNE_EVERY = 750, 25
_TSNE_EXACT_BELOW = 1000
"""Sounds below which t-SNE uses one thread and exact neighbours."""
_MIN_RECALL = 0.95
"""Recall below which the graph is made again, exactly; measured on a sample."""

Report = Callable[["FitProgress"], None]
Graph = tuple[NDArray[np.int64], FloatArray]


@dataclass(frozen=True, slots=True)
class FitRequest:
    """A layout to fit."""

    kind: str
    """One of `LAYOUT_KINDS`."""
    vectors: FloatArray
    """(N, D); rows that are not finite are not placed."""
    previous: FloatArray | None = None
    """(N, 2) positions in the old layout, NaN where unknown; start of the fit and target of the alignment."""
    source: FloatArray | None = None
    """(N, 2) layout from which a grid is made; None for the previous positions."""
    aspect: float = ASPECT
    """Columns for each row of a grid."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class FitProgress:
    """Progress of a fit."""

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
    """(N, 2) in [0, 1], NaN for rows without a finite vector; duplicates are next to each other."""
    drift_median: float
    """Distance that samples moved from their previous position, as a share of the map's diagonal."""
    drift_p95: float
    seconds: float
    recall: float = 1.0
    """Recall of the neighbour graph."""
    shape: tuple[int, int] = (0, 0)
    """Columns and rows of a grid."""


class LayoutFit:
    """The parent's end of a running fit."""

    def __init__(
        self, request: FitRequest, *, log: str | None = None, cache: str | None = None, niceness: int = 10
    ) -> None:
        """Start the child process; `cache` is a folder for compiled code."""
        if request.kind not in LAYOUT_KINDS:
            raise LayoutError(f"there is no layout called {request.kind!r}", hint=f"one of {', '.join(LAYOUT_KINDS)}")
        check_installed(request.kind)
        self.progress = FitProgress("neighbours", 0, len(request.vectors))
        env = {"OPENBLAS_NUM_THREADS": str(os.cpu_count() or 1)}
        if cache:
            env["NUMBA_CACHE_DIR"] = os.path.join(cache, "numba")
        self._child = child.start("tui_browser.layouts.fit:fit_main", request, log=log, niceness=niceness, env=env)

    def fileno(self) -> int:
        """File descriptor that is readable when `poll` has something to read."""
        return self._child.conn.fileno()

    def poll(self) -> FitResult | None:
        """The layout if it is finished, else None; never waits. Raises LayoutError if the fit failed."""
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
            raise LayoutError("the layout process ended before the layout was finished", hint="see its log") from error
        return None

    def close(self) -> None:
        """End the child process; safe to call twice."""
        self._child.close(grace_s=0.1)

    cancel = close


def check_installed(kind: str) -> None:
    """Raise LayoutError where the package that this layout needs is not installed."""
    module, package = _PACKAGES.get(kind, ("", ""))
    if module and importlib.util.find_spec(module) is None:
        hint = "pip install 'tui-browser[layouts]', or take the layout near"
        raise LayoutError(f"the layout {kind} needs {package}, which is not installed", hint=hint)


def fit_main(conn: Connection, request: FitRequest) -> None:
    """The child: sends FitProgress messages, then a FitResult or a LayoutError."""
    try:
        answer: FitResult | LayoutError = fit_layout(request, report=conn.send)
    except LayoutError as error:
        answer = error
    except MemoryError:
        answer = LayoutError("not enough memory to fit this layout", hint="try --layout pca")
    except (ValueError, ArithmeticError, RuntimeError, ImportError, OSError, np.linalg.LinAlgError) as error:
        import traceback

        traceback.print_exc()  # goes to the log
        answer = LayoutError(f"the {request.kind} layout failed", hint=f"{type(error).__name__}: {error}")
    conn.send(answer)


def fit_layout(request: FitRequest, *, report: Report) -> FitResult:
    """Fit a layout in this process, aligned to the previous positions; deterministic for a given seed."""
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
    if request.kind != "pca" and len(vectors) >= _MIN_SOUNDS:
        start_at = _start_at(flat, old, vectors)
        if request.kind == "tsne":
            flat = _tsne(vectors, start_at, seed=request.seed, report=report)
        else:
            graph, recall = _graph(vectors, seed=request.seed, report=report)
            report(FitProgress("layout", 0, 0))
            if request.kind == "near":
                pulls = neighbour_graph(graph[0][:, :NEAR_NEIGHBOURS], graph[1][:, :NEAR_NEIGHBOURS])
                flat = embed(pulls, start_at, seed=request.seed, on_step=_every_tenth(report))
            else:
                flat = _umap(vectors, graph, start_at, seed=request.seed, report=report)
    if not np.isfinite(flat).all():
        raise LayoutError(f"the {request.kind} layout did not converge", hint="try --layout pca")
    xy[good] = spread(procrustes(flat, old)[twin], seed=request.seed)
    moved = drift(previous, xy)
    return FitResult(request.kind, xy, moved.median, moved.p95, time.perf_counter() - start, recall)


def _grid(request: FitRequest, report: Report) -> FitResult:
    """Fit a grid; samples missing in the source layout are placed by their neighbours, or by PCA if all are missing."""
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
    """Rows of the distinct vectors, and for each row the index of its distinct vector."""
    seen: dict[bytes, int] = {}
    twin = np.fromiter((seen.setdefault(row.tobytes(), len(seen)) for row in vectors), np.int64, len(vectors))
    first = np.unique(twin, return_index=True)[1]
    return first, twin


def _start_at(flat: FloatArray, old: FloatArray, vectors: FloatArray) -> FloatArray:
    """Start of a fit: the old positions if most samples have one, else the PCA."""
    placed = np.isfinite(old).all(axis=1)
    if placed.mean() <= 0.5 or np.ptp(old[placed], axis=0).min() <= 0:
        return flat
    begin = old.copy()
    begin[~placed] = place_by_neighbours(vectors[~placed], vectors[placed], old[placed])
    return begin


# --- neighbours ------------------------------------------------------------------------------------------------------


def _graph(vectors: FloatArray, *, seed: int, report: Report) -> tuple[Graph, float]:
    """The neighbour graph, rows and distances (n, 15), and its recall."""
    count = len(vectors)

    def report_progress(done: int) -> None:
        report(FitProgress("neighbours", done, count))

    if count >= _DESCENT_FROM:
        graph = _descent_graph(vectors, seed=seed)
        return graph, _recall(vectors, graph, seed=seed)
    if count > _EXACT_UP_TO:
        graph = InvertedFile(vectors, seed=seed).graph(k=NEIGHBOURS, on_block=report_progress)
        recall = _recall(vectors, graph, seed=seed)
        if recall >= _MIN_RECALL:
            return graph, recall
    return knn(vectors, vectors, k=NEIGHBOURS, skip=np.arange(count), on_block=report_progress), 1.0


def _descent_graph(vectors: FloatArray, *, seed: int) -> Graph:
    """The neighbour graph by pynndescent."""
    from pynndescent import NNDescent  # 2 s, then 30 s of compilation in each process

    index: Any = NNDescent(vectors, random_state=seed)
    rows, distances = index.neighbor_graph
    others = slice(1, NEIGHBOURS + 1)  # the first column is the vector itself
    return rows[:, others].astype(np.int64), np.ascontiguousarray(distances[:, others])


def _recall(vectors: FloatArray, graph: Graph, *, seed: int) -> float:
    sample = np.random.default_rng(seed).choice(len(vectors), min(200, len(vectors)), replace=False)
    true, _ = knn(vectors[sample], vectors, k=NEIGHBOURS, skip=sample)
    found = [np.isin(exact, guess).mean() for exact, guess in zip(true, graph[0][sample], strict=True)]
    return float(np.mean(found))


# --- layouts ---------------------------------------------------------------------------------------------------------


def _every_tenth(report: Report) -> Callable[[int], None]:
    def report_progress(done: int) -> None:
        if done % 10 == 0:
            report(FitProgress("layout", done, STEPS))

    return report_progress


class _Bar(io.StringIO):
    """A file for tqdm's progress bar that turns `done/total` into reports."""

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
    import openTSNE  # 1 s

    report(FitProgress("layout", 0, 0))
    begin = start_at / max(float(start_at.std()), 1e-9) * 1e-4
    done = 0

    def report_progress(*_: object) -> None:
        nonlocal done
        done += _TSNE_EVERY
        report(FitProgress("layout", min(done, _TSNE_STEPS), _TSNE_STEPS))

    model: Any = openTSNE.TSNE(
        callbacks=report_progress,
        callbacks_every_iters=_TSNE_EVERY,
        perplexity=min(30.0, (len(vectors) - 1) / 3),
        initialization=begin,
        random_state=seed,
        neighbors="exact" if len(vectors) < _TSNE_EXACT_BELOW else "auto",
        n_jobs=1
        if len(vectors) < _TSNE_EXACT_BELOW
        else os.cpu_count() or 1,  # threads that wait for each other cost more
    )
    return np.asarray(model.fit(vectors), dtype=np.float32)

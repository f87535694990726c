"""`index` from start to end; everything is on disk when it returns."""

from __future__ import annotations

import contextlib
import gc
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from tui_browser.config.places import cache_dir, log_file
from tui_browser.errors import LayoutError, LibraryError, counted
from tui_browser.indexing.engine import Engine
from tui_browser.indexing.file_encoder import model_reference
from tui_browser.indexing.library_model import drop_wanted, library_bundle
from tui_browser.indexing.pipeline import IndexRun
from tui_browser.indexing.run_counts import RunCounts
from tui_browser.indexing.second_pass import SecondPass
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.layouts.axes import is_axes
from tui_browser.layouts.fit import FitRequest, FitResult, LayoutFit
from tui_browser.layouts.notes import AUTO, GRID
from tui_browser.layouts.shown import Placer
from tui_browser.model.bundle import Bundle
from tui_browser.records import Progress
from tui_browser.store.store import Store

REPORT_EVERY_S = 0.2
SETTLE_TRIES = 5
"""Attempts at files that change while they are read."""


@dataclass(frozen=True, slots=True)
class IndexResult:
    """Result of `index`."""

    counts: RunCounts
    samples: int
    layout: str
    seconds: float
    first_pass_s: float
    """Of these, until the map was there and the rest of the long files was still to be read."""
    notices: list[str] = field(default_factory=list)


def record_model(store: Store, bundle: Bundle) -> None:
    """Record this model as the library's model."""
    facts = {"space": bundle.space, "model": model_reference(bundle), "classes": json.dumps(bundle.classes or ())}
    if any(store.meta(key) != value for key, value in facts.items()):
        store.set_meta(facts)
    drop_wanted(store)


def index_library(
    store: Store,
    *,
    add: Sequence[bytes] = (),
    only: Sequence[bytes] = (),
    model: str | None,
    jobs: int,
    layout: str,
    report: Callable[[Progress], None],
    tell: Callable[[str], None] = lambda _: None,
    workers: Engine | None = None,
    start: Callable[[Bundle], Engine] | None = None,
    fallback: str | None = None,
    second_pass: bool = True,
    verify: bool = False,
) -> IndexResult:
    """Make the library match the disk; the caller holds the writer lock.

    The folders in `add` become roots first; with `only`, just these folders are scanned. `layout` is "auto", "none", a
    kind of layout, or the stored name of two axes. Running `workers` are used with their model and left running;
    without them new ones are started, by `start` where given. `model` moves the library to another model; without it,
    a new library is encoded by `fallback`. `tell` gets a sentence before many files are read that only a link leads to,
    or read again. Without `second_pass` the rest of long files is left to the next run. `verify` reads every file, also
    those that seem unchanged.
    """
    with _rare_garbage_collection():
        return _index(
            store, add=add, only=only, model=model, jobs=jobs, layout=layout, report=report, tell=tell, workers=workers,
            start=start, fallback=fallback, second_pass=second_pass, verify=verify,
        )  # fmt: skip


@contextlib.contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Run the garbage collector rarely: a scan creates many objects without cycles, and checks take a third of it."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _index(
    store: Store,
    *,
    add: Sequence[bytes],
    only: Sequence[bytes],
    model: str | None,
    jobs: int,
    layout: str,
    report: Callable[[Progress], None],
    tell: Callable[[str], None],
    workers: Engine | None,
    start: Callable[[Bundle], Engine] | None,
    fallback: str | None,
    second_pass: bool,
    verify: bool,
) -> IndexResult:
    started = time.monotonic()
    bundle, note = (workers.bundle, "") if workers else library_bundle(store, model=model, fallback=fallback)
    if note:
        tell(note)
    for path in add:
        if path not in {root.path for root in store.roots()}:
            store.add_root(path)
    placer = Placer(store, space=bundle.space, has_map=bundle.has_map)
    placer.begin()
    if not placer.moving:
        record_model(store, bundle)
    owns_workers = workers is None
    if workers is None:
        workers = start(bundle) if start is not None else IndexWorkers(bundle, jobs=jobs, nice=False)
    notices: list[str] = []
    stored = store.counts()
    if not stored.samples or stored.unheard:  # there will be work: load during the scan
        workers.warm()
    try:
        counts = _run(store, workers, placer, bundle, folders=only or None, report=report, tell=tell, verify=verify)
        for _ in range(SETTLE_TRIES):
            if not counts.unsettled:
                break
            time.sleep(0.3)
            again = _run(store, workers, placer, bundle, folders=_parents(counts.unsettled), report=report, tell=tell)
            counts.decoded += again.decoded
            counts.encoded += again.encoded
            counts.rejected += again.rejected
            counts.silent += again.silent
            counts.unsettled = again.unsettled
        first_pass_s = time.monotonic() - started
        if second_pass:
            _read_long_files(store, workers, placer, bundle, counts, report=report)
    finally:
        if owns_workers:
            workers.close()
    if not only or {root.path for root in store.roots()} <= set(only):
        placer.complete()
        record_model(store, bundle)
    placer.settle()
    if layout != "none":
        try:
            apply_layout(placer, layout, report=report)
        except LayoutError as error:
            if layout != "auto":
                raise
            notices.append(str(error))
    placer.end(auto=False)
    store.pack()
    if counts.unsettled:
        notices.append(f"{counted(len(counts.unsettled), 'file')} still being written: index again when that is done")
    stored = store.counts()
    return IndexResult(counts, stored.samples, stored.layout, time.monotonic() - started, first_pass_s, notices)


def _parents(paths: Sequence[bytes]) -> list[bytes]:
    return sorted({path.rpartition(b"/")[0] or b"/" for path in paths})


def _run(
    store: Store,
    workers: Engine,
    placer: Placer,
    bundle: Bundle,
    *,
    folders: Sequence[bytes] | None,
    report: Callable[[Progress], None],
    tell: Callable[[str], None],
    verify: bool = False,
) -> RunCounts:
    roots = [root.path for root in store.roots()]
    run = IndexRun(
        store, workers, space=bundle.space, layout=placer.layout, roots=roots, folders=folders, verify=verify
    )
    reported_at = 0.0
    while not run.done:
        wait(run.connections(), timeout=0.02 if run.scanning else 0.25)
        run.step()
        for note in run.take_notes():
            tell(note)
        if time.monotonic() - reported_at > REPORT_EVERY_S:
            reported_at = time.monotonic()
            report(run.progress())
            with contextlib.suppress(LibraryError):  # on a full disk they go on waiting
                store.make_queued_edits()
    report(run.progress())
    return run.counts


def _read_long_files(
    store: Store,
    workers: Engine,
    placer: Placer,
    bundle: Bundle,
    counts: RunCounts,
    *,
    report: Callable[[Progress], None],
) -> None:
    """The second pass from start to end."""
    roots = [root.path for root in store.roots()]
    rest = SecondPass(store, workers, space=bundle.space, layout=placer.layout, roots=roots)
    reported_at = 0.0
    while not rest.done:
        rest.step()
        if time.monotonic() - reported_at > REPORT_EVERY_S:
            reported_at = time.monotonic()
            report(rest.progress())
        wait(rest.connections(), timeout=0.25)
    counts.finished += rest.finished
    counts.rejected += rest.rejected


def apply_layout(placer: Placer, layout: str, *, report: Callable[[Progress], None]) -> None:
    """Show this layout, fitted first where needed; for "auto" only when one is due. Raises LayoutError."""
    kind = layout
    if layout == "auto":
        if not placer.due() and not (placer.provisional and placer.stored(AUTO)):
            return
        kind = AUTO
    if placer.stored(kind) and (kind != GRID or placer.notes.offers(kind)):
        placer.show(kind)
    elif is_axes(kind):
        placer.chart(kind)
    else:
        fit_layout(placer, kind, report=report)


def fit_layout(placer: Placer, kind: str, *, report: Callable[[Progress], None]) -> FitResult | None:
    """Fit a layout, wait for it, and show it; the older one is kept for undo. None without samples.

    Raises LayoutError.
    """
    ids, vectors, xy = placer.sounds()
    if not len(ids):
        return None
    report(Progress("layout", 0, len(ids)))
    request = FitRequest(kind, vectors=vectors, previous=xy, source=placer.source() if kind == GRID else None)
    fit = LayoutFit(request, log=log_file("layout"), cache=cache_dir(), niceness=0)
    try:
        while (result := fit.poll()) is None:
            wait([fit.fileno()], timeout=0.5)
    finally:
        fit.close()
    placer.install(kind, ids, result, show=True, keep=True)
    return result

"""`index` from start to end: everything is on disk when it returns."""

from __future__ import annotations

import contextlib
import gc
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from tui_browser.atlas.axes import is_axes
from tui_browser.atlas.fit import Fit, FitRequest, FitResult
from tui_browser.config.places import cache_dir, log_file
from tui_browser.encode.bundle import Bundle
from tui_browser.errors import LayoutError, counted
from tui_browser.library.ear import load_model, reference_of
from tui_browser.library.layoutnotes import AUTO, GRID
from tui_browser.library.layouts import Placer
from tui_browser.library.pipeline import IndexRun
from tui_browser.library.tally import Tally
from tui_browser.library.workers import Workers
from tui_browser.records import Progress
from tui_browser.store.store import Store

REPORT_EVERY_S = 0.2
SETTLE_TRIES = 5
"""Files that change while they are read are tried so often, a moment apart."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `index` did."""

    tally: Tally
    samples: int
    layout: str
    seconds: float
    notices: list[str] = field(default_factory=list)


def adopt(store: Store, bundle: Bundle) -> None:
    """From now on this library is heard by this model."""
    facts = {"space": bundle.space, "model": reference_of(bundle), "classes": json.dumps(bundle.classes or ())}
    if any(store.meta(key) != value for key, value in facts.items()):
        store.set_meta(facts)


def index_library(
    store: Store,
    *,
    add: Sequence[bytes] = (),
    only: Sequence[bytes] = (),
    model: str | None,
    jobs: int,
    layout: str,
    report: Callable[[Progress], None],
    workers: Workers | None = None,
) -> Outcome:
    """Make the library equal the disk; its caller holds the writer lock.

    `add` become roots first; with `only`, just these folders are compared. `layout` is auto, none, a
    kind, or two axes by the name that they are stored under. `workers` that run already are used instead of
    new ones, with their model, and left running.
    """
    with _seldom_collecting():
        return _index(store, add=add, only=only, model=model, jobs=jobs, layout=layout, report=report, workers=workers)


@contextlib.contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Files come by the hundred thousand and hold no cycles: looking for these takes a third of a rescan."""
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
    workers: Workers | None,
) -> Outcome:
    started = time.monotonic()
    bundle = workers.bundle if workers is not None else load_model(model or store.meta("model"))
    for path in add:
        if path not in {root.path for root in store.roots()}:
            store.add_root(path)
    placer = Placer(store, space=bundle.space, has_map=bundle.has_map)
    placer.begin()
    if not placer.moving:
        adopt(store, bundle)
    own = workers is None
    workers = workers or Workers(bundle, jobs=jobs, nice=False)
    notices: list[str] = []
    counts = store.counts()
    if not counts.samples or counts.unheard:  # there will be work: let them load while the disk is looked at
        workers.warm()
    try:
        tally = _run(store, workers, placer, bundle, folders=only or None, report=report)
        for _ in range(SETTLE_TRIES):
            if not tally.unsettled:
                break
            time.sleep(0.3)
            again = _run(store, workers, placer, bundle, folders=_parents(tally.unsettled), report=report)
            tally.decoded += again.decoded
            tally.encoded += again.encoded
            tally.rejected += again.rejected
            tally.silent += again.silent
            tally.unsettled = again.unsettled
    finally:
        if own:
            workers.close()
    if not only or {root.path for root in store.roots()} <= set(only):
        placer.complete()
        adopt(store, bundle)
    placer.settle()
    if layout != "none":
        try:
            lay_out(placer, layout, report=report)
        except LayoutError as error:
            if layout != "auto":
                raise
            notices.append(str(error))
    placer.end(auto=False)
    store.pack()
    if tally.unsettled:
        notices.append(f"{counted(len(tally.unsettled), 'file')} still being written: index again when that is done")
    counts = store.counts()
    return Outcome(tally, counts.samples, counts.layout, time.monotonic() - started, notices)


def _parents(paths: Sequence[bytes]) -> list[bytes]:
    return sorted({path.rpartition(b"/")[0] or b"/" for path in paths})


def _run(
    store: Store,
    workers: Workers,
    placer: Placer,
    bundle: Bundle,
    *,
    folders: Sequence[bytes] | None,
    report: Callable[[Progress], None],
) -> Tally:
    roots = [root.path for root in store.roots()]
    run = IndexRun(store, workers, space=bundle.space, layout=placer.layout, roots=roots, folders=folders)
    told = 0.0
    while not run.done:
        wait(run.connections(), timeout=0.02 if run.scanning else 0.25)
        run.step()
        if time.monotonic() - told > REPORT_EVERY_S:
            told = time.monotonic()
            report(run.progress())
    report(run.progress())
    return run.tally


def lay_out(placer: Placer, layout: str, *, report: Callable[[Progress], None]) -> None:
    """Fit and show what was asked for, or what the rule of `auto` asks for; raises LayoutError."""
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
        fit_now(placer, kind, report=report)


def fit_now(placer: Placer, kind: str, *, report: Callable[[Progress], None]) -> FitResult | None:
    """Fit a layout anew, wait for it and show it, the older one kept for undo; None without samples.

    Raises LayoutError.
    """
    ids, vectors, xy = placer.sounds()
    if not len(ids):
        return None
    report(Progress("layout", 0, len(ids)))
    request = FitRequest(kind, vectors=vectors, previous=xy, source=placer.source() if kind == GRID else None)
    fit = Fit(request, log=log_file("layout"), cache=cache_dir(), niceness=0)
    try:
        while (result := fit.poll()) is None:
            wait([fit.fileno()], timeout=0.5)
    finally:
        fit.close()
    placer.install(kind, ids, result, show=True, keep=True)
    return result

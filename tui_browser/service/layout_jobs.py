"""Fits layouts in a child process while the library is in use, and offers or shows the results."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from tui_browser.config.places import cache_dir, log_file
from tui_browser.errors import BrowserError
from tui_browser.layouts.axes import is_axes
from tui_browser.layouts.fit import FitRequest, LayoutFit
from tui_browser.layouts.notes import AUTO, GRID, check_kind, layout_name
from tui_browser.layouts.shown import Placer
from tui_browser.records import Progress
from tui_browser.service.messages import STALE_FROM, Event, LayoutChanged, LayoutOffered, LayoutStale, Notice
from tui_browser.store.store import Store

NEIGHBOURS_SHARE = 0.2
"""Share of a fit's progress for the search for neighbours."""
ESTIMATE_AFTER_S = 1.0
"""How long a fit runs before the time left is estimated from its rate."""

Writing = Callable[[], AbstractContextManager[None]]


class LayoutJobs:
    """At most one fit at a time; `writing` holds the writer lock while a result is stored."""

    def __init__(self, store: Store, placer: Placer, *, writing: Writing, emit: Callable[[Event], None]) -> None:
        self._store = store
        self._placer = placer
        self._writing = writing
        self._emit = emit
        self._fit: LayoutFit | None = None
        self._ids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._kind = ""
        self._requested = False
        self._offered = ""
        self._reported_stale = ""
        self._started = 0.0
        self._percent = 0
        self._layout_start = 0.0
        """Share of the progress before the second stage: NEIGHBOURS_SHARE if neighbours were searched, else 0."""

    @property
    def running(self) -> bool:
        return self._fit is not None

    def fileno(self) -> int | None:
        """Readable when the fit is done; None while nothing is fitted."""
        return self._fit.fileno() if self._fit is not None else None

    def begin_if_due(self) -> bool:
        """Start the fit that the layout `auto` calls for; True while a fit runs.

        A fitted layout that was never accepted is offered again. One that is shown stays; when many samples were
        added since, the app is informed.
        """
        if self._fit is None and not self._offered and self._placer.provisional:
            if self._placer.due():
                self._start(AUTO, requested=False)
            elif self._placer.stored(AUTO):
                self._offer(AUTO)
        if not self.running and not self._offered:
            self._report_if_stale()
        return self.running

    def refit(self, kind: str) -> None:
        """Fit this kind of layout again and show it; raises LayoutError for an unknown kind."""
        check_kind(kind)
        if is_axes(kind):
            self._show_axes(layout_name(kind), anew=True)
        else:
            self._start(kind, requested=True)

    def choose(self, kind: str) -> None:
        """Show this layout, and fit it first if it is not stored; an empty name is the map shown last."""
        kind = layout_name(kind or self._placer.notes.map_name)
        if kind == self._store.shown_layout():
            return
        if self._placer.notes.offers(kind):
            self._offered = "" if kind == self._offered else self._offered
            self._show(kind)
        else:
            self.refit(kind)

    def undo(self) -> None:
        """Show the layout that was shown before; raises LayoutError when there is none."""
        self._show(self._placer.notes.before)

    def accept(self) -> None:
        """Show the layout that was offered."""
        if self._offered:
            self._show(self._offered)
            self._offered = ""

    def poll(self) -> None:
        """Store a layout that is done, and show or offer it."""
        fit = self._fit
        if fit is None:
            return
        try:
            result = fit.poll()
        except BrowserError as error:
            self.close()
            self._emit(Notice(str(error), "error"))
            self._emit(Progress("idle", 0, 0))
            return
        if result is None:
            self._emit_progress(fit)
            return
        self.close()
        provisional = self._placer.provisional
        with self._writing():
            self._placer.install(self._kind, self._ids, result, show=self._requested, keep=self._requested)
            self._store.pack()
        if self._requested:
            self._emit(LayoutChanged(self._kind, self._store.revision(), result.drift_median, result.drift_p95))
        elif provisional:
            self._offer(self._kind)
        self._emit(Progress("idle", 0, 0))

    def _emit_progress(self, fit: LayoutFit) -> None:
        """Emit the progress of both stages in percent, with the time left."""
        stage, now = fit.progress, time.monotonic()
        done = min(1.0, stage.done / stage.total) if stage.total else 0.0
        begin, end = (0.0, NEIGHBOURS_SHARE) if stage.stage == "neighbours" else (self._layout_start, 1.0)
        if stage.stage == "neighbours":
            self._layout_start = NEIGHBOURS_SHARE
        percent = int(100 * (begin + (end - begin) * done))
        if percent > self._percent:
            self._percent = percent
            elapsed_s = now - self._started
            seconds_left = elapsed_s * (100 - percent) / percent if elapsed_s > ESTIMATE_AFTER_S else None
            self._emit(Progress("layout", percent, 100, seconds_left=seconds_left))

    def close(self) -> None:
        """Cancel the current fit."""
        if self._fit is not None:
            self._fit.close()
            self._fit = None

    def _start(self, kind: str, *, requested: bool) -> None:
        self.close()
        self._ids, vectors, xy = self._placer.sounds()
        self._kind, self._requested = kind, requested
        self._started, self._percent, self._layout_start = time.monotonic(), 0, 0.0
        self._emit(Progress("layout", 0, 100))
        source = self._placer.source() if kind == GRID else None
        request = FitRequest(kind=kind, vectors=vectors, previous=xy, source=source)
        self._fit = LayoutFit(request, log=log_file("layout"), cache=cache_dir())

    def _report_if_stale(self) -> None:
        name, share = self._placer.stale()
        if share < STALE_FROM:
            self._reported_stale = ""
        elif self._reported_stale != name:
            self._reported_stale = name
            self._emit(LayoutStale(name, share))

    def _offer(self, kind: str) -> None:
        self._offered = kind
        self._emit(LayoutOffered(kind))

    def _show_axes(self, name: str, *, anew: bool) -> None:
        with self._writing():
            self._placer.chart(name, anew=anew)
            self._store.pack()
        self._emit(LayoutChanged(name, self._store.revision(), 0.0, 0.0))

    def _show(self, kind: str) -> None:
        with self._writing():
            self._placer.show(kind)
            self._store.pack()
        self._emit(LayoutChanged(kind, self._store.revision(), 0.0, 0.0))

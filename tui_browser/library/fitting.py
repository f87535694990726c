"""A layout in the making beside a library that is in use: started, waited for, offered, shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.axes import is_axes
from tui_browser.atlas.fit import Fit, FitRequest
from tui_browser.config.places import cache_dir, log_file
from tui_browser.errors import BrowserError
from tui_browser.library.layoutnotes import AUTO, GRID, check_kind, layout_name
from tui_browser.library.layouts import Placer
from tui_browser.library.messages import STALE_FROM, Event, LayoutChanged, LayoutOffered, LayoutStale, Notice
from tui_browser.records import Progress
from tui_browser.store.store import Store

NEIGHBOURS_SHARE = 0.2
"""Share of a fit that is counted for the search for neighbours."""
SURE_AFTER_S = 1.0
"""How long a fit runs before its rate tells how long it will take."""

Writing = Callable[[], AbstractContextManager[None]]


class Fitting:
    """At most one fit at a time; `writing` gives the writer lock when its result is stored."""

    def __init__(self, store: Store, placer: Placer, *, writing: Writing, tell: Callable[[Event], None]) -> None:
        self._store = store
        self._placer = placer
        self._writing = writing
        self._tell = tell
        self._fit: Fit | None = None
        self._ids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._kind = ""
        self._asked = False
        self._offered = ""
        self._stale = ""
        self._began = 0.0
        self._percent = 0
        self._from = 0.0
        """Where the second stage begins: after the neighbours, where those were looked for."""

    @property
    def running(self) -> bool:
        return self._fit is not None

    def fileno(self) -> int | None:
        """What becomes readable when `poll` has something; None while nothing runs."""
        return self._fit.fileno() if self._fit is not None else None

    def begin_if_due(self) -> bool:
        """Start what the rule of `auto` asks for, once; offer again what was fitted and never taken.

        A fitted map that is shown stays: when many samples came after it, that is told.
        """
        if self._fit is None and not self._offered and self._placer.provisional:
            if self._placer.due():
                self._start(AUTO, asked=False)
            elif self._placer.stored(AUTO):
                self._offer(AUTO)
        if not self.running and not self._offered:
            self._tell_if_stale()
        return self.running

    def refit(self, kind: str) -> None:
        """Fit this kind anew, whatever is stored, and show it; raises LayoutError for an unknown one."""
        check_kind(kind)
        if is_axes(kind):
            self._chart(layout_name(kind), anew=True)
        else:
            self._start(kind, asked=True)

    def choose(self, kind: str) -> None:
        """Show this layout, fitted first where it is not stored; empty is the map that was shown last."""
        kind = layout_name(kind or self._placer.notes.map_name)
        if kind == self._store.shown_layout():
            return
        if self._placer.notes.offers(kind):
            self._offered = "" if kind == self._offered else self._offered
            self._show(kind)
        else:
            self.refit(kind)

    def undo(self) -> None:
        """Show again what was shown before; raises LayoutError when there is nothing."""
        self._show(self._placer.notes.before)

    def accept(self) -> None:
        """The person takes the layout that was offered."""
        if self._offered:
            self._show(self._offered)
            self._offered = ""

    def poll(self) -> None:
        """Store and show, or offer, a layout that is done."""
        fit = self._fit
        if fit is None:
            return
        try:
            result = fit.poll()
        except BrowserError as error:
            self.close()
            self._tell(Notice(str(error), "error"))
            self._tell(Progress("idle", 0, 0))
            return
        if result is None:
            self._tell_progress(fit)
            return
        self.close()
        provisional = self._placer.provisional
        with self._writing():
            self._placer.install(self._kind, self._ids, result, show=self._asked, keep=self._asked)
            self._store.pack()
        if self._asked:
            self._tell(LayoutChanged(self._kind, self._store.revision(), result.drift_median, result.drift_p95))
        elif provisional:
            self._offer(self._kind)
        self._tell(Progress("idle", 0, 0))

    def _tell_progress(self, fit: Fit) -> None:
        """How far the fit is, in hundredths of both its stages, and how long it will take."""
        stage, now = fit.progress, time.monotonic()
        part = min(1.0, stage.done / stage.total) if stage.total else 0.0
        begin, end = (0.0, NEIGHBOURS_SHARE) if stage.stage == "neighbours" else (self._from, 1.0)
        if stage.stage == "neighbours":
            self._from = NEIGHBOURS_SHARE
        percent = int(100 * (begin + (end - begin) * part))
        if percent > self._percent:
            self._percent = percent
            took_s = now - self._began
            left_s = took_s * (100 - percent) / percent if took_s > SURE_AFTER_S else None
            self._tell(Progress("layout", percent, 100, seconds_left=left_s))

    def close(self) -> None:
        """Give up what is being fitted."""
        if self._fit is not None:
            self._fit.close()
            self._fit = None

    def _start(self, kind: str, *, asked: bool) -> None:
        self.close()
        self._ids, vectors, xy = self._placer.sounds()
        self._kind, self._asked = kind, asked
        self._began, self._percent, self._from = time.monotonic(), 0, 0.0
        self._tell(Progress("layout", 0, 100))
        source = self._placer.source() if kind == GRID else None
        request = FitRequest(kind=kind, vectors=vectors, previous=xy, source=source)
        self._fit = Fit(request, log=log_file("layout"), cache=cache_dir())

    def _tell_if_stale(self) -> None:
        name, share = self._placer.stale()
        if share < STALE_FROM:
            self._stale = ""
        elif self._stale != name:
            self._stale = name
            self._tell(LayoutStale(name, share))

    def _offer(self, kind: str) -> None:
        self._offered = kind
        self._tell(LayoutOffered(kind))

    def _chart(self, name: str, *, anew: bool) -> None:
        with self._writing():
            self._placer.chart(name, anew=anew)
            self._store.pack()
        self._tell(LayoutChanged(name, self._store.revision(), 0.0, 0.0))

    def _show(self, kind: str) -> None:
        with self._writing():
            self._placer.show(kind)
            self._store.pack()
        self._tell(LayoutChanged(kind, self._store.revision(), 0.0, 0.0))

"""Another layout, from the command line: shown where it is stored, fitted where it is not, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tui_browser.atlas.axes import is_axes
from tui_browser.atlas.project import drift
from tui_browser.errors import LayoutError
from tui_browser.library.indexer import fit_now
from tui_browser.library.layoutnotes import HEAD, check_kind, layout_name
from tui_browser.library.layouts import Placer
from tui_browser.records import Progress, Snapshot
from tui_browser.store.store import Store


@dataclass(frozen=True, slots=True)
class Switched:
    """What is shown now, and how far that moved the samples."""

    name: str
    samples: int
    drift_median: float
    """Share of the map's diagonal."""
    drift_p95: float


def switch(store: Store, name: str, *, refit: bool, report: Callable[[Progress], None]) -> Switched:
    """Show a layout by name; its caller holds the writer lock. Raises LayoutError and what fitting raises."""
    placer = _placer(store)
    kind = layout_name(name)
    before = placer.look()
    if placer.notes.offers(kind) and (kind == HEAD or not refit):
        placer.show(kind, anew=refit)
    else:
        check_kind(kind)
        if is_axes(kind):
            placer.chart(kind, anew=refit)
        else:
            fit_now(placer, kind, report=report)
    return _done(store, before, placer.look())


def switch_back(store: Store) -> Switched:
    """Show again what was shown before; raises LayoutError when there is nothing."""
    placer = _placer(store)
    before = placer.look()
    placer.show(placer.notes.before)
    return _done(store, before, placer.look())


def _placer(store: Store) -> Placer:
    space = store.meta("space")
    if not store.counts().encoded:
        raise LayoutError("there are no samples to lay out", path=store.path, hint="tui-browser index FOLDER")
    has_map = any(layout.name == HEAD and layout.space == space for layout in store.layouts())
    return Placer(store, space=space, has_map=has_map)


def _done(store: Store, before: Snapshot, after: Snapshot) -> Switched:
    store.pack()
    moved = drift(before.xy, after.xy)
    placed = int(np.isfinite(after.xy[:, 0]).sum())
    return Switched(after.layout, placed, moved.median, moved.p95)

"""Show another layout from the command line, fitting it where needed, and undo that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tui_browser.errors import LayoutError
from tui_browser.indexing.indexer import fit_layout
from tui_browser.layouts.axes import is_axes
from tui_browser.layouts.notes import HEAD, check_kind, layout_name
from tui_browser.layouts.projection import drift
from tui_browser.layouts.shown import Placer
from tui_browser.records import Progress, Snapshot
from tui_browser.store.store import Store


@dataclass(frozen=True, slots=True)
class LayoutSwitch:
    """The layout that is shown now, and how far the samples moved."""

    name: str
    samples: int
    drift_median: float
    """Median distance moved, as a share of the map's diagonal."""
    drift_p95: float


def switch_layout(store: Store, name: str, *, refit: bool, report: Callable[[Progress], None]) -> LayoutSwitch:
    """Show a layout by name; the caller holds the writer lock. Raises LayoutError."""
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
            fit_layout(placer, kind, report=report)
    return _done(store, before, placer.look())


def switch_back(store: Store) -> LayoutSwitch:
    """Show the previous layout again; raises LayoutError without one."""
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


def _done(store: Store, before: Snapshot, after: Snapshot) -> LayoutSwitch:
    store.pack()
    moved = drift(before.xy, after.xy)
    placed = int(np.isfinite(after.xy[:, 0]).sum())
    return LayoutSwitch(after.layout, placed, moved.median, moved.p95)

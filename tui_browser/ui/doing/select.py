"""Selecting many samples: one by one, a region, what was found, a kind; and what the selection shows."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.viewport import DOTS_X
from tui_browser.records import SampleId
from tui_browser.ui import words
from tui_browser.ui.doing.base import Doing, Panel
from tui_browser.ui.screens.chooser import Choice
from tui_browser.ui.session import Session

FIRST_REGION = 4 * DOTS_X
"""Dots around the cursor that the first press takes."""
LARGER = 1.5


@dataclass(frozen=True, slots=True)
class _Region:
    """A region that may still grow."""

    anchor: SampleId
    reach: float
    """In dots of the scale at which it was begun."""
    scale: tuple[float, float]
    before: NDArray[np.int64]
    """The selection without it."""
    after: NDArray[np.int64]
    """And with it: another selection than this was made by other means."""


class Selecting(Doing):
    """The selection is drawn on map and list; `Keeping` and others act on it."""

    def __init__(self, session: Session, panel: Panel) -> None:
        super().__init__(session, panel)
        self._region: _Region | None = None

    # --- one by one --------------------------------------------------------------------------------------------------

    def do_select(self) -> None:
        sample = self.session.journey.selected
        if sample is None or self.stage.on_guest:
            self.refuse("a guest is not in the library: it cannot be selected")
            return
        self.session.selection.toggle(sample)
        self._walk_on()
        last = self.session.finder.active and self.session.journey.selected == sample
        self._tell("; that was the last one" if last else "")

    def _walk_on(self) -> None:
        """On in the list; on the map on in the direction of the last arrow, and in a search to the next match."""
        walker = self.walker
        in_list = self.panel.on_list or self.session.journey.neighbours is not None
        if in_list or (walker.heading is None and self.session.finder.active):
            walker.listing.select(self.stage.row)  # which it follows only where the walk rests
            row = walker.listing.row_beside(1)
            if row is not None:
                walker.pick_from_list(self.stage.world.id_at(row))
        elif walker.heading is not None:
            row = walker.step(walker.heading)
            if row is not None:
                walker.go_row(row)

    # --- a region ----------------------------------------------------------------------------------------------------

    def do_select_region(self) -> None:
        sample, row, world = self.session.journey.selected, self.stage.row, self.stage.world
        if sample is None or row is None or not np.isfinite(world.snapshot.xy[row]).all():
            self.refuse("this sample is off the map")
            return
        now, region = self.session.selection.ids, self._region
        if region is None or region.anchor != sample or not np.array_equal(now, region.after):
            region = _Region(sample, 0.0, self.stage.widgets.map.viewport.scale, now, now)
        distance = np.hypot(*((world.xy - world.xy[row]) * region.scale).T)
        distance[~np.isfinite(distance)] = np.inf
        if self.session.sieve.mask is not None:
            distance[~self.session.sieve.mask] = np.inf
        further = distance[(distance > region.reach) & np.isfinite(distance)]
        if region.reach and not len(further):
            self.refuse("all samples shown are selected")
            return
        reach = max(region.reach * LARGER, FIRST_REGION, float(further.min()) if len(further) else 0.0)
        near = np.flatnonzero(distance <= reach)
        near = near[np.argsort(distance[near], kind="stable")]
        ids = world.snapshot.ids[near]
        self.session.selection.set(np.concatenate([region.before, ids[~np.isin(ids, region.before)]]))
        self._region = _Region(sample, reach, region.scale, region.before, self.session.selection.ids)
        self._tell()

    # --- many at once ------------------------------------------------------------------------------------------------

    def do_select_found(self) -> None:
        world, matches = self.stage.world, self.session.finder.matches
        rows = np.arange(len(world)) if matches is None else matches.rows
        self._take(rows)

    def _take(self, rows: NDArray[np.intp]) -> None:
        """Add these rows, as far as they are seen."""
        mask = self.session.sieve.mask
        self.session.selection.add(self.stage.world.snapshot.ids[rows if mask is None else rows[mask[rows]]])
        self._tell()

    def do_select_by(self) -> None:
        world, row, chosen = self.stage.world, self.stage.row, self.session.selection
        choices = [
            Choice("none", "none", "clear the selection"),
            Choice("others", "invert", "all samples that are not selected now"),
        ]
        if row is not None:
            folder = words.folder_name(world.snapshot.names[row])
            choices.append(Choice("folder", "this folder", folder))
        kinds = {f"kind {each.id}": each for each in self.stage.widgets.legend.entries}
        counts = self.session.stage.counts
        choices += [
            Choice(id, each.name, words.samples(sum(counts[at] for at in each.indices))) for id, each in kinds.items()
        ]

        def take(choice: str) -> None:
            if choice == "none":
                chosen.clear()
                self._tell()
            elif choice == "others":
                ids = world.snapshot.ids
                chosen.set(ids[~np.isin(ids, chosen.ids)])
                self._tell()
            elif choice == "folder" and row is not None:
                self._take(_in_folder_of(world.snapshot.names[row], world.snapshot.names, len(world)))
            elif choice in kinds:
                self.take_kind(kinds[choice].indices)

        self.choose("Select by", choices, take)

    def take_kind(self, indices: list[int]) -> None:
        """Select all that have one of these colour indices and that the search leaves."""
        self._take(np.flatnonzero(np.isin(self.stage.world.colours.index, indices)))

    def do_select_none(self) -> None:
        self.session.selection.clear()
        self._tell()

    def _tell(self, more: str = "") -> None:
        count = len(self.session.selection)
        self.say((f"{words.samples(count)} selected" if count else "nothing is selected") + more)


def _in_folder_of(path: bytes, names: object, count: int) -> NDArray[np.intp]:
    folder = os.path.dirname(path) + b"/"
    return np.array([row for row in range(count) if names[row].startswith(folder)], dtype=np.intp)  # type: ignore[index]

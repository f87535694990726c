"""Selecting samples: one by one, a region, all matches, a kind or a folder; and exporting them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.viewport import DOTS_X
from tui_browser.records import Names, SampleId
from tui_browser.ui import formatting
from tui_browser.ui.commands.group import CommandGroup, MainPanel
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.keys.command import SAMPLE, SAMPLES, Choice, Command, command

if TYPE_CHECKING:
    from tui_browser.ui.controllers.controllers import Controllers

COMMANDS: tuple[Command, ...] = (
    command(
        "select",
        "x",
        "Select",
        "add the sample to the selection or remove it, and walk on",
        "Select",
        needs=SAMPLE,
        hint=17,
        repeats=True,
    ),
    command(
        "select_region",
        "X",
        "Select region",
        "select the samples around; each press selects more",
        "Select",
        needs=SAMPLE,
        repeats=True,
    ),
    command(
        "select_found", "*", "Select found", "select all that the search and the legend show", "Select", needs=SAMPLES
    ),
    command(
        "select_by",
        "S",
        "Select by",
        "select a class or folder, invert the selection, or clear it",
        "Select",
        needs=SAMPLES,
    ),
    command("select_none", "", "Select none", "clear the selection; undo brings it back", "Select", needs=("chosen",)),
    command(
        "export", "E", "Export", "copy the selected files, or all found ones, into a folder", "Select", needs=SAMPLE
    ),
)

FIRST_REGION = 4 * DOTS_X
"""Dots around the cursor that the first press selects."""
LARGER = 1.5


@dataclass(frozen=True, slots=True)
class _Region:
    """The region selected last; pressing the key again enlarges it."""

    anchor: SampleId
    reach: float
    """In dots of `scale`."""
    scale: tuple[float, float]
    """Of the viewport when the key was pressed first."""
    before: NDArray[np.int64]
    """The selection without the region."""
    after: NDArray[np.int64]
    """The selection with it; another selection than this was made by other commands."""


class SelectionCommands(CommandGroup):
    """Map and list mark the selection; copying, tagging, mixing and others act on it."""

    def __init__(self, controllers: Controllers, panel: MainPanel) -> None:
        super().__init__(controllers, panel)
        self._region: _Region | None = None

    # --- one by one --------------------------------------------------------------------------------------------------

    def do_select(self) -> None:
        sample = self.state.cursor.sample
        if sample is None or self.state.on_guest:
            self.refuse("a guest is not in the library: it cannot be selected")
            return
        self.controllers.undoable_edits.toggle_selected(sample)
        self._walk_on()
        last = self.state.search.active and self.state.cursor.sample == sample
        self._say_count("; that was the last one" if last else "")

    def _walk_on(self) -> None:
        """Go on in the list; on the map in the direction of the last arrow, in a search to the next match."""
        cursor, heading = self.cursor, self.state.cursor.heading
        in_list = self.panel.on_list or self.state.cursor.neighbours is not None
        if in_list or (heading is None and self.state.search.active):
            cursor.listing.select(self.state.row)  # the list follows only when the cursor rests
            row = cursor.listing.row_beside(1)
            if row is not None:
                cursor.go_in_list(self.state.map_model.id_at(row))
        elif heading is not None:
            row = cursor.step(heading)
            if row is not None:
                cursor.go_row(row)

    # --- a region ----------------------------------------------------------------------------------------------------

    def do_select_region(self) -> None:
        sample, row, map_model = self.state.cursor.sample, self.state.row, self.state.map_model
        if sample is None or row is None or not np.isfinite(map_model.snapshot.xy[row]).all():
            self.refuse("this sample is off the map")
            return
        selected, region = self.state.selection.ids, self._region
        if region is None or region.anchor != sample or not np.array_equal(selected, region.after):
            region = _Region(sample, 0.0, self.presenter.widgets.map.viewport.scale, selected, selected)
        distance = np.hypot(*((map_model.xy - map_model.xy[row]) * region.scale).T)
        distance[~np.isfinite(distance)] = np.inf
        if self.state.visibility.mask is not None:
            distance[~self.state.visibility.mask] = np.inf
        further = distance[(distance > region.reach) & np.isfinite(distance)]
        if region.reach and not len(further):
            self.refuse("all samples shown are selected")
            return
        reach = max(region.reach * LARGER, FIRST_REGION, float(further.min()) if len(further) else 0.0)
        near = np.flatnonzero(distance <= reach)
        near = near[np.argsort(distance[near], kind="stable")]
        ids = map_model.snapshot.ids[near]
        self.controllers.undoable_edits.select(np.concatenate([region.before, ids[~np.isin(ids, region.before)]]))
        self._region = _Region(sample, reach, region.scale, region.before, self.state.selection.ids)
        self._say_count()

    # --- many at once ------------------------------------------------------------------------------------------------

    def do_select_found(self) -> None:
        map_model, matches = self.state.map_model, self.state.search.matches
        rows = np.arange(len(map_model)) if matches is None else matches.rows
        self._add_visible(rows)

    def _add_visible(self, rows: NDArray[np.intp]) -> None:
        """Select those of these rows that are visible."""
        mask = self.state.visibility.mask
        self.controllers.undoable_edits.add_to_selection(
            self.state.map_model.snapshot.ids[rows if mask is None else rows[mask[rows]]]
        )
        self._say_count()

    def do_select_by(self) -> None:
        map_model, row, edits = self.state.map_model, self.state.row, self.controllers.undoable_edits
        choices = [
            Choice("none", "none", "clear the selection"),
            Choice("others", "invert", "all samples that are not selected now"),
        ]
        if row is not None:
            folder = formatting.folder_name(map_model.snapshot.names[row])
            choices.append(Choice("folder", "this folder", folder))
        kinds = {f"kind {each.id}": each for each in self.presenter.widgets.legend.entries}
        counts = self.presenter.counts
        choices += [
            Choice(id, each.name, formatting.samples(sum(counts[at] for at in each.indices)))
            for id, each in kinds.items()
        ]

        def select(choice: str) -> None:
            if choice == "none":
                edits.clear_selection()
                self._say_count()
            elif choice == "others":
                ids = map_model.snapshot.ids
                edits.select(ids[~np.isin(ids, self.state.selection.ids)])
                self._say_count()
            elif choice == "folder" and row is not None:
                self._add_visible(
                    _in_folder_of(map_model.snapshot.names[row], map_model.snapshot.names, len(map_model))
                )
            elif choice in kinds:
                self._add_visible(np.flatnonzero(np.isin(map_model.colours.index, kinds[choice].indices)))

        self.panel.choose("Select by", choices, select)

    def do_select_none(self) -> None:
        self.controllers.undoable_edits.clear_selection()
        self._say_count()

    def do_export(self) -> None:
        map_model, matches = self.state.map_model, self.state.search.matches
        rows = self.chosen_rows()
        if not len(self.state.selection) and matches is not None:
            rows = matches.rows.tolist()
        if not rows:
            self.refuse("a guest is not in the library")
            return
        paths = [map_model.snapshot.names[row] for row in rows]
        credits_of = {
            path: credit
            for row, path in zip(rows, paths, strict=True)
            if (credit := map_model.snapshot.credits.get(map_model.id_at(row))) is not None
        }

        def copy(folder: str) -> None:
            if folder:
                self.controllers.copies.export(paths, folder, roots=map_model.roots, credits_of=credits_of)

        what = "this sample" if len(rows) == 1 else f"{len(rows):,} samples"
        self.panel.prompt(
            f"Copy {what} into a folder",
            "tab completes, enter copies, esc cancels",
            copy,
            complete=complete_folder,
        )

    def _say_count(self, more: str = "") -> None:
        count = len(self.state.selection)
        self.say((f"{formatting.samples(count)} selected" if count else "nothing is selected") + more)


def _in_folder_of(path: bytes, names: Names, count: int) -> NDArray[np.intp]:
    folder = os.path.dirname(path) + b"/"
    return np.array([row for row in range(count) if names[row].startswith(folder)], dtype=np.intp)

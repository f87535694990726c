"""The legend as a filter: hides kinds or shows one alone, by keys while the legend has them, and by clicks."""

from __future__ import annotations

import numpy as np

from tui_browser.ui import formatting
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import LEGEND, SAMPLES, Command, command
from tui_browser.ui.state.colouring import LegendEntry

COMMANDS: tuple[Command, ...] = (
    command("legend", "s", "Legend", "move to the legend, to hide a class or show it alone", "Select", needs=SAMPLES),
    command("legend_previous", "left h", "Previous", "previous entry", "Select", hint=1, screens=(LEGEND,)),
    command("legend_next", "right l", "Next", "next entry", "Select", screens=(LEGEND,)),
    command(
        "legend_unfold",
        "down j",
        "Unfold",
        "list the classes of a family; elsewhere the next entry",
        "Select",
        hint=5,
        screens=(LEGEND,),
    ),
    command(
        "legend_fold", "up k", "Fold", "back to the family; elsewhere the previous entry", "Select", screens=(LEGEND,)
    ),
    command(
        "legend_toggle",
        "space",
        "On / off",
        "hide its samples, or show them again",
        "Select",
        hint=2,
        screens=(LEGEND,),
    ),
    command(
        "legend_solo", "enter", "Alone", "show only its samples, or all again", "Select", hint=3, screens=(LEGEND,)
    ),
    command("legend_all", "a", "All", "show all samples", "Select", hint=4, screens=(LEGEND,)),
    command("legend_select", "x", "Select", "select its samples", "Select", hint=6, screens=(LEGEND,)),
    command("legend_colours", "c", "Colour", "colour by something else", "Select", hint=7, screens=(LEGEND,)),
    command("legend_leave", "escape s tab q", "Back", "back to the map", "Select", hint=8, screens=(LEGEND,)),
)


class LegendCommands(CommandGroup):
    """Map, list, arrows and neighbours leave hidden kinds out."""

    def do_legend(self) -> None:
        legend = self.presenter.widgets.legend
        if not legend.entries:
            self.refuse("these colours have no names in the legend")
            return
        legend.point(0)
        self.panel.enter_mode(LEGEND)

    def do_legend_leave(self) -> None:
        self.presenter.widgets.legend.point(None)
        self.panel.enter_mode("")

    def do_legend_next(self) -> None:
        self.presenter.widgets.legend.move(1)

    def do_legend_previous(self) -> None:
        self.presenter.widgets.legend.move(-1)

    def do_legend_unfold(self) -> None:
        self.presenter.widgets.legend.step_in()

    def do_legend_fold(self) -> None:
        self.presenter.widgets.legend.step_out()

    def do_legend_toggle(self) -> None:
        entry = self.presenter.widgets.legend.chosen
        if entry is not None:
            self.toggle(entry)

    def do_legend_solo(self) -> None:
        entry = self.presenter.widgets.legend.chosen
        if entry is not None:
            self.solo(entry)

    def do_legend_all(self) -> None:
        self.controllers.undoable_edits.hide_kinds({})

    def do_legend_select(self) -> None:
        entry = self.presenter.widgets.legend.chosen
        if entry is not None:
            map_model = self.state.map_model
            ids = map_model.snapshot.ids[np.isin(map_model.colours.index, entry.indices)]
            self.controllers.undoable_edits.add_to_selection(ids)
            self.say(f"{formatting.samples(len(self.state.selection))} selected")

    def do_legend_colours(self) -> None:
        self.panel.perform("colour_by")
        self.presenter.widgets.legend.point(0)

    def toggle(self, entry: LegendEntry) -> None:
        """Hide one kind, or show it again."""
        entries = self.presenter.widgets.legend.entries
        off = self.state.visibility.toggled(self.state.map_model.colours.by, entry, entries)
        self.controllers.undoable_edits.hide_kinds(off)

    def solo(self, entry: LegendEntry) -> None:
        """Show only this kind, or all again."""
        entries = self.presenter.widgets.legend.entries
        off = self.state.visibility.alone(self.state.map_model.colours.by, entry, entries)
        self.controllers.undoable_edits.hide_kinds(off)

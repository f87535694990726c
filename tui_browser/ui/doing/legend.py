"""The legend as a filter: a kind off, alone, all back; by keys while the legend has them, and by clicks."""

from __future__ import annotations

import numpy as np

from tui_browser.ui import words
from tui_browser.ui.colouring import Entry
from tui_browser.ui.command import LEGEND
from tui_browser.ui.doing.base import Doing


class Filtering(Doing):
    """Hides kinds; map, list, arrows and neighbours go by what is left."""

    def do_legend(self) -> None:
        legend = self.stage.widgets.legend
        if not legend.entries:
            self.refuse("these colours have no names in the legend")
            return
        legend.point(0)
        self.panel.enter_mode(LEGEND)

    def do_legend_leave(self) -> None:
        self.stage.widgets.legend.point(None)
        self.panel.enter_mode("")

    def do_legend_next(self) -> None:
        self.stage.widgets.legend.move(1)

    def do_legend_previous(self) -> None:
        self.stage.widgets.legend.move(-1)

    def do_legend_toggle(self) -> None:
        entry = self.stage.widgets.legend.chosen
        if entry is not None:
            self.toggle(entry)

    def do_legend_solo(self) -> None:
        entry = self.stage.widgets.legend.chosen
        if entry is not None:
            self.solo(entry)

    def do_legend_all(self) -> None:
        self.session.changes.sift({})

    def do_legend_select(self) -> None:
        entry = self.stage.widgets.legend.chosen
        if entry is not None:
            ids = self.stage.world.snapshot.ids[np.isin(self.stage.world.colours.index, entry.indices)]
            self.session.selection.add(ids)
            self.say(f"{words.samples(len(self.session.selection))} selected")

    def do_legend_colours(self) -> None:
        self.panel.perform("colour_by")
        self.stage.widgets.legend.point(0)

    def toggle(self, entry: Entry) -> None:
        """One kind off, or on again."""
        entries = self.stage.widgets.legend.entries
        self.session.changes.sift(self.session.sieve.toggled(self.stage.world.colours.by, entry, entries))

    def solo(self, entry: Entry) -> None:
        """Only this kind, or all again."""
        entries = self.stage.widgets.legend.entries
        self.session.changes.sift(self.session.sieve.alone(self.stage.world.colours.by, entry, entries))

"""The library as a whole, help, and leaving."""

from __future__ import annotations

from tui_browser.library.messages import Rescan
from tui_browser.ui.doing.base import Doing
from tui_browser.ui.screens.help import HelpScreen
from tui_browser.ui.screens.roots import RootsScreen


class House(Doing):
    """Other screens than the map, and the way out."""

    def do_rescan(self) -> None:
        self.session.request(Rescan())
        self.say("scanning all folders")

    def do_roots(self) -> None:
        self.panel.open(RootsScreen(), lambda told: self.stage.announce(told) if told else None)

    def do_theme(self) -> None:
        self.panel.shell.choose_theme()

    def do_palette(self) -> None:
        self.panel.show_palette()

    def do_tour(self) -> None:
        self.session.tour.begin()

    def do_help(self) -> None:
        self.panel.open(HelpScreen())

    def do_quit(self) -> None:
        self.panel.shell.quit_now()

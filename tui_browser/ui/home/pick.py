"""The map as a place to choose from: enter takes what is under the cursor, and the app ends."""

from __future__ import annotations

from tui_browser.ui import words
from tui_browser.ui.command import PICK
from tui_browser.ui.errand import Errand
from tui_browser.ui.home.main import MainScreen
from tui_browser.ui.widgets.search_bar import SearchBar

CANCELLED = 130


class PickScreen(MainScreen):
    """The main screen; what was chosen goes into the errand."""

    NAME = PICK

    def __init__(self, errand: Errand) -> None:
        super().__init__()
        self._errand = errand

    def do_choose(self) -> None:
        path, names = self.stage.path, self.stage.world.snapshot.names
        chosen = self.session.selection.rows(self.stage.world).tolist()
        if chosen:
            self._errand.chosen = [names[row] for row in chosen]
        elif path is not None:
            self._errand.chosen = [path]
        self.host.quit_now()

    def do_select(self) -> None:
        if self.stage.on_guest:
            self.host.refuse("a guest is not in the library: it cannot be selected")
            return
        self.handlers["select"]()
        count = len(self.session.selection)
        paths = "its path" if count == 1 else "their paths"
        told = f"{words.samples(count)} selected: {self.host.keys.first('choose')} prints {paths}"
        self.stage.say(told if count else "nothing is selected")

    def do_clear(self) -> None:
        stage, bar = self.stage, self.query_one(SearchBar)
        begun = self.session.journey.neighbours is not None or stage.guest is not None or bar.display
        begun = begun or self.session.tour.on or bool(len(self.session.selection)) or self.session.sieve.active
        if not begun and not stage.widgets.status.notice:
            self.do_quit()
            return
        self.finding.do_clear()

    def do_quit(self) -> None:
        self.host.quit_now(CANCELLED)

    def do_force_quit(self) -> None:
        self.host.quit_now(CANCELLED)

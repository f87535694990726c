"""The map as a place to choose from: enter takes what is under the cursor, and the app ends."""

from __future__ import annotations

from tui_browser.records import SampleId
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
        self._taken: dict[SampleId, bytes] = {}

    def do_choose(self) -> None:
        path = self.stage.path
        if self._taken:
            self._errand.chosen = list(self._taken.values())
        elif path is not None:
            self._errand.chosen = [path]
        self.host.quit_now()

    def do_choose_more(self) -> None:
        path, sample = self.stage.path, self.session.journey.selected
        if path is None or sample is None or self.stage.on_guest:
            self.host.refuse("a guest can only be chosen alone")
            return
        if self._taken.pop(sample, None) is None:
            self._taken[sample] = path
        count = len(self._taken)
        keys = self.host.keys
        self.session.modes = (f"{count} chosen",) if count else ()
        self.session.describe()
        told = f"{count} chosen; {keys.first('choose')} takes them" if count else "none chosen"
        self.stage.say(told)

    def do_clear(self) -> None:
        stage, bar = self.stage, self.query_one(SearchBar)
        begun = self.session.journey.neighbours is not None or stage.guest is not None or bar.display
        if not begun and not stage.widgets.status.notice:
            self.do_quit()
            return
        self.finding.do_clear()

    def do_quit(self) -> None:
        self.host.quit_now(CANCELLED)

    def do_force_quit(self) -> None:
        self.host.quit_now(CANCELLED)

"""The map as a file picker: enter chooses what is selected or under the cursor, and ends the app."""

from __future__ import annotations

import os

from tui_browser.ui import formatting
from tui_browser.ui.keys.command import PICK
from tui_browser.ui.screens.main import MainScreen
from tui_browser.ui.widgets.search_bar import SearchBar

CANCELLED = 130


class PickScreen(MainScreen):
    """Writes what was chosen into the launch options."""

    NAME = PICK

    def nothing_matched(self) -> None:
        self.host.quit_now(1)

    def do_choose(self) -> None:
        state = self.controllers.state
        names = state.map_model.snapshot.names
        selected = state.selection.rows(state.map_model).tolist()
        if selected:
            self._options.chosen = [names[row] for row in selected]
        elif state.path is not None:
            self._options.chosen = [state.path]
        paths = [os.fsdecode(path) for path in self._options.chosen]
        self.controllers.control.publish("picked", {"paths": paths})
        self.host.quit_now()

    def do_select(self) -> None:
        state, presenter = self.controllers.state, self.controllers.presenter
        if state.on_guest:
            presenter.refuse("a guest is not in the library: it cannot be selected")
            return
        self._handlers["select"]()
        count = len(state.selection)
        paths = "its path" if count == 1 else "their paths"
        notice = f"{formatting.samples(count)} selected: {self.keys.first('choose')} prints {paths}"
        presenter.say(notice if count else "nothing is selected")

    def do_clear(self) -> None:
        state, presenter = self.controllers.state, self.controllers.presenter
        can_clear = (
            state.cursor.neighbours is not None
            or state.making.active
            or state.making.running is not None
            or state.guest is not None
            or self.query_one(SearchBar).display
            or self.controllers.tour.running
            or len(state.selection) > 0
            or state.visibility.active
        )
        if not can_clear and not presenter.widgets.status.notice:
            self.do_quit()
            return
        self._search.do_clear()

    def do_quit(self) -> None:
        self.host.quit_now(CANCELLED)

    def do_force_quit(self) -> None:
        self.host.quit_now(CANCELLED)

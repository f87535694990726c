"""The pane of places: walking it puts the query of each place on the search line, so map and list follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_browser.ui.commands.group import CommandGroup, MainPanel
from tui_browser.ui.commands.search_steps import SearchSteps
from tui_browser.ui.keys.command import MAIN, PICK, PLACES, SAMPLES, Command, command
from tui_browser.ui.state.search import SavedMapView

if TYPE_CHECKING:
    from tui_browser.ui.controllers.controllers import Controllers

_WALK = (PLACES,)
COMMANDS: tuple[Command, ...] = (
    command(
        "places",
        "ctrl+t",
        "Places",
        "a pane of folders, classes, tags, collections and saved searches beside the map; again hides it",
        "Places",
        needs=SAMPLES,
        screens=(MAIN, PICK, PLACES),
    ),
    command("places_up", "up k", "Up", "previous place: map and list show what is in it", "Places", screens=_WALK),
    command("places_down", "down j", "Down", "next place", "Places", hint=1, screens=_WALK),
    command("places_open", "right l", "Open", "open it, or go into it", "Places", hint=2, screens=_WALK),
    command("places_close", "left h", "Close", "close it, or go to what holds it", "Places", hint=3, screens=_WALK),
    command("places_page_up", "pageup", "Page up", "a page up", "Places", screens=_WALK),
    command("places_page_down", "pagedown", "Page down", "a page down", "Places", screens=_WALK),
    command("places_first", "home", "First", "first place", "Places", screens=_WALK),
    command("places_last", "end", "Last", "last place", "Places", screens=_WALK),
    command(
        "places_keep", "enter", "Keep", "back to the map with what is in this place", "Places", hint=4, screens=_WALK
    ),
    command("places_switch", "tab", "Map", "back to the map; the search stays as it is", "Places", screens=_WALK),
    command(
        "places_leave", "escape q", "Back", "back to the map as it was before the walk", "Places", hint=5, screens=_WALK
    ),
)  # fmt: skip


class PlacesCommands(CommandGroup):
    """Shows the pane, walks it and filters by it."""

    def __init__(self, controllers: Controllers, panel: MainPanel) -> None:
        super().__init__(controllers, panel)
        self._steps = SearchSteps(controllers, panel)
        self._before = self._steps.look()
        """How it looked when the walk began."""
        self._pane = self.presenter.widgets.places
        self._places = controllers.state.places

    def do_places(self) -> None:
        if self._pane.active:
            self._hide()
            return
        reason = self.panel.show_places(True)
        if reason:
            self.panel.show_places(False)
            self.refuse(reason)
            return
        self.controllers.places.show(True)
        self._enter()

    def _hide(self) -> None:
        self.panel.enter_mode("")
        self.panel.show_places(False)
        self.controllers.places.show(False)

    def _enter(self) -> None:
        """Give the keys to the pane."""
        self._before = self._steps.look()
        self._places.begin(self.state.search.text if self.state.search.active else "")
        self.panel.enter_mode(PLACES)

    # --- walking -----------------------------------------------------------------------------------------------------

    def do_places_up(self) -> None:
        self._places.move(-1)
        self._filter()

    def do_places_down(self) -> None:
        self._places.move(1)
        self._filter()

    def do_places_page_up(self) -> None:
        self._places.move(-self._pane.page)
        self._filter()

    def do_places_page_down(self) -> None:
        self._places.move(self._pane.page)
        self._filter()

    def do_places_first(self) -> None:
        self._places.go(0)
        self._filter()

    def do_places_last(self) -> None:
        self._places.go(len(self._places.rows))
        self._filter()

    def do_places_open(self) -> None:
        self._places.open()
        self._filter()

    def do_places_close(self) -> None:
        self._places.close()
        self._filter()

    def click(self, at: int, *, mark: bool) -> None:
        """A place was clicked: filter by it, or open or close it."""
        if not self._pane.active:
            self._enter()
        self._places.go(at)
        node = self._places.node
        if mark or (node is not None and not node.query):
            self._places.toggle()
        self._filter()

    def _filter(self) -> None:
        """Show what is in the place under the cursor."""
        self.controllers.places.draw()
        self._search(self._places.line())

    def _search(self, text: str) -> None:
        if text == self.state.search.text.strip():
            return
        if not text:
            self.controllers.search.end()
            self.panel.show_search_line(False, text="")
            return
        self.panel.show_search_line(True, text=text)
        view = SavedMapView(
            self.presenter.widgets.map.viewport, self.state.cursor.sample, self.cursor.listing.active,
            self.cursor.listing.top,
        )  # fmt: skip
        self.controllers.search.search_untyped(text, view, may_be_none=True)

    # --- the end of the walk -----------------------------------------------------------------------------------------

    def do_places_keep(self) -> None:
        node, matches = self._places.node, self.state.search.matches
        if node is not None and not node.query:
            self._places.toggle()
            self._filter()
            return
        if matches is None or not len(matches):
            self.refuse("no sample matches")
            return
        self.panel.enter_mode("")
        self.controllers.search.keep()
        self.controllers.search.remember_query(self.state.search.text)
        self.controllers.search.zoom_to_matches()
        self._steps.note("search", self._before)

    def do_places_switch(self) -> None:
        self.panel.enter_mode("")
        self._steps.note("search", self._before)

    def do_places_leave(self) -> None:
        self.panel.enter_mode("")
        self._search(self._places.beside)

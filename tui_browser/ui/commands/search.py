"""Search by words and by sound; and `esc`, which ends what was begun last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_browser.config.saved_searches import save_search, saved_searches
from tui_browser.errors import BrowserError
from tui_browser.search.query import parse_strict
from tui_browser.ui.commands.group import CommandGroup, MainPanel
from tui_browser.ui.commands.search_steps import SearchSteps
from tui_browser.ui.keys.command import SAMPLES, Command, command
from tui_browser.ui.state.search import SavedMapView

if TYPE_CHECKING:
    from tui_browser.ui.controllers.controllers import Controllers

COMMANDS: tuple[Command, ...] = (
    command(
        "search", "/", "Search", "search names, folders, classes and more as you type", "Find", needs=SAMPLES, hint=2
    ),
    command(
        "save_search",
        "",
        "Save search",
        "save the query by name: @name finds what matches it then",
        "Find",
        needs=SAMPLES,
    ),
    command("clear", "escape", "Clear", "end neighbours, search, selection or filter: what began last", "Find"),
    command(
        "next_neighbour",
        "n",
        "Neighbour",
        "next neighbour: the most similar sounds in order, slices of loops too, from where you first pressed it",
        "Find",
        needs=("samples", "selection", "vectors"),
        hint=3,
        repeats=True,
    ),
    command(
        "previous_neighbour",
        "N",
        "Neighbour back",
        "previous neighbour",
        "Find",
        needs=("samples", "selection", "vectors"),
        repeats=True,
    ),
)


class SearchCommands(CommandGroup):
    """The search line, and neighbours."""

    def __init__(self, controllers: Controllers, panel: MainPanel) -> None:
        super().__init__(controllers, panel)
        self._steps = SearchSteps(controllers, panel)
        self._before = self._steps.look()
        """How it looked when the search line was entered."""

    def do_next_neighbour(self) -> None:
        self.controllers.neighbours.go(1)

    def do_previous_neighbour(self) -> None:
        self.controllers.neighbours.go(-1)

    def do_search(self) -> None:
        self._before = self._steps.look()
        self.controllers.search.begin(self._view())
        self.panel.enter_search_line()

    def keep_search(self, text: str) -> None:
        """Enter was pressed in the search line."""
        search = self.state.search
        if text != search.text:
            self.controllers.search.search(text)
        if search.problems and not len(search.matches or ()):
            self.refuse(search.problems[0].sentence)
            return
        if self.controllers.heard_files.waiting:
            self.refuse("the file is still being heard")
            return
        if search.active and not len(search.matches or ()):
            self.refuse("no sample matches")
            return
        if not search.text.strip():
            self.do_clear()
            return
        self.panel.leave_search_line(on_list=search.before is not None and search.before.on_list)
        self.controllers.search.keep()
        self.controllers.search.remember_query(text)
        self.controllers.search.zoom_to_matches()
        self._steps.note("search", self._before)

    def do_save_search(self) -> None:
        query, problems = self.state.search.text.strip(), self.state.search.problems
        if not query or problems:
            self.refuse(problems[0].sentence if problems else "there is no query to save: / begins one")
            return

        def save(name: str) -> None:
            name = name.strip().removeprefix("@")
            try:
                parse_strict(
                    query, classes=self.state.map_model.snapshot.class_names, saved={**saved_searches(), name: query}
                )
                save_search(name, query)
            except BrowserError as error:  # a name in use, a query that means itself, a file that cannot be written
                self.refuse(str(error))
            else:
                self.say(f"saved: @{name} on the search line finds it")

        self.panel.prompt("Name of this search", "one word; enter saves, esc cancels", save)

    def do_clear(self) -> None:
        """End what was begun last: making, neighbours or guest, search, notice, selection, what the legend hides."""
        if not self.panel.searching and self.controllers.generation.cancel():
            return
        if not self.panel.searching and (self.controllers.tour.leave() or self.controllers.free_cursor.leave()):
            return
        if not self.panel.searching and self.controllers.neighbours.leave():
            self.controllers.drops.show_next()
            return
        if self.presenter.widgets.search.display:
            self._end_search()
            return
        if self.controllers.drops.show_next():
            return
        if self.presenter.widgets.status.notice:
            self.presenter.clear_notice(now=True)
        elif len(self.state.selection):
            self.controllers.undoable_edits.clear_selection()
            self.say(f"selection cleared: {self.first_key('undo')} undoes it")
        elif self.controllers.layout_prompt.decline():
            return
        elif self.state.visibility.active:
            self.controllers.undoable_edits.hide_kinds({})

    def _end_search(self) -> None:
        before = self._before if self.panel.searching else self._steps.look()
        view = self.controllers.search.end()
        self.panel.show_search_line(False, text="")
        self._steps.note("end of the search", before)
        self.panel.leave_search_line(on_list=view is not None and view.on_list)

    def search_for(self, text: str, *, may_be_none: bool = False) -> None:
        """Show what matches a text, as if it had been typed and kept; an empty one ends the search."""
        if text.strip():
            self.panel.show_search_line(True, text=text)
            self.controllers.search.search_untyped(text, self._view(with_sample=False), may_be_none=may_be_none)
        elif self.presenter.widgets.search.display:
            self._end_search()

    def _view(self, *, with_sample: bool = True) -> SavedMapView:
        listing = self.cursor.listing
        sample = self.state.cursor.sample if with_sample else None
        return SavedMapView(self.presenter.widgets.map.viewport, sample, listing.active, listing.top)

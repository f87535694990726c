"""Finding by words and by sound, and ending what was begun."""

from __future__ import annotations

from textual.widgets import Input

from tui_browser.ui.doing.base import Doing
from tui_browser.ui.finder import View


class Finding(Doing):
    """The search line, and neighbours."""

    def do_next_neighbour(self) -> None:
        self.session.likeness.go(1)

    def do_previous_neighbour(self) -> None:
        self.session.likeness.go(-1)

    def do_search(self) -> None:
        self.session.seeking.begin(self._view())
        self.panel.enter_search_line()

    def entered(self, text: str) -> None:
        """Enter was pressed in the search line."""
        finder = self.session.finder
        if text != finder.text:
            finder.search(text, self.stage.world)
        if finder.problems and not finder.active:
            self.refuse(finder.problems[0].sentence)
            return
        if finder.active and not len(finder.matches or ()):
            self.refuse("no sample matches")
            return
        if not finder.text.strip():
            self.do_clear()
            return
        self.panel.leave_search_line(on_list=finder.before is not None and finder.before.on_list)
        self.session.seeking.keep()

    def do_clear(self) -> None:
        """End what was begun last: neighbours or guest, the search, a notice, the selection, what the legend hides."""
        if not self.panel.searching and self.session.tour.leave():
            return
        if not self.panel.searching and self.session.likeness.leave():
            self.session.visitors.next()
            return
        if self.stage.widgets.search.display:
            view = self.session.seeking.end()
            self.panel.show_search_line(False)
            self.stage.widgets.search.field.value = ""
            self.panel.leave_search_line(on_list=view is not None and view.on_list)
            return
        if self.session.visitors.next():
            return
        if self.stage.widgets.status.notice:
            self.stage.hush(now=True)
        elif len(self.session.selection):
            self.session.selection.clear()
            self.say(f"selection cleared: {self.first_key('undo')} undoes it")
        elif self.session.offers.decline():
            return
        elif self.session.sieve.active:
            self.session.changes.sift({})

    def search_for(self, text: str) -> None:
        """Show what matches a text, as if it had been typed and kept."""
        self.panel.show_search_line(True)
        field = self.stage.widgets.search.field
        with field.prevent(Input.Changed):
            field.value = text
        self.session.seeking.look_for(text, self._view(selected=False))

    def _view(self, *, selected: bool = True) -> View:
        listing = self.walker.listing
        here = self.session.journey.selected if selected else None
        return View(self.stage.widgets.map.viewport, here, listing.active, listing.top)

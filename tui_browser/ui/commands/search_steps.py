"""Undo and redo of a search: its query, the sample under the cursor, and the part of the map that is shown."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_browser.map.viewport import Viewport
from tui_browser.records import SampleId
from tui_browser.ui.commands.group import MainPanel
from tui_browser.ui.state.search import SavedMapView

if TYPE_CHECKING:
    from tui_browser.ui.controllers.controllers import Controllers


@dataclass(frozen=True, slots=True)
class SearchLook:
    """What a search shows."""

    text: str
    """The query; empty without one."""
    viewport: Viewport
    sample: SampleId | None


class SearchSteps:
    """Notes how it looked before and after a search, and shows either again."""

    def __init__(self, controllers: Controllers, panel: MainPanel) -> None:
        self._controllers = controllers
        self._panel = panel

    def look(self) -> SearchLook:
        """How it looks now."""
        state = self._controllers.state
        return SearchLook(
            state.search.text.strip(), self._controllers.presenter.widgets.map.viewport, state.cursor.sample
        )

    def note(self, label: str, before: SearchLook) -> None:
        """Let undo lead back from here to `before`."""
        after = self.look()
        if before.text != after.text:
            show = self._show
            self._controllers.state.history.add(
                label, undo=functools.partial(show, before), redo=functools.partial(show, after)
            )

    def _show(self, look: SearchLook) -> None:
        search, presenter, state = self._controllers.search, self._controllers.presenter, self._controllers.state
        shown = presenter.widgets.map
        if look.text:
            self._panel.show_search_line(True, text=look.text)
            search.begin(SavedMapView(shown.viewport, state.cursor.sample, on_list=False))
            search.search(look.text)
        elif presenter.widgets.search.display:
            search.end()
            self._panel.show_search_line(False, text="")
        shown.look(look.viewport.resize(shown.viewport.columns, shown.viewport.rows))
        if look.sample is not None and state.map_model.row_of(look.sample) is not None:
            state.cursor.start(look.sample)
        presenter.show_cursor(keep_in_view=False)
        presenter.show_header()

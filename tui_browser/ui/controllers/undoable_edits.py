"""Changes of the selection, of the legend's filter and of the view, each of which can be undone."""

from __future__ import annotations

import numpy as np

from tui_browser.map.viewport import Viewport
from tui_browser.records import SampleId
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.selection import Ids


class UndoableEdits:
    """Makes a change, shows it and adds it to the history."""

    def __init__(self, state: BrowserState, presenter: Presenter) -> None:
        self._state = state
        self._presenter = presenter

    # --- the selection -----------------------------------------------------------------------------------------------

    def toggle_selected(self, sample: SampleId) -> None:
        """Add a sample to the selection, or remove it."""
        self.select(self._state.selection.with_toggled(sample))

    def add_to_selection(self, ids: Ids) -> None:
        self.select(self._state.selection.with_added(ids))

    def clear_selection(self) -> None:
        self.select(np.empty(0, dtype=np.int64))

    def select(self, ids: Ids) -> None:
        """Select exactly these samples."""
        before = self._state.selection.ids
        if np.array_equal(before, ids):
            return
        self._set_selection(ids)
        self._state.history.add(
            "selection", undo=lambda: self._set_selection(before), redo=lambda: self._set_selection(ids)
        )

    def _set_selection(self, ids: Ids) -> None:
        self._state.selection.set(ids)
        self._presenter.show_selection()

    # --- the legend as a filter --------------------------------------------------------------------------------------

    def hide_kinds(self, off: dict[str, frozenset[str]]) -> None:
        """Hide exactly these kinds; the keys are what the map is coloured by."""
        before = self._state.visibility.state
        if before == off:
            return
        self._set_filter(off)
        self._state.history.add(
            "filter of the legend", undo=lambda: self._set_filter(before), redo=lambda: self._set_filter(off)
        )

    def _set_filter(self, off: dict[str, frozenset[str]]) -> None:
        self._state.visibility.set(off)
        self._presenter.show_map()
        self._presenter.show_list()
        self._presenter.show_header()

    # --- the view ----------------------------------------------------------------------------------------------------

    def view_changed(self, before: Viewport) -> None:
        """Another part of the map is shown than `before`; consecutive changes are one step."""
        after = self._presenter.widgets.map.viewport
        if before != after and (before.columns, before.rows) == (after.columns, after.rows):
            self._state.history.add(
                "view", undo=lambda: self._set_view(before), redo=lambda: self._set_view(after), kind="view"
            )

    def _set_view(self, view: Viewport) -> None:
        shown = self._presenter.widgets.map
        shown.look(view.resize(shown.viewport.columns, shown.viewport.rows))
        self._presenter.show_header()

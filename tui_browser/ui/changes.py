"""What changes on the screen by a person's hand and can be taken back: what is selected, what is hidden, the view."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.atlas.viewport import Viewport
from tui_browser.ui.history import History
from tui_browser.ui.selection import Ids, Selection
from tui_browser.ui.sieve import Sieve
from tui_browser.ui.stage import Stage


class Changes:
    """Shows each change, and notes how to take it back."""

    def __init__(self, stage: Stage, sieve: Sieve, history: History, *, describe: Callable[[], None]) -> None:
        self.selection = Selection(changed=self._selected)
        self._stage = stage
        self._sieve = sieve
        self._history = history
        self._describe = describe
        self._quiet = False

    # --- the selection -----------------------------------------------------------------------------------------------

    def _selected(self, before: Ids, after: Ids) -> None:
        self._stage.choose(self.selection)
        self._describe()
        if not self._quiet:
            self._history.did("selection", undo=lambda: self._select(before), redo=lambda: self._select(after))

    def _select(self, ids: Ids) -> None:
        self._quiet = True
        self.selection.set(ids)
        self._quiet = False

    # --- the legend as a filter --------------------------------------------------------------------------------------

    def sift(self, off: dict[str, frozenset[str]]) -> None:
        """Hide exactly these kinds, by what the map is coloured by."""
        before = self._sieve.state
        if before == off:
            return
        self._sift(off)
        self._history.did("filter of the legend", undo=lambda: self._sift(before), redo=lambda: self._sift(off))

    def _sift(self, off: dict[str, frozenset[str]]) -> None:
        self._sieve.set(off)
        self._stage.show_map()
        self._stage.relist()
        self._describe()

    # --- the view ----------------------------------------------------------------------------------------------------

    def looked(self, before: Viewport) -> None:
        """Another part of the map is shown than before; moves in a row are one step."""
        after = self._stage.widgets.map.viewport
        if before != after and (before.columns, before.rows) == (after.columns, after.rows):
            self._history.did("view", undo=lambda: self._look(before), redo=lambda: self._look(after), kind="view")

    def _look(self, view: Viewport) -> None:
        shown = self._stage.widgets.map
        shown.look(view.resize(shown.viewport.columns, shown.viewport.rows))
        self._describe()

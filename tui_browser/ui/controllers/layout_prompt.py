"""Offers a newer layout, or a new fit, on the status line; and says what changed once a layout is shown."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.errors import printable
from tui_browser.service.messages import (
    AcceptLayout,
    FitLayout,
    LayoutChanged,
    LayoutStale,
    Request,
    UndoLayout,
)
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.controllers.snapshot_loader import SnapshotLoader
from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.state.browser_state import BrowserState


class LayoutPrompt:
    """At most one offer at a time; no dot moves before the offer is accepted."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        snapshots: SnapshotLoader,
        keys: Keys,
        *,
        request: Callable[[Request], None],
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._snapshots = snapshots
        self._keys = keys
        self._request = request
        self._answer: Request = AcceptLayout()
        self._fit_requested = False

    def layout_ready(self) -> None:
        """A fitted layout is ready: show it at once, unless the cursor has moved on the provisional one already."""
        if not self._state.cursor.walked:
            self._request(AcceptLayout())
            return
        self._offer(f"{self._keys.first('newer_map')} shows the better map, which is ready", AcceptLayout())

    def stale(self, event: LayoutStale) -> None:
        """Many samples are newer than the layout."""
        key = self._keys.first("newer_map")
        text = f"{100 * event.new_share:.0f} % of the samples are newer than this map: {key} fits it again"
        self._offer(text, _new_fit(event.name))

    def _offer(self, text: str, answer: Request) -> None:
        self._state.layout_offer, self._answer = text, answer
        self._presenter.show_status()

    def accept(self) -> None:
        """Do what is offered."""
        self._state.layout_offer = ""
        self._request(self._answer)
        if isinstance(self._answer, FitLayout):
            self._expect_fit()
        self._presenter.show_status()

    def refit(self) -> None:
        """Request a new fit of the layout that is shown."""
        self._request(_new_fit(self._state.map_model.snapshot.layout))
        self._expect_fit()

    def _expect_fit(self) -> None:
        """A new fit was requested: it can be undone once it is shown."""
        self._fit_requested = True
        self._presenter.say("fitting the map again; you can go on meanwhile")

    def decline(self) -> bool:
        """Drop the offer; False where nothing is offered."""
        offered, self._state.layout_offer = bool(self._state.layout_offer), ""
        self._presenter.show_status()
        return offered

    def layout_changed(self, event: LayoutChanged) -> None:
        """Another layout is shown from its revision on."""
        self._state.layout_offer = ""
        moved = ""
        if event.drift_p95:
            moved = (
                f"; half of the samples moved less than {100 * event.drift_median:.0f} % of the map,"
                f" 95 % less than {100 * event.drift_p95:.0f} %"
            )
        if self._fit_requested:
            self._fit_requested = False
            moved += f"; {self._keys.first('undo')} undoes it"
            self._state.history.add(
                "layout",
                undo=lambda: self._request(UndoLayout()),
                redo=lambda: self._request(UndoLayout()),
            )
        self._presenter.say(f"layout: {printable(event.name)}{moved}")
        self._snapshots.refresh()


def _new_fit(layout: str) -> FitLayout:
    """The request for a new fit of this layout."""
    return FitLayout("near" if layout in ("", "map", "pca") else layout.removeprefix("earlier "))

"""Maps that stand ready, or would be worth making: offered on the status line, and told of once they are shown."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.errors import printable
from tui_browser.library.messages import (
    AcceptLayout,
    FitLayout,
    LayoutChanged,
    LayoutStale,
    Request,
    UndoLayout,
)
from tui_browser.ui.commands import Keys
from tui_browser.ui.feed import Feed
from tui_browser.ui.history import History
from tui_browser.ui.stage import Stage


def fit_again(shown: str) -> FitLayout:
    """Ask for a new fit of the layout that is shown."""
    return FitLayout("near" if shown in ("", "map", "pca") else shown.removeprefix("earlier "))


class Offers:
    """At most one offer at a time; nothing moves before a person says so."""

    def __init__(
        self, stage: Stage, feed: Feed, keys: Keys, history: History, *, request: Callable[[Request], None]
    ) -> None:
        self._stage = stage
        self._feed = feed
        self._keys = keys
        self._history = history
        self._request = request
        self._answer: Request = AcceptLayout()
        self._asked = False

    def fitted(self, *, walked: bool) -> None:
        """A fitted map stands ready: shown at once, unless the person walks on the provisional one already."""
        if not walked:
            self._request(AcceptLayout())
            return
        self._offer(f"{self._keys.first('newer_map')} shows the better map, which is ready", AcceptLayout())

    def stale(self, event: LayoutStale) -> None:
        """Many samples came after the map was worked out."""
        key = self._keys.first("newer_map")
        told = f"{100 * event.new_share:.0f} % of the samples are newer than this map: {key} fits it again"
        self._offer(told, fit_again(event.name))

    def _offer(self, told: str, answer: Request) -> None:
        self._stage.offer, self._answer = told, answer
        self._stage.status()

    def accept(self) -> None:
        """Do what is offered."""
        self._stage.offer = ""
        self._request(self._answer)
        if isinstance(self._answer, FitLayout):
            self.asked()
        self._stage.status()

    def asked(self) -> None:
        """A new fit was asked for: it can be taken back once it is shown."""
        self._asked = True
        self._stage.say("fitting the map again; you can go on meanwhile")

    def decline(self) -> bool:
        """Leave the map as it is; False where nothing is offered."""
        offered, self._stage.offer = bool(self._stage.offer), ""
        self._stage.status()
        return offered

    def changed(self, event: LayoutChanged) -> None:
        """Another layout is shown from its revision on."""
        self._stage.offer = ""
        moved = ""
        if event.drift_p95:
            moved = (
                f"; half of the samples moved less than {100 * event.drift_median:.0f} % of the map,"
                f" 95 % less than {100 * event.drift_p95:.0f} %"
            )
        if self._asked:
            self._asked = False
            moved += f"; {self._keys.first('undo')} undoes it"
            self._history.did(
                "layout",
                undo=lambda: self._request(UndoLayout()),
                redo=lambda: self._request(UndoLayout()),
            )
        self._stage.say(f"layout: {printable(event.name)}{moved}")
        self._feed.refresh()

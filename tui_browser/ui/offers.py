"""Maps that stand ready: offered on the status line, shown by a key, told of once they are shown."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.errors import printable
from tui_browser.library.messages import AcceptLayout, LayoutChanged, Request
from tui_browser.ui.commands import Keys
from tui_browser.ui.feed import Feed
from tui_browser.ui.stage import Stage


class Offers:
    """At most one offer at a time; nothing moves before a person says so."""

    def __init__(self, stage: Stage, feed: Feed, keys: Keys, *, request: Callable[[Request], None]) -> None:
        self._stage = stage
        self._feed = feed
        self._keys = keys
        self._request = request

    def fitted(self, *, walked: bool) -> None:
        """A fitted map stands ready: shown at once, unless the person walks on the provisional one already."""
        if not walked:
            self._request(AcceptLayout())
            return
        self._stage.offer = f"{self._keys.first('newer_map')} shows the better map that is ready now"
        self._stage.status()

    def accept(self) -> None:
        """Show the newer map."""
        self._stage.offer = ""
        self._request(AcceptLayout())
        self._stage.status()

    def answered(self) -> None:
        """A key was pressed while an offer stood."""

    def changed(self, event: LayoutChanged) -> None:
        """Another layout is shown from its revision on."""
        self._stage.offer = ""
        moved = ""
        if event.drift_p95:
            moved = f"; half of the samples moved by less than {100 * event.drift_median:.0f} % of it"
        self._stage.say(f"the map is laid out anew ({printable(event.name)}){moved}")
        self._feed.refresh()

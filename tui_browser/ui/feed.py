"""Snapshots from the library to the screen: fetched and made ready in a thread, swapped in whole, the newest wins.

The first one comes in three steps, so that the first paint waits for nothing that it does not show: dots, then what
walking and searching need, then the vectors.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tui_browser.records import Snapshot
from tui_browser.ui.dates import dates
from tui_browser.ui.lane import Lane
from tui_browser.ui.memory import loaded, settle
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.world import World, complete, sketch

REST = 1.0
"""After a swap that took t seconds to make, at least REST * t pass before the next: the UI keeps its share."""


class Feed:
    """Keeps the world up to date with the library."""

    def __init__(
        self,
        library: LibraryLike,
        lane: Lane,
        *,
        swap: Callable[[World], None],
        after: Callable[[float, Callable[[], None]], object],
        look: Callable[[], tuple[str, int, float]],
        first: Callable[[], None] = lambda: None,
    ) -> None:
        """`swap` takes a new world on the UI thread; `look` gives (colour by, ramp steps, aspect) for the next one.

        `first` is called once, when the first world is shown, or could not be had.
        """
        self._library = library
        self._lane = lane
        self._swap = swap
        self._after = after
        self._look = look
        self._first = first
        self._shown: World | None = None
        self._held = False
        self._again = False

    def start(self) -> None:
        """Load the library for the first time."""
        by, steps, _ = self._look()

        def load() -> World:
            snapshot = self._library.snapshot(vectors=False)
            return sketch(snapshot, by=by, steps=steps, dates=dates(self._library, snapshot, by))

        self._lane.ask(load, self._show_sketch)

    def _show_sketch(self, world: World) -> None:
        self._show(world)
        self._tell_first()
        aspect = self._look()[2]

        def finish() -> World:
            whole = complete(world, aspect=aspect)
            settle()
            return whole

        self._lane.ask(finish, self._show_complete)

    def _show_complete(self, world: World) -> None:
        self._show(world)
        self._fetch()

    def refresh(self) -> None:
        """The library has changed: fetch it as soon as the last one is shown and digested."""
        if self._shown is None or self._held or self._lane.busy:
            self._again = True
            return
        self._fetch()

    def _fetch(self) -> None:
        self._again = False
        previous = self._shown
        by, steps, aspect = self._look()

        def load() -> tuple[World | None, float]:
            began = time.monotonic()
            old = previous.snapshot if previous is not None else None
            snapshot = self._library.snapshot(old)
            if previous is not None and _same(snapshot, previous.snapshot):
                return None, 0.0
            world = complete(
                sketch(snapshot, by=by, steps=steps, dates=dates(self._library, snapshot, by), previous=previous),
                aspect=aspect,
                previous=previous,
            )
            loaded(len(snapshot))
            return world, time.monotonic() - began

        self._lane.ask(load, self._show_fetched)

    def _show_fetched(self, result: tuple[World | None, float]) -> None:
        world, took_s = result
        if world is not None:
            self._show(world)
        self._held = True
        self._after(max(0.05, REST * took_s), self._digested)

    def failed(self) -> None:
        """A fetch has failed: what is shown stays, and what changed meanwhile is fetched a second later."""
        self._tell_first()
        self._held = True
        self._after(1.0, self._digested)

    def _tell_first(self) -> None:
        first, self._first = self._first, lambda: None
        first()

    def _digested(self) -> None:
        self._held = False
        if self._again:
            self.refresh()

    def _show(self, world: World) -> None:
        self._shown = world
        self._swap(world)

    def adopt(self, world: World) -> None:
        """The screen shows the same snapshot in other colours or for another shape of the screen."""
        if self._shown is not None and world.snapshot is self._shown.snapshot:
            self._shown = world


def _same(new: Snapshot, old: Snapshot) -> bool:
    return new.revision == old.revision and (new.vectors is None) == (old.vectors is None)

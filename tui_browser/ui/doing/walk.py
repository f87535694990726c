"""Walking with arrows on the map, or through the list; and back."""

from __future__ import annotations

from tui_browser.atlas.viewport import DOTS_Y
from tui_browser.ui.doing.base import Doing
from tui_browser.ui.walker import Direction


class Walking(Doing):
    """Up and down go through the list while it has the keys."""

    def do_walk_left(self) -> None:
        self._walk("left")

    def do_walk_right(self) -> None:
        self._walk("right")

    def do_walk_up(self) -> None:
        self._beside(-1) if self.panel.on_list else self._walk("up")

    def do_walk_down(self) -> None:
        self._beside(1) if self.panel.on_list else self._walk("down")

    def do_page_up(self) -> None:
        self._beside(1 - self.walker.listing.page)

    def do_page_down(self) -> None:
        self._beside(self.walker.listing.page - 1)

    def do_half_up(self) -> None:
        self._half(-1)

    def do_half_down(self) -> None:
        self._half(1)

    def _half(self, way: int) -> None:
        if self.panel.on_list:
            self._beside(way * max(1, self.walker.listing.page // 2))
            return
        shown, (x, y) = self.stage.widgets.map, self.walker.place
        view = shown.viewport
        rows = max(1, view.rows // 2)
        at = y - way * rows * DOTS_Y / view.scale[1]
        shown.look(view.pan(0, way * rows))
        world, mask = self.stage.world, self.session.sieve.mask
        row = world.walk.nearest((x, at), mask=mask) if world.walk is not None else None
        if row is not None:
            self.walker.heading = None
            self.walker.go_row(row)

    def do_first(self) -> None:
        self._beside(-len(self.stage.world))

    def do_last(self) -> None:
        self._beside(len(self.stage.world))

    def _walk(self, direction: Direction) -> None:
        if self.panel.on_list:
            return
        row = self.walker.step(direction)
        if row is not None:
            self.walker.go_row(row)
            self.walker.heading = direction

    def _beside(self, by: int) -> None:
        row = self.walker.listing.row_beside(by)
        if row is None:
            return
        sample = self.stage.world.id_at(row)
        if self.panel.searching:
            self.session.seeking.peek(sample)
        else:
            self.walker.heading = None
            self.walker.pick_from_list(sample)

    def do_back(self) -> None:
        if not self.walker.back():
            self.refuse("this is the start of your walk")

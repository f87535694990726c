"""Moving the cursor with arrows, through the list, and back."""

from __future__ import annotations

from tui_browser.map.viewport import DOTS_Y
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLES, Command, command
from tui_browser.ui.state.cursor import Direction

COMMANDS: tuple[Command, ...] = (
    command(
        "walk_left", "left h", "Left", "walk to the nearest sample on the left", "Walk", needs=SAMPLES, repeats=True
    ),
    command(
        "walk_down",
        "down j",
        "Down",
        "walk to the nearest sample below; next row in the list",
        "Walk",
        needs=SAMPLES,
        repeats=True,
    ),
    command(
        "walk_up",
        "up k",
        "Up",
        "walk to the nearest sample above; previous row in the list",
        "Walk",
        needs=SAMPLES,
        repeats=True,
    ),
    command(
        "walk_right", "right l", "Right", "walk to the nearest sample on the right", "Walk", needs=SAMPLES, repeats=True
    ),
    command("page_up", "pageup", "Page up", "a page up in the list", "Walk", needs=SAMPLES, repeats=True),
    command("page_down", "pagedown", "Page down", "a page down in the list", "Walk", needs=SAMPLES, repeats=True),
    command("half_up", "ctrl+u", "Half up", "half a screen up", "Walk", needs=SAMPLES, repeats=True),
    command("half_down", "ctrl+d", "Half down", "half a screen down", "Walk", needs=SAMPLES, repeats=True),
    command("first", "home", "First", "first row of the list", "Walk", needs=SAMPLES),
    command("last", "end", "Last", "last row of the list", "Walk", needs=SAMPLES),
    command(
        "back",
        "b",
        "Back",
        "back to the previous sample, and the ones before it",
        "Walk",
        needs=("trail",),
        hint=9,
        repeats=True,
    ),
)


class CursorCommands(CommandGroup):
    """Up and down go through the list while it has the keys."""

    def do_walk_left(self) -> None:
        self._walk("left")

    def do_walk_right(self) -> None:
        self._walk("right")

    def do_walk_up(self) -> None:
        self._step_in_list(-1) if self.panel.on_list else self._walk("up")

    def do_walk_down(self) -> None:
        self._step_in_list(1) if self.panel.on_list else self._walk("down")

    def do_page_up(self) -> None:
        self._go_in_list(1 - self.cursor.listing.page)

    def do_page_down(self) -> None:
        self._go_in_list(self.cursor.listing.page - 1)

    def do_half_up(self) -> None:
        self._half_screen(-1)

    def do_half_down(self) -> None:
        self._half_screen(1)

    def _half_screen(self, direction: int) -> None:
        if self.panel.on_list:
            self._go_in_list(direction * max(1, self.cursor.listing.page // 2))
            return
        shown, (x, y) = self.presenter.widgets.map, self.cursor.place
        view = shown.viewport
        rows = max(1, view.rows // 2)
        target_y = y - direction * rows * DOTS_Y / view.scale[1]
        shown.look(view.pan(0, direction * rows))
        map_model, mask = self.state.map_model, self.state.visibility.mask
        row = map_model.walk.nearest((x, target_y), mask=mask) if map_model.walk is not None else None
        if row is not None:
            self.state.cursor.heading = None
            self.cursor.go_row(row)

    def do_first(self) -> None:
        self._go_in_list(-len(self.state.map_model))

    def do_last(self) -> None:
        self._go_in_list(len(self.state.map_model))

    def _walk(self, direction: Direction) -> None:
        if self.panel.on_list:
            return
        row = self.cursor.step(direction)
        if row is not None:
            self.cursor.go_row(row)
            self.state.cursor.heading = direction

    def _step_in_list(self, by: int) -> None:
        """One row further; on an empty search line the queries of before."""
        search = self.controllers.search
        query = search.older_query(by, self.state.search.text) if self.panel.searching else None
        if query is None:
            self._go_in_list(by)
        else:
            self.panel.show_search_line(True, text=query)
            search.search(query)

    def _go_in_list(self, by: int) -> None:
        row = self.cursor.listing.row_beside(by)
        if row is None:
            return
        sample = self.state.map_model.id_at(row)
        if self.panel.searching:
            self.controllers.search.preview(sample)
        else:
            self.state.cursor.heading = None
            self.cursor.go_in_list(sample)

    def do_back(self) -> None:
        if not self.cursor.back():
            self.refuse("this is the start of your walk")

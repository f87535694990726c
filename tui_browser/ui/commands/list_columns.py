"""The list as a table: which columns it has, and what it is ordered by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_browser.ui.commands.group import CommandGroup, MainPanel
from tui_browser.ui.commands.search_steps import SearchSteps
from tui_browser.ui.dialogs.column_actions import ColumnActions
from tui_browser.ui.keys.command import COLUMNS, SAMPLES, Choice, Command, command

if TYPE_CHECKING:  # numpy: the table of commands stays cheap to import
    from tui_browser.search.conditions import SortKey
    from tui_browser.ui.controllers.controllers import Controllers

_GROUP = "Columns"
_MAP_ORDER = "map order"

COMMANDS: tuple[Command, ...] = (
    command(
        "sort_list", ":", "Sort", "order the list by a column; by the same one again: the other way round", "Find",
        needs=SAMPLES,
    ),
    command(
        "list_columns", "", "Columns", "choose and order the columns of the list: class, tempo, key, tags ...", "Look",
        needs=SAMPLES,
    ),
    *(
        command(id, keys, label, help, _GROUP, screens=(COLUMNS,), hint=hint)
        for id, keys, label, help, hint in (
            ("column_up", "up k", "Up", "previous column", 0),
            ("column_down", "down j tab", "Down", "next column", 0),
            ("column_toggle", "space enter x", "Show", "show the column in the list, or do not", 1),
            ("column_earlier", "left h shift+up K", "Earlier", "move the column to the left", 2),
            ("column_later", "right l shift+down J", "Later", "move the column to the right", 3),
            ("column_reset", "0", "As usual", "name, folder and length", 4),
            ("column_close", "escape q", "Close", "back to the map", 5),
        )
    ),
)  # fmt: skip


class ListCommands(CommandGroup):
    """An order is a piece of the query, `sort:`: it stands on the search line, is kept, undone and saved with it."""

    def __init__(self, controllers: Controllers, panel: MainPanel) -> None:
        super().__init__(controllers, panel)
        self._steps = SearchSteps(controllers, panel)

    def do_list_columns(self) -> None:
        columns = self.controllers.list_columns
        self.panel.show_columns(ColumnActions(chosen=lambda: columns.chosen, choose=columns.choose))

    def do_sort_list(self) -> None:
        from tui_browser.ui.state.list_columns import COLUMNS as LIST_TABLE

        order, chosen = self._order(), self.controllers.list_columns.chosen
        shown_first = [*chosen, *(name for name in LIST_TABLE if name not in chosen)]
        choices = [
            Choice(name, name, self._about(LIST_TABLE[name].sort, order))
            for name in shown_first
            if LIST_TABLE[name].sort
        ]
        if order is not None:
            choices.append(
                Choice(_MAP_ORDER, _MAP_ORDER, "no order of its own: what is close on the map is close here")
            )
        self.panel.choose("Sort by", choices, self.sort_by)

    def sort_by(self, name: str) -> None:
        """Order the list by a column; by the same one again the other way round."""
        from tui_browser.search.conditions import SortKey
        from tui_browser.search.reordered import reordered
        from tui_browser.ui.state.list_columns import COLUMNS as LIST_TABLE

        if self.state.cursor.neighbours is not None:
            self.refuse(f"neighbours come nearest first: {self.first_key('clear')} ends them")
            return
        key: SortKey | None = None
        if name != _MAP_ORDER:
            column, order = LIST_TABLE[name], self._order()
            if not column.sort:
                self.refuse(f"the list cannot be sorted by {name}")
                return
            same = order is not None and order.column == column.sort
            descending = not order.descending if order is not None and same else column.highest_first
            key = SortKey(column.sort, descending)
        self._show(reordered(self.state.search.text, key))

    def _order(self) -> SortKey | None:
        matches = self.state.search.matches
        return matches.query.sort[0] if matches is not None and matches.query.sort else None

    @staticmethod
    def _about(column: str, order: SortKey | None) -> str:
        if order is None or order.column != column:
            return ""
        return f"now {'the highest' if order.descending else 'the lowest'} first; again: the other way round"

    def _show(self, text: str) -> None:
        """Show what the query finds in its new order, from its first sample on."""
        before = self._steps.look()
        if text:
            self.panel.search_for(text)
        elif self.presenter.widgets.search.display:
            self.controllers.search.end()
            self.panel.show_search_line(False, text="")
        self.panel.leave_search_line(on_list=True)
        self._steps.note("order", before)

"""Copies: folds them into stacks, or shows each; and searches the library for them."""

from __future__ import annotations

from tui_browser.service.messages import FindCopies
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLES, Command, command

COMMANDS: tuple[Command, ...] = (
    command(
        "fold_copies", "\\", "Copies", "fold copies into the first one with their number, or show each", "Look",
        needs=SAMPLES,
    ),
    command(
        "find_copies", "", "Find copies", "compare all sounds: copies that are louder, trimmed or coded", "Library",
        needs=SAMPLES,
    ),
)  # fmt: skip


class CopyCommands(CommandGroup):
    """List, arrows and neighbours leave folded copies out; the map keeps their dots."""

    def do_fold_copies(self) -> None:
        state = self.state
        if state.map_model.stacks is None:
            self.refuse("no copies are known; Find copies in the palette searches for them")
            return
        visibility = state.visibility
        visibility.fold = not visibility.fold
        if visibility.fold and state.row is not None:
            first = state.map_model.stacks.standing_for(state.row, visibility.mask)
            if first is not None:
                self.controllers.cursor.go(state.map_model.id_at(first))
        self.presenter.show_map()
        self.presenter.show_list()
        self.presenter.show_header()
        self.say("copies are folded into one" if visibility.fold else "every copy is shown")

    def do_find_copies(self) -> None:
        self.controllers.request(FindCopies())

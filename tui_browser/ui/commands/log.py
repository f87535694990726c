"""The log pane: what was said and done."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import Command, command

COMMANDS: tuple[Command, ...] = (
    command("log", "I", "Log", "what was said and done, with the time, below the map; again hides it", "Look"),
)


class LogCommands(CommandGroup):
    """Shows and hides the log pane."""

    def do_log(self) -> None:
        self.presenter.widgets.log.toggle()
        self.presenter.widgets.log.tell(self.state.log.entries)

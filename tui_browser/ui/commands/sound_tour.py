"""A tour of sounds in which neighbours follow each other."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLES, Command, command

COMMANDS: tuple[Command, ...] = (
    command(
        "sound_tour",
        "",
        "Listening tour",
        "play the beginnings of what is listed, each followed by a near one; any key stops on what you hear",
        "Hear",
        needs=SAMPLES,
    ),
)


class SoundTourCommands(CommandGroup):
    """The tour begins here; any key ends it."""

    def do_sound_tour(self) -> None:
        if reason := self.controllers.sound_tour.start():
            self.refuse(reason)

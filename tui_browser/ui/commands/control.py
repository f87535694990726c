"""Hand over: gives samples to the editors and scripts that listen at the control socket."""

from __future__ import annotations

import os

from tui_browser.errors import counted, printable
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLE, Command, command

COMMANDS: tuple[Command, ...] = (
    command(
        "hand_over",
        "ctrl+g",
        "Hand over",
        "give the sample, or all selected ones, to the editors and scripts that listen",
        "Keep",
        needs=SAMPLE,
    ),
)


class ControlCommands(CommandGroup):
    """What a person does for whoever listens."""

    def do_hand_over(self) -> None:
        control = self.controllers.control
        if not control.is_open:
            self.refuse("editors and scripts cannot listen: --control, or control = true in the settings, lets them")
            return
        rows, names, path = self.chosen_rows(), self.state.map_model.snapshot.names, self.state.path
        paths = [names[row] for row in rows] if rows else [path or b""]
        listeners = control.publish("picked", {"paths": [os.fsdecode(each) for each in paths]})
        if not listeners:
            self.refuse("nobody listens: tui-browser control events does, and editors may")
            return
        what = printable(paths[0]) if len(paths) == 1 else counted(len(paths), "sample")
        self.say(f"handed to {counted(listeners, 'listener')}: {what}")

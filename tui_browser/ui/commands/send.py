"""Send: plays or loads the selected samples, else the one under the cursor, in another program."""

from __future__ import annotations

from tui_browser.config.places import config_file
from tui_browser.config.send_targets import SendTarget
from tui_browser.config.templates import TemplateSample
from tui_browser.errors import BrowserError, printable
from tui_browser.folder.sample_path import refusal
from tui_browser.kits.sending import choose_target
from tui_browser.ui.commands.edits import template_guest, template_sample
from tui_browser.ui.commands.group import MANY, CommandGroup
from tui_browser.ui.keys.command import SAMPLE, Choice, Command, command

COMMANDS: tuple[Command, ...] = (
    command(
        "send",
        "ctrl+o",
        "Send",
        "play or load the sample, or all selected ones, in SuperDirt, Sonic Pi or another program",
        "Keep",
        needs=SAMPLE,
    ),
)

MOST_SENT = 1_000
"""Samples sent at once; each takes up to a twentieth of a second."""


class SendCommands(CommandGroup):
    """Off until the settings name a target; of several, a list asks which."""

    def do_send(self) -> None:
        targets = self.controllers.sending.targets
        if len(targets) > 1:
            choices = [
                Choice(name, printable(name), f"{each.kind} at {each.host}:{each.port}")
                for name, each in targets.items()
            ]
            self.panel.choose("Send to", choices, lambda name: self._send(targets[name]))
            return
        try:
            self._send(choose_target(targets, None, config_path=config_file()))
        except BrowserError as error:
            self.refuse(str(error))

    def _send(self, target: SendTarget) -> None:
        state = self.state
        guest = state.guest if state.on_guest and not len(state.selection) else None
        samples = [template_guest(guest)] if guest is not None else self._chosen()
        if len(samples) > MOST_SENT:
            self.refuse(f"{len(samples):,} samples are selected: at most {MOST_SENT:,} are sent at once")
        elif len(samples) >= MANY:
            question = f"Send {len(samples):,} samples to {printable(target.name)}?"
            self.panel.confirm(question, then=lambda: self.controllers.sending.send(target, samples))
        elif samples:
            self.controllers.sending.send(target, samples)

    def _chosen(self) -> list[TemplateSample]:
        """The selected samples, else the one under the cursor; says why if there are none."""
        map_model, rows = self.state.map_model, self.chosen_rows()
        names, roots = map_model.snapshot.names, map_model.roots
        sendable = [row for row in rows if not (roots and refusal(names[row], roots))]
        if rows and not sendable:
            self.refuse(f"this file is not sent: {refusal(names[rows[0]], roots)}")
        return [template_sample(map_model, row) for row in sendable]

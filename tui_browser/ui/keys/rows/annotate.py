"""Keeping samples and handing them on."""

from __future__ import annotations

from tui_browser.ui.keys.command import Command, command

GROUP = "Keep"

COMMANDS: tuple[Command, ...] = (
    command("copy", "y", "Copy path", "copy the absolute path; it is shown as well", GROUP, one=True, hint=4),
    command(
        "copy_as",
        "Y",
        "Copy as",
        "copy it quoted, as a file URI, for Tidal, SuperCollider, Sonic Pi ...",
        GROUP,
        one=True,
    ),
    command("cut", "e", "Cut a WAV", "write the hit that sounds, or all from here on, as a WAV", GROUP, one=True),
    command("favourite", "f", "Favourite", "make it a favourite, or no longer", GROUP, one=True, hint=7),
    command("tag", "t", "Tag", "give it tags, or take them away", GROUP, one=True, hint=14),
)

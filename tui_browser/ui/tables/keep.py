"""Keeping samples and handing them on."""

from __future__ import annotations

from tui_browser.ui.command import Command, command

GROUP = "Keep"

COMMANDS: tuple[Command, ...] = (
    command("copy", "y", "Copy path", "copy the full path; it is shown as well", GROUP, one=True, hint=4),
    command(
        "copy_as",
        "Y",
        "Copy as",
        "copy the path quoted, as a file URI, or for Tidal, SuperCollider, Sonic Pi ...",
        GROUP,
        one=True,
    ),
    command(
        "cut",
        "e",
        "Cut a WAV",
        "write the hit that is playing, or the rest, as a WAV",
        GROUP,
        one=True,
    ),
    command("favourite", "f", "Favourite", "make the sample a favourite, or no longer", GROUP, one=True, hint=7),
    command("tag", "t", "Tag", "edit the tags of the sample", GROUP, one=True, hint=14),
)

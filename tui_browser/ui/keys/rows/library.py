"""The library as a whole."""

from __future__ import annotations

from tui_browser.ui.keys.command import Command, command

GROUP = "Library"

COMMANDS: tuple[Command, ...] = (
    command("roots", "R", "Folders", "the folders of the library: add, forget, counts", GROUP, hint=15),
    command("rescan", "", "Look again", "compare all folders with the disk now", GROUP),
    command("refit", "", "Refit the map", "work the whole map out anew from all samples", GROUP, place=True),
)

"""The library as a whole."""

from __future__ import annotations

from tui_browser.ui.command import Command, command

GROUP = "Library"

COMMANDS: tuple[Command, ...] = (
    command("roots", "R", "Folders", "the folders of the library: add, forget, scan", GROUP, hint=15),
    command("rescan", "", "Scan again", "scan all folders for changes now", GROUP),
    command("refit", "", "Refit the map", "fit the map again from all samples", GROUP, place=True),
)

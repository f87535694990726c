"""The library as a whole, palette, help, tour, and quitting."""

from __future__ import annotations

from tui_browser.service.messages import Rescan
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLES, Command, command

COMMANDS: tuple[Command, ...] = (
    command("roots", "R", "Folders", "the folders of the library: add, forget, scan", "Library", hint=15),
    command("rescan", "", "Scan again", "scan all folders for changes now", "Library"),
    command("palette", "ctrl+p", "Palette", "find a command by its name", "App"),
    command("help", "?", "Help", "all keys", "App", hint=5),
    command("tour", "", "Tour", "learn the main keys in seven steps", "App", needs=SAMPLES),
    command("quit", "q", "Quit", "quit", "App", hint=16),
)


class AppCommands(CommandGroup):
    """Other screens than the map, and quitting."""

    def do_rescan(self) -> None:
        self.controllers.request(Rescan())
        self.say("scanning all folders")

    def do_roots(self) -> None:
        self.panel.show_roots()

    def do_palette(self) -> None:
        self.panel.show_palette()

    def do_tour(self) -> None:
        self.controllers.tour.begin()

    def do_help(self) -> None:
        self.panel.show_help()

    def do_quit(self) -> None:
        self.panel.quit()

"""The free cursor: arrows move it over the map, past any sample, and sounds are made where it points."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import PLACE, SAMPLES, Command, command

_FAR = (8, 4)
"""Columns and rows of a long step."""

COMMANDS: tuple[Command, ...] = (
    command(
        "free_cursor",
        "i",
        "Free cursor",
        "move the cursor freely over the map, to make a sound at an empty place",
        "Make",
        needs=SAMPLES,
    ),
    command("place_left", "left h", "Left", "move left", "Make", screens=(PLACE,), repeats=True),
    command("place_down", "down j", "Down", "move down", "Make", screens=(PLACE,), repeats=True),
    command("place_up", "up k", "Up", "move up", "Make", screens=(PLACE,), repeats=True),
    command("place_right", "right l", "Right", "move right", "Make", screens=(PLACE,), repeats=True),
    command("place_far_left", "shift+left H", "Far left", "a long step left", "Make", screens=(PLACE,), repeats=True),
    command("place_far_down", "shift+down J", "Far down", "a long step down", "Make", screens=(PLACE,), repeats=True),
    command("place_far_up", "shift+up K", "Far up", "a long step up", "Make", screens=(PLACE,), repeats=True),
    command(
        "place_far_right", "shift+right L", "Far right", "a long step right", "Make", screens=(PLACE,), repeats=True
    ),
    command("place_make", "g enter", "Make here", "make a sound here", "Make", screens=(PLACE,), hint=1),
    command("place_vary", ".", "Vary", "make a variation of the sound made here", "Make", screens=(PLACE,), hint=2),
    command("place_play", "space p", "Hear", "hear the made sound again", "Make", screens=(PLACE,), hint=3),
    command("place_before", "u B", "Before", "the sound made before", "Make", screens=(PLACE,), hint=4),
    command("place_after", "ctrl+r O", "After", "the sound made after", "Make", screens=(PLACE,), hint=5),
    command("place_keep", "W", "Save", "save the made sound", "Make", screens=(PLACE,), hint=6),
    command(
        "place_leave", "escape i q", "Back", "back to the sample; while a sound is made: cancel", "Make",
        screens=(PLACE,), hint=7,
    ),
)  # fmt: skip


class PlaceCommands(CommandGroup):
    """Keys that this part has no use for act as ever: zoom, layouts, the log."""

    def do_free_cursor(self) -> None:
        self.panel.activate(False)
        self.controllers.free_cursor.start()
        self.panel.enter_mode(PLACE)

    def do_place_left(self) -> None:
        self.controllers.free_cursor.move(-1, 0)

    def do_place_right(self) -> None:
        self.controllers.free_cursor.move(1, 0)

    def do_place_up(self) -> None:
        self.controllers.free_cursor.move(0, -1)

    def do_place_down(self) -> None:
        self.controllers.free_cursor.move(0, 1)

    def do_place_far_left(self) -> None:
        self.controllers.free_cursor.move(-_FAR[0], 0)

    def do_place_far_right(self) -> None:
        self.controllers.free_cursor.move(_FAR[0], 0)

    def do_place_far_up(self) -> None:
        self.controllers.free_cursor.move(0, -_FAR[1])

    def do_place_far_down(self) -> None:
        self.controllers.free_cursor.move(0, _FAR[1])

    def do_place_make(self) -> None:
        self.panel.perform("make_here")

    def do_place_vary(self) -> None:
        sound = self.state.making.shown_sound
        if sound is None:
            self.refuse(f"nothing was made here yet: {self.first_key('place_make')} makes a sound")
        else:
            self.controllers.generation.vary_made(sound)

    def do_place_play(self) -> None:
        if self.state.making.sound is None:
            self.refuse(f"nothing was made yet: {self.first_key('place_make')} makes a sound here")
        elif self.state.playback.path == self.state.making.sound.path:
            self.controllers.playback.stop()
        else:
            self.controllers.made_sounds.hear()

    def do_place_before(self) -> None:
        self.panel.perform("made_before")

    def do_place_after(self) -> None:
        self.panel.perform("made_after")

    def do_place_keep(self) -> None:
        self.panel.perform("keep_made")

    def do_place_leave(self) -> None:
        if not self.controllers.generation.cancel():
            self.controllers.free_cursor.leave()
            self.panel.enter_mode("")

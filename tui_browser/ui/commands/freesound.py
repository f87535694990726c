"""Sounds from Freesound: the screen for them, its keys, and the way to what was fetched."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import FREESOUND, SAMPLE, Command, command

_ON_SCREEN = "Freesound"

COMMANDS: tuple[Command, ...] = (
    command("freesound", "F", "Freesound", "search Freesound, listen, and fetch sounds into the library", "Make"),
    command(
        "freesound_like",
        "",
        "Freesound like this",
        "search Freesound by the tags or the name of this sample",
        "Make",
        needs=SAMPLE,
    ),
    command("freesound_go", "", "Go to fetched", "go to the sounds that were fetched from Freesound last", "Go"),
    command("freesound_cancel", "", "Cancel fetching", "stop fetching from Freesound; what is complete stays", "Make"),
    command("sound_up", "up k", "Up", "previous result", _ON_SCREEN, screens=(FREESOUND,)),
    command("sound_down", "down j", "Down", "next result", _ON_SCREEN, screens=(FREESOUND,)),
    command("sound_page_up", "pageup", "Page up", "a page of results up", _ON_SCREEN, screens=(FREESOUND,)),
    command("sound_page_down", "pagedown", "Page down", "a page of results down", _ON_SCREEN, screens=(FREESOUND,)),
    command(
        "sound_listen", "space p", "Listen", "play the result, or stop it", _ON_SCREEN, screens=(FREESOUND,), hint=2
    ),
    command(
        "sound_auto",
        "a",
        "Auto-play",
        "play each result on which the cursor rests, on or off",
        _ON_SCREEN,
        screens=(FREESOUND,),
        hint=6,
    ),
    command(
        "sound_choose", "x", "Select", "select the result or not, and go on", _ON_SCREEN, screens=(FREESOUND,), hint=3
    ),
    command(
        "sound_fetch",
        "enter",
        "Fetch",
        "fetch the selected results, or this one, into the library",
        _ON_SCREEN,
        screens=(FREESOUND,),
        hint=1,
    ),
    command(
        "sound_cancel",
        "c",
        "Cancel",
        "stop fetching; what is complete stays",
        _ON_SCREEN,
        screens=(FREESOUND,),
        hint=8,
    ),
    command("sound_search", "/ i", "Search", "type another search", _ON_SCREEN, screens=(FREESOUND,), hint=4),
    command(
        "sound_switch",
        "tab",
        "List",
        "from the search line to the results, and back",
        _ON_SCREEN,
        screens=(FREESOUND,),
    ),
    command(
        "sound_example",
        "e",
        "Like this",
        "search by the tags or the name of the sample under the cursor of the map; its sound is not sent",
        _ON_SCREEN,
        screens=(FREESOUND,),
        hint=5,
    ),
    command(
        "sound_close",
        "escape q",
        "Close",
        "back to the map; fetching goes on",
        _ON_SCREEN,
        screens=(FREESOUND,),
        hint=9,
    ),
)


class FreesoundCommands(CommandGroup):
    """The commands of the map; those of the screen are in `dialogs/freesound.py`."""

    def do_freesound(self) -> None:
        self.controllers.freesound.open()
        self.panel.open_freesound()

    def do_freesound_like(self) -> None:
        self.controllers.freesound.open()
        self.controllers.freesound.search_like()
        self.panel.open_freesound()

    def do_freesound_go(self) -> None:
        self.controllers.fetched_arrivals.go()

    def do_freesound_cancel(self) -> None:
        if not self.controllers.freesound.cancel_fetch():
            self.refuse("nothing is being fetched from Freesound")

"""The visualiser: scenes that move with the sound, in place of the map or beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLES, VISUALISER, Command, command

if TYPE_CHECKING:
    from tui_browser.ui.controllers.visualiser import Place

GROUP = "Visualise"

COMMANDS: tuple[Command, ...] = (
    command("visualise", "v", "Visualise", "a scene that moves with the sound", GROUP, needs=SAMPLES, hint=14),
    command("breathe", "", "Breathe", "light the sample that plays and those around it, on or off", GROUP),
    command("scene_next", "v", "Next scene", "the next scene", GROUP, hint=2, screens=(VISUALISER,)),
    command(
        "scene_remap",
        "r",
        "Remap",
        "let other features of the sound move the scene",
        GROUP,
        hint=3,
        screens=(VISUALISER,),
    ),
    command(
        "scene_place", "V", "Full / beside", "the whole screen, or beside the map", GROUP, hint=4, screens=(VISUALISER,)
    ),
    command(
        "scene_playlist",
        "enter",
        "Play all",
        "play the list from here, round and round",
        GROUP,
        hint=5,
        screens=(VISUALISER,),
    ),
    command("scene_skip", "]", "Next sample", "play the next sample of the list", GROUP, hint=6, screens=(VISUALISER,)),
    command("scene_leave", "escape q", "Leave", "back to the map", GROUP, hint=1, screens=(VISUALISER,)),
)


class VisualiseCommands(CommandGroup):
    """Which scene is shown, where, and what plays."""

    def do_visualise(self) -> None:
        visualiser = self.controllers.visualiser
        self._put("full")
        if self.state.playback.path is None:
            play, playlist = self.first_key("play"), self.first_key("scene_playlist")
            self.say(f"{visualiser.title}: {play} plays the sample, {playlist} plays the list")

    def do_scene_leave(self) -> None:
        self._put("off")

    def do_scene_next(self) -> None:
        self.say(self.controllers.visualiser.next_scene())

    def do_scene_remap(self) -> None:
        self.say(f"{self.controllers.visualiser.title}, mapping {self.controllers.visualiser.remap()}")

    def do_scene_place(self) -> None:
        self._put("beside" if self.controllers.visualiser.place == "full" else "full")

    def do_scene_playlist(self) -> None:
        self.controllers.playback_settings.play_all()

    def do_scene_skip(self) -> None:
        self.controllers.playback_settings.skip()

    def do_breathe(self) -> None:
        on = self.controllers.breath.switch()
        self.say("the map lights up with the sound" if on else "the map stays as it is while sounds play")

    def _put(self, place: Place) -> None:
        self.panel.show_scene(place)
        self.controllers.visualiser.show(place)

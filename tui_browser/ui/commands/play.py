"""Playback: play and stop, volume, speed, loop, seeking, slices, all in turn."""

from __future__ import annotations

from dataclasses import replace

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLE, SAMPLES, Command, command
from tui_browser.ui.state.playback import PlaybackOptions

COMMANDS: tuple[Command, ...] = (
    command("play", "space p", "Play", "play the sample; stop it while it sounds", "Hear", needs=SAMPLE, hint=1),
    command("auto_play", "a", "Auto-play", "play each sample that you walk to, on or off", "Hear", hint=8),
    command("louder", ">", "Louder", "louder", "Hear", repeats=True),
    command("quieter", "<", "Quieter", "quieter", "Hear", repeats=True),
    command("faster", "}", "Faster", "a whole tone faster and higher, up to twice the speed", "Hear", repeats=True),
    command("slower", "{", "Slower", "a whole tone slower and lower, down to half the speed", "Hear", repeats=True),
    command("loop", "o", "Loop", "loop the sound, on or off", "Hear"),
    command("seek_on", ";", "Forward", "5 seconds forward in a long sound", "Hear", needs=("sounding",)),
    command("seek_back", ",", "Rewind", "5 seconds back in a long sound", "Hear", needs=("sounding",)),
    command("hit_next", ")", "Next slice", "play the next slice of a long sound", "Hear", needs=SAMPLE),
    command("hit_back", "(", "Previous slice", "play the previous slice of a long sound", "Hear", needs=SAMPLE),
    command("play_all", "A", "Play all", "play the list from here until a key is pressed", "Hear", needs=SAMPLES),
)

SEEK_S = 5.0


class PlayCommands(CommandGroup):
    """What sounds, and how."""

    def do_play(self) -> None:
        path = self.state.path
        if path is None:
            return
        if self.state.missing:
            self.refuse("the file is missing")
            return
        self.controllers.playback.toggle(path)

    def do_auto_play(self) -> None:
        auto = not self.state.playback.auto
        self.controllers.playback_settings.set_auto_play(auto)
        self.say("auto-play on: each sample plays when you reach it" if auto else "auto-play off")

    def do_louder(self) -> None:
        self._set_options(self.state.playback.options.louder(1))

    def do_quieter(self) -> None:
        self._set_options(self.state.playback.options.louder(-1))

    def do_faster(self) -> None:
        self._set_options(self.state.playback.options.faster(1))

    def do_slower(self) -> None:
        self._set_options(self.state.playback.options.faster(-1))

    def do_loop(self) -> None:
        options = self.state.playback.options
        self._set_options(replace(options, loop=not options.loop))

    def _set_options(self, options: PlaybackOptions) -> None:
        if options == self.state.playback.options:
            self.refuse("this is the limit")
            return
        self.controllers.playback_settings.set_options(options)
        self.say(self.panel.theme_styles.dot.join(options.words()) or "volume, speed and loop as usual")

    def do_seek_on(self) -> None:
        self.controllers.playback.seek(SEEK_S)

    def do_seek_back(self) -> None:
        self.controllers.playback.seek(-SEEK_S)

    def do_play_all(self) -> None:
        self.controllers.playback_settings.play_all()

    def do_hit_next(self) -> None:
        self._play_slice(1)

    def do_hit_back(self) -> None:
        self._play_slice(-1)

    def _play_slice(self, by: int) -> None:
        path, sample = self.file_under_cursor()
        if path is not None:
            self.controllers.slices.play_beside(path, sample, by)

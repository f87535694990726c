"""Hearing samples."""

from __future__ import annotations

from tui_browser.ui.command import Command, command

GROUP = "Hear"

COMMANDS: tuple[Command, ...] = (
    command("play", "space p", "Play", "play the sample; stop it while it sounds", GROUP, one=True, hint=1),
    command("auto_play", "a", "Auto-play", "play each sample that you walk to, on or off", GROUP, hint=8),
    command("louder", ">", "Louder", "louder", GROUP, repeats=True),
    command("quieter", "<", "Quieter", "quieter", GROUP, repeats=True),
    command("faster", "}", "Faster", "a whole tone faster and higher, up to twice the speed", GROUP, repeats=True),
    command("slower", "{", "Slower", "a whole tone slower and lower, down to half the speed", GROUP, repeats=True),
    command("loop", "o", "Loop", "loop the sound, on or off", GROUP),
    command("seek_on", ";", "Forward", "5 seconds forward in a long sound", GROUP, needs=("sounding",)),
    command("seek_back", ",", "Rewind", "5 seconds back in a long sound", GROUP, needs=("sounding",)),
    command("hit_next", ")", "Next hit", "play the next hit of a long sound", GROUP, one=True),
    command("hit_back", "(", "Previous hit", "play the previous hit of a long sound", GROUP, one=True),
    command("play_all", "A", "Play all", "play the list from here until a key is pressed", GROUP, place=True),
)

"""Hearing samples."""

from __future__ import annotations

from tui_browser.ui.keys.command import Command, command

GROUP = "Hear"

COMMANDS: tuple[Command, ...] = (
    command("play", "space p", "Play", "play the sample; stop it while it sounds", GROUP, one=True, hint=1),
    command("auto_play", "a", "Auto-play", "play each sample on which the walk rests, on or off", GROUP, hint=8),
    command("louder", ">", "Louder", "louder, all that is heard", GROUP, repeats=True),
    command("quieter", "<", "Quieter", "quieter", GROUP, repeats=True),
    command("faster", "}", "Faster", "a whole tone faster and higher, up to twice", GROUP, repeats=True),
    command("slower", "{", "Slower", "a whole tone slower and lower, down to half", GROUP, repeats=True),
    command("loop", "o", "Loop", "over and over, or once", GROUP),
    command("seek_on", ";", "Later", "five seconds on in a long sound", GROUP, needs=("sounding",)),
    command("seek_back", ",", "Earlier", "five seconds back in it", GROUP, needs=("sounding",)),
    command("hit_next", ")", "Next hit", "on to the next hit of a long sound, heard from its onset", GROUP, one=True),
    command("hit_back", "(", "Last hit", "back to the hit before it", GROUP, one=True),
    command("play_all", "A", "Play all", "play the list in turn from here, until a key is pressed", GROUP, place=True),
)

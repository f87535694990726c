"""Making sounds that were not there before."""

from __future__ import annotations

from tui_browser.ui.command import Command, command

GROUP = "Make"

COMMANDS: tuple[Command, ...] = (
    command("vary", ".", "Vary", "make a variation of this sample; each press makes another", GROUP, one=True),
    command("mix", "G", "Mix", "mix the selected samples, or this one and the previous one", GROUP, one=True),
    command(
        "make_here",
        "g",
        "Make here",
        "make a sound for this place of the map, or for the empty place that you clicked",
        GROUP,
        one=True,
    ),
    command("keep_made", "W", "Save sound", "save the last made sound in a folder, with its lineage", GROUP),
)

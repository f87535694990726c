"""Making sounds that were not there before."""

from __future__ import annotations

from tui_browser.ui.keys.command import Command, command

GROUP = "Make"

COMMANDS: tuple[Command, ...] = (
    command("vary", ".", "Vary", "a new variation of this sample; each press makes another", GROUP, one=True),
    command("mix", "G", "Mix", "a mix of the selected samples, or of this one and the one before", GROUP, one=True),
    command(
        "make_here",
        "g",
        "Make here",
        "the sound that belongs to this place of the map, or to the empty one that was clicked",
        GROUP,
        one=True,
    ),
    command("keep_made", "W", "Keep sound", "copy the sound that was made into a folder, with its lineage", GROUP),
)

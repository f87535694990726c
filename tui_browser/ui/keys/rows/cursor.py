"""Going from sample to sample."""

from __future__ import annotations

from tui_browser.ui.keys.command import Command, command

GROUP = "Walk"

COMMANDS: tuple[Command, ...] = (
    command("walk_left", "left h", "Left", "walk to the nearest sample on the left", GROUP, place=True, repeats=True),
    command(
        "walk_down",
        "down j",
        "Down",
        "walk to the nearest sample below; next row in the list",
        GROUP,
        place=True,
        repeats=True,
    ),
    command(
        "walk_up",
        "up k",
        "Up",
        "walk to the nearest sample above; previous row in the list",
        GROUP,
        place=True,
        repeats=True,
    ),
    command(
        "walk_right", "right l", "Right", "walk to the nearest sample on the right", GROUP, place=True, repeats=True
    ),
    command("page_up", "pageup", "Page up", "a page up in the list", GROUP, place=True, repeats=True),
    command("page_down", "pagedown", "Page down", "a page down in the list", GROUP, place=True, repeats=True),
    command("half_up", "ctrl+u", "Half up", "half a screen up", GROUP, place=True, repeats=True),
    command(
        "half_down",
        "ctrl+d",
        "Half down",
        "half a screen down",
        GROUP,
        place=True,
        repeats=True,
    ),
    command("first", "home", "First", "first row of the list", GROUP, place=True),
    command("last", "end", "Last", "last row of the list", GROUP, place=True),
    command(
        "back",
        "b",
        "Back",
        "back along the trail of samples that you came by",
        GROUP,
        needs=("trail",),
        hint=9,
        repeats=True,
    ),
    command(
        "go_class",
        "z",
        "To class",
        "then the letter of a class: to its surest sample, the next ...",
        GROUP,
        place=True,
    ),
    command(
        "next_unheard",
        "]",
        "Unheard",
        "to a region near by with much that was not heard yet",
        GROUP,
        place=True,
        repeats=True,
    ),
    command("previous_unheard", "[", "Unheard, back", "back on that way", GROUP, place=True),
    command("set_mark", "M", "Mark", "then a letter: mark this place with it", GROUP, one=True),
    command("go_mark", "'", "To mark", "then a letter: to the place that was marked with it", GROUP, place=True),
)

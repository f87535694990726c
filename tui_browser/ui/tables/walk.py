"""Going from sample to sample."""

from __future__ import annotations

from tui_browser.ui.command import Command, command

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
        "back to the previous sample, and the ones before it",
        GROUP,
        needs=("trail",),
        hint=9,
        repeats=True,
    ),
    command(
        "go_class",
        "z",
        "To class",
        "then the letter of a class: go to its surest sample, then the next",
        GROUP,
        place=True,
    ),
    command(
        "next_unheard",
        "]",
        "Unheard",
        "go to a near region with many samples not heard yet",
        GROUP,
        place=True,
        repeats=True,
    ),
    command("previous_unheard", "[", "Unheard, back", "back to the region before it", GROUP, place=True),
    command("set_mark", "M", "Mark", "then a letter: set a mark with it here", GROUP, one=True),
    command("go_mark", "'", "To mark", "then a letter: go to the mark with this letter", GROUP, place=True),
)

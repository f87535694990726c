"""Finding samples by words and by sound."""

from __future__ import annotations

from tui_browser.ui.keys.command import Command, command

GROUP = "Find"

COMMANDS: tuple[Command, ...] = (
    command("search", "/", "Search", "search names, folders, classes and more, live", GROUP, place=True, hint=2),
    command("clear", "escape", "Clear", "end the search and bring back the view; end neighbours, guest", GROUP),
    command(
        "next_neighbour",
        "n",
        "Similar",
        "to the next most similar sound, hits in loops too, of where you first pressed it",
        GROUP,
        needs=("samples", "selection", "vectors"),
        hint=3,
        repeats=True,
    ),
    command(
        "previous_neighbour",
        "N",
        "Similar, back",
        "to the previous one in that list",
        GROUP,
        needs=("samples", "selection", "vectors"),
        repeats=True,
    ),
)

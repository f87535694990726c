"""Finding samples by words and by sound."""

from __future__ import annotations

from tui_browser.ui.command import Command, command

GROUP = "Find"

COMMANDS: tuple[Command, ...] = (
    command(
        "search",
        "/",
        "Search",
        "search names, folders, classes and more as you type",
        GROUP,
        place=True,
        hint=2,
    ),
    command(
        "clear",
        "escape",
        "Clear",
        "end neighbours, search, selection or filter: what began last",
        GROUP,
    ),
    command(
        "next_neighbour",
        "n",
        "Neighbour",
        "next neighbour: the most similar sounds in order, hits in loops too, from where you first pressed it",
        GROUP,
        needs=("samples", "selection", "vectors"),
        hint=3,
        repeats=True,
    ),
    command(
        "previous_neighbour",
        "N",
        "Neighbour back",
        "previous neighbour",
        GROUP,
        needs=("samples", "selection", "vectors"),
        repeats=True,
    ),
)

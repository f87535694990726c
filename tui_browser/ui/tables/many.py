"""Selecting many samples, and what the legend hides."""

from __future__ import annotations

from tui_browser.ui.command import LEGEND, MAIN, PICK, Command, command

GROUP = "Select"
UNDO = "Undo"

_ON_LEGEND = {"screens": (LEGEND,)}

COMMANDS: tuple[Command, ...] = (
    command("select", "x", "Select", "add the sample to the selection or remove it, and walk on", GROUP, one=True,
            hint=17, repeats=True),
    command("select_region", "X", "Select region", "select the samples around; each press selects more", GROUP,
            one=True, repeats=True),
    command("select_found", "*", "Select found", "select all that the search and the legend show", GROUP, place=True),
    command("select_by", "S", "Select by", "select a class or folder, invert the selection, or clear it", GROUP,
            place=True),
    command("select_none", "", "Select none", "clear the selection; undo brings it back", GROUP, needs=("chosen",)),
    command("export", "E", "Export", "copy the selected files, or all found ones, into a folder", GROUP,
            **{"screens": (MAIN, PICK), "needs": ("samples", "selection")}),
    command("legend", "s", "Legend", "move to the legend, to hide a class or show it alone",
            GROUP, place=True),
    command("legend_previous", "left h up k", "Previous", "previous entry", GROUP, hint=1, **_ON_LEGEND),
    command("legend_next", "right l down j", "Next", "next entry", GROUP, **_ON_LEGEND),
    command("legend_toggle", "space", "On / off", "hide its samples, or show them again", GROUP, hint=2, **_ON_LEGEND),
    command("legend_solo", "enter", "Alone", "show only its samples, or all again", GROUP, hint=3, **_ON_LEGEND),
    command("legend_all", "a", "All", "show all samples", GROUP, hint=4, **_ON_LEGEND),
    command("legend_select", "x", "Select", "select its samples", GROUP, hint=5, **_ON_LEGEND),
    command("legend_colours", "c", "Colour", "colour by something else", GROUP, hint=6, **_ON_LEGEND),
    command("legend_leave", "escape s tab q", "Back", "back to the map", GROUP, hint=7, **_ON_LEGEND),
    command("undo", "u", "Undo", "undo the last edit, selection or change of view", UNDO, repeats=True),
    command("redo", "ctrl+r", "Redo", "redo what was undone", UNDO, repeats=True),
)  # fmt: skip

"""Selecting many samples, and what the legend hides."""

from __future__ import annotations

from tui_browser.ui.keys.command import LEGEND, MAIN, PICK, Command, command

GROUP = "Select"
UNDO = "Undo"

_ON_LEGEND = {"screens": (LEGEND,)}

COMMANDS: tuple[Command, ...] = (
    command("select", "x", "Select", "take the sample into the selection, or out of it, and walk on", GROUP, one=True,
            hint=17, repeats=True),
    command("select_region", "X", "Select region", "select what lies around; pressed again, more of it", GROUP,
            one=True, repeats=True),
    command("select_found", "*", "Select found", "select all that the search and the legend leave", GROUP, place=True),
    command("select_by", "S", "Select by", "select a class, a kind of the legend, a folder; the others; none", GROUP,
            place=True),
    command("select_none", "", "Select none", "end the selection; undo brings it back", GROUP, needs=("chosen",)),
    command("export", "E", "Export", "copy the files of the selection, or of what was found, into a folder", GROUP,
            **{"screens": (MAIN, PICK), "needs": ("samples", "selection")}),
    command("legend", "s", "Legend", "let the arrow keys choose a kind of the legend, to hide it or see it alone",
            GROUP, place=True),
    command("legend_previous", "left h up k", "Previous", "the kind before", GROUP, hint=1, **_ON_LEGEND),
    command("legend_next", "right l down j", "Next", "the kind after it", GROUP, **_ON_LEGEND),
    command("legend_toggle", "space", "On / off", "show this kind or not", GROUP, hint=2, **_ON_LEGEND),
    command("legend_solo", "enter", "Alone", "show only this kind, or all again", GROUP, hint=3, **_ON_LEGEND),
    command("legend_all", "a", "All", "show all kinds", GROUP, hint=4, **_ON_LEGEND),
    command("legend_select", "x", "Select", "take all of this kind into the selection", GROUP, hint=5, **_ON_LEGEND),
    command("legend_colours", "c", "Colour", "colour by something else", GROUP, hint=6, **_ON_LEGEND),
    command("legend_leave", "escape s tab q", "Back", "back to the map", GROUP, hint=7, **_ON_LEGEND),
    command("undo", "u", "Undo", "take back the last edit, selection or change of view", UNDO, repeats=True),
    command("redo", "ctrl+r", "Redo", "do again what was taken back", UNDO, repeats=True),
)  # fmt: skip

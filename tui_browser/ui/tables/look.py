"""What part of the map is shown, and how."""

from __future__ import annotations

from tui_browser.ui.command import MAIN, Command, command

GROUP = "Look"

COMMANDS: tuple[Command, ...] = (
    command("pan_left", "shift+left H", "Pan left", "move the view to the left", GROUP, place=True, repeats=True),
    command("pan_down", "shift+down J", "Pan down", "move the view down", GROUP, place=True, repeats=True),
    command("pan_up", "shift+up K", "Pan up", "move the view up", GROUP, place=True, repeats=True),
    command("pan_right", "shift+right L", "Pan right", "move the view to the right", GROUP, place=True, repeats=True),
    command("zoom_in", "+ =", "Zoom in", "show less of the map, larger", GROUP, place=True, hint=10, repeats=True),
    command("zoom_out", "-", "Zoom out", "show more of the map", GROUP, place=True, repeats=True),
    command("fit", "0", "Fit", "show the whole map", GROUP, place=True, hint=11),
    command(
        "colour_by",
        "c",
        "Colour",
        "colour the map by class, length, pitch, folder ...; again for the next",
        GROUP,
        place=True,
        hint=12,
    ),
    command("colours", "C", "Colours", "the list of what the map can be coloured by", GROUP, place=True),
    command("grid", "m", "Map / grid", "show each sample in a cell of its own, or the map again", GROUP, place=True),
    command("layouts", "", "Layout", "choose a layout: near, UMAP, t-SNE, PCA, grid or axes", GROUP, place=True),
    command("axes", "", "Axes", "choose what right and up mean: length, pitch, a latent ...", GROUP, place=True),
    command("layout_back", "", "Layout back", "show the previous layout", GROUP, place=True),
    command("small_map", "", "Small map", "the whole map in a corner while zoomed in, on or off", GROUP, place=True),
    command("labels", "", "Labels", "labels of regions on the map, on or off", GROUP, place=True),
    command(
        "marks", "d", "Dots / names", "show samples as dots, with names or as marks; or by zoom", GROUP, place=True
    ),
    command("switch", "tab", "Map / list", "move between the map and the list", GROUP, place=True, hint=6),
    command("spectrum", "w", "Spectrum", "show the spectrogram, or the waveform again", GROUP, one=True),
    command("details", "enter", "Details", "all facts about the sample", GROUP, one=True, hint=13, screens=(MAIN,)),
    command("theme", "", "Theme", "choose a theme", GROUP),
    command(
        "newer_map",
        "r",
        "Newer map",
        "show or fit the newer map that is offered",
        GROUP,
        needs=("offer",),
    ),
)

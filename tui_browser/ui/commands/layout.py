"""Layouts: grid, axes, a newer layout, the previous one."""

from __future__ import annotations

from tui_browser.layouts.axes import axis_names, is_axes
from tui_browser.service.messages import ShowLayout, UndoLayout
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLES, Choice, Command, command

COMMANDS: tuple[Command, ...] = (
    command(
        "grid", "m", "Map / grid", "show each sample in a cell of its own, or the map again", "Look", needs=SAMPLES
    ),
    command("layouts", "", "Layout", "choose a layout: near, UMAP, t-SNE, PCA, grid or axes", "Look", needs=SAMPLES),
    command("axes", "", "Axes", "choose what right and up mean: length, pitch, a latent ...", "Look", needs=SAMPLES),
    command("layout_back", "", "Layout back", "show the previous layout", "Look", needs=SAMPLES),
    command("newer_map", "r", "Newer map", "show or fit the newer map that is offered", "Look", needs=("offer",)),
    command("refit", "", "Refit the map", "fit the map again from all samples", "Library", needs=SAMPLES),
)

MODEL_MAP = "map"
LAYOUTS = {
    MODEL_MAP: ("map", "the map that the model itself draws"),
    "near": ("near", "similar sounds close together"),
    "umap": ("UMAP", "similar sounds close together, by UMAP (needs the extra layouts)"),
    "tsne": ("t-SNE", "similar sounds close together, by t-SNE (needs the extra layouts)"),
    "pca": ("PCA", "the two main directions of all sounds"),
    "grid": ("grid", "each sample in a cell of its own"),
}
"""Layouts that can be computed, with their labels and a short description."""
AXES = "axes"
GRID = "grid"


def axis_choices(latent: int) -> list[Choice]:
    """The menu of axes for a model with this many latent dimensions; what may be negative has no logarithm."""
    choices = []
    for name in axis_names(latent):
        if name.startswith("dim"):
            choices.append(Choice(name, name, f"dimension {name.removeprefix('dim')} of the latent's {latent}"))
        elif name.startswith("pc"):
            choices.append(Choice(name, name, "a main direction of all sounds"))
        else:
            choices += [Choice(name, name), Choice(f"log:{name}", f"log:{name}", "the same, logarithmic")]
    return choices


class LayoutCommands(CommandGroup):
    """Requests a layout from the index service; the map follows when it is ready."""

    def do_grid(self) -> None:
        self._show("" if self.state.map_model.snapshot.layout == GRID else GRID)

    def do_layouts(self) -> None:
        self.controllers.layout_preview.begin(self._pick_layout)

    def _pick_layout(self, stored: list[str]) -> None:
        preview, shown = self.controllers.layout_preview, self.state.map_model.snapshot.layout
        choices = []
        for name in dict.fromkeys([*LAYOUTS, *stored]):
            if name == MODEL_MAP and name not in stored:
                continue
            label, about = LAYOUTS.get(name, (name, ""))
            choices.append(Choice(name, label, about if name in stored else f"enter works it out: {about}"))
        choices.append(Choice(AXES, "axes ...", "choose what right and up mean"))

        def keep(name: str) -> None:
            if name in stored:
                preview.keep()
            else:
                preview.back()
            if name == AXES:
                self.do_axes()
            elif name != shown:
                self._show(name)

        self.panel.pick("Layout", choices, now=shown, show=preview.show, keep=keep, back=preview.back)

    def do_axes(self) -> None:
        self.controllers.map.read_latent_dimensions(self._choose_axes)

    def _choose_axes(self, latent: int) -> None:
        choices = axis_choices(latent)
        self.panel.choose(
            "Axis to the right", choices,
            lambda x: self.panel.choose("Axis upwards", choices, lambda y: self._show(f"x={x} y={y}")),
        )  # fmt: skip

    def _show(self, name: str) -> None:
        self.controllers.request(ShowLayout(name))
        if name and not is_axes(name):
            self.say(f"layout {LAYOUTS.get(name, (name, ''))[0]} ...")

    def do_layout_back(self) -> None:
        self.controllers.request(UndoLayout())

    def do_refit(self) -> None:
        self.controllers.layout_prompt.refit()

    def do_newer_map(self) -> None:
        self.controllers.layout_prompt.accept()

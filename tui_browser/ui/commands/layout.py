"""Which layout the map has: a grid, axes of one's own, a newer map, the one before."""

from __future__ import annotations

from tui_browser.layouts.axes import is_axes, names
from tui_browser.service.messages import ShowLayout, UndoLayout
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.controllers.layout_prompt import fit_again
from tui_browser.ui.dialogs.chooser import Choice

LAYOUTS = [
    Choice("", "map", "the map as it was shown last"),
    Choice("near", "near", "sounds alike lie together, in seconds"),
    Choice("umap", "UMAP", "the same by UMAP, which takes longer"),
    Choice("tsne", "t-SNE", "keeps most neighbours, takes longest; needs the package openTSNE"),
    Choice("pca", "PCA", "the two main directions of all sounds, at once"),
    Choice("grid", "grid", "each sample in a cell of its own, like ones side by side"),
    Choice("axes", "axes ...", "choose what right and up mean"),
]
GRID = "grid"


class LayoutCommands(CommandGroup):
    """Asked of the index service; the map follows when it is there."""

    def do_grid(self) -> None:
        self._show("" if self.stage.world.snapshot.layout == GRID else GRID)

    def do_layouts(self) -> None:
        self.choose("a layout", LAYOUTS, lambda name: self.do_axes() if name == "axes" else self._show(name))

    def do_axes(self) -> None:
        self.session.scenery.ask_latent(self._choose_axes)

    def _choose_axes(self, latent: int) -> None:
        choices = [
            choice for name in names(latent) for choice in (Choice(name, name), Choice(f"log:{name}", f"log:{name}"))
        ]
        self.choose(
            "to the right", choices,
            lambda x: self.choose("upwards", choices, lambda y: self._show(f"x={x} y={y}")),
        )  # fmt: skip

    def _show(self, name: str) -> None:
        self.session.request(ShowLayout(name))
        if name and not is_axes(name):
            self.say(f"{name} is on its way")

    def do_layout_back(self) -> None:
        self.session.request(UndoLayout())

    def do_refit(self) -> None:
        self.session.request(fit_again(self.stage.world.snapshot.layout))
        self.session.offers.asked()

    def do_newer_map(self) -> None:
        self.session.offers.accept()

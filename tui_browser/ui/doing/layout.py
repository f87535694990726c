"""Which layout the map has: a grid, axes of one's own, a newer map, the one before."""

from __future__ import annotations

from tui_browser.atlas.axes import is_axes, names
from tui_browser.library.messages import ShowLayout, UndoLayout
from tui_browser.ui.doing.base import Doing, Panel
from tui_browser.ui.offers import fit_again
from tui_browser.ui.preview import LayoutPreview
from tui_browser.ui.screens.chooser import Choice
from tui_browser.ui.session import Session

MODEL_MAP = "map"
LAYOUTS = {
    MODEL_MAP: ("map", "the map that the model itself draws"),
    "near": ("near", "similar sounds close together"),
    "umap": ("UMAP", "similar sounds close together, by UMAP"),
    "tsne": ("t-SNE", "similar sounds close together, by t-SNE (needs openTSNE)"),
    "pca": ("PCA", "the two main directions of all sounds"),
    "grid": ("grid", "each sample in a cell of its own"),
}
"""What can be worked out from the sounds, with its label and a few words on it."""
AXES = "axes"
GRID = "grid"


class Layouts(Doing):
    """Asked of the index service; the map follows when it is there."""

    def __init__(self, session: Session, panel: Panel) -> None:
        super().__init__(session, panel)
        self._preview = LayoutPreview(
            session.around.library, session.lane("layouts"), stage=session.stage, scenery=session.scenery
        )

    def do_grid(self) -> None:
        self._show("" if self.stage.world.snapshot.layout == GRID else GRID)

    def do_layouts(self) -> None:
        self._preview.begin(self._pick_layout)

    def _pick_layout(self, stored: list[str]) -> None:
        preview, shown = self._preview, self.stage.world.snapshot.layout
        choices = []
        for name in dict.fromkeys([*LAYOUTS, *stored]):
            if name == MODEL_MAP and name not in stored:
                continue
            label, about = LAYOUTS.get(name, (name, ""))
            choices.append(Choice(name, label, about if name in stored else f"{about}: enter works it out"))
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

        self.pick("Layout", choices, now=shown, show=preview.show, keep=keep, back=preview.back)

    def do_axes(self) -> None:
        self.session.scenery.ask_latent(self._choose_axes)

    def _choose_axes(self, latent: int) -> None:
        choices = [
            choice for name in names(latent) for choice in (Choice(name, name), Choice(f"log:{name}", f"log:{name}"))
        ]
        self.choose(
            "Axis to the right", choices,
            lambda x: self.choose("Axis upwards", choices, lambda y: self._show(f"x={x} y={y}")),
        )  # fmt: skip

    def _show(self, name: str) -> None:
        self.session.request(ShowLayout(name))
        if name and not is_axes(name):
            self.say(f"layout {LAYOUTS.get(name, (name, ''))[0]} ...")

    def do_layout_back(self) -> None:
        self.session.request(UndoLayout())

    def do_refit(self) -> None:
        self.session.request(fit_again(self.stage.world.snapshot.layout))
        self.session.offers.asked()

    def do_newer_map(self) -> None:
        self.session.offers.accept()

"""Commands about the map as a place: which layout it has, and what is written on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from tui_browser.atlas.axes import is_axes, names
from tui_browser.library.messages import FitLayout, ShowLayout, UndoLayout
from tui_browser.ui.colouring import CHOICES, NAMES
from tui_browser.ui.screens.base import Host
from tui_browser.ui.screens.chooser import Choice, Chooser

LAYOUTS = (
    Choice("", "map", "the map as it was shown last"),
    Choice("umap", "UMAP", "sounds alike lie together"),
    Choice("tsne", "t-SNE", "keeps most neighbours, takes longest; needs the package openTSNE"),
    Choice("pca", "PCA", "the two main directions of all sounds, at once"),
    Choice("grid", "grid", "each sample in a cell of its own, like ones side by side"),
    Choice("axes", "axes ...", "choose what right and up mean"),
)
GRID = "grid"


class MapCommands:
    """Mixed into the screen with the map."""

    @property
    def _parts(self) -> Any:
        """The screen itself: its session, stage and host."""
        return cast(Any, self)

    def do_grid(self) -> None:
        shown = self._parts.stage.world.snapshot.layout
        self._show("" if shown == GRID else GRID)

    def do_layouts(self) -> None:
        self._choose("a layout", LAYOUTS, lambda name: self.do_axes() if name == "axes" else self._show(name))

    def do_axes(self) -> None:
        self._parts.session.ask_latent(self._choose_axes)

    def _choose_axes(self, latent: int) -> None:
        choices = [
            choice for name in names(latent) for choice in (Choice(name, name), Choice(f"log:{name}", f"log:{name}"))
        ]
        self._choose(
            "to the right", choices,
            lambda x: self._choose("upwards", choices, lambda y: self._show(f"x={x} y={y}")),
        )  # fmt: skip

    def do_layout_back(self) -> None:
        self._parts.session.request(UndoLayout())

    def do_refit(self) -> None:
        shown = self._parts.stage.world.snapshot.layout
        self._parts.session.request(
            FitLayout("umap" if shown in ("", "map", "pca") else shown.removeprefix("earlier "))
        )
        self._parts.stage.say("working the map out anew; you can go on meanwhile")

    def _show(self, name: str) -> None:
        self._parts.session.request(ShowLayout(name))
        if name and not is_axes(name):
            self._parts.stage.say(f"{name} is on its way")

    def _choose(self, title: str, choices: Any, then: Callable[[str], None]) -> None:
        def chosen(name: str | None) -> None:
            if name is not None:
                then(name)

        self._parts.app.push_screen(Chooser(title, choices), chosen)

    @property
    def _host(self) -> Host:
        return cast(Host, self._parts.host)

    def do_colours(self) -> None:
        session = self._parts.session

        def take(by: str) -> None:
            session.colour_by = by
            session.recolour()

        shown = [Choice(by, NAMES[by], "shown now" if by == session.colour_by else "") for by in CHOICES]
        self._choose("colours by", shown, take)

    def do_spectrum(self) -> None:
        stage, inspector = self._parts.stage, self._parts.session.inspector
        inspector.spectral = not inspector.spectral
        inspector.forget()
        stage.settle()

    def do_labels(self) -> None:
        on = not self._parts.session.labelled
        self._parts.session.set_labelled(on)
        self._parts.stage.say("regions have their names on" if on else "regions have no names")

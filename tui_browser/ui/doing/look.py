"""What part of the map is shown, in which colours, with which names; and what is shown of one sample."""

from __future__ import annotations

from tui_browser.ui import colouring
from tui_browser.ui.doing.base import Doing
from tui_browser.ui.screens.chooser import Choice
from tui_browser.ui.screens.details import DetailsScreen
from tui_browser.ui.widgets.map_text import Detail

ZOOM = 1.5
"""One press of + or -."""
_DETAILS = {
    None: "dots, names and marks come by zoom",
    Detail.NAMES: "samples have their names beside them where there is room",
    Detail.MARKS: "samples are the letters of their classes",
    Detail.DOTS: "samples are dots at every zoom",
}
PAN = 8
"""One press moves the view by this part of the screen."""


class Looking(Doing):
    """The view moves; the cursor stays on its sample."""

    def _pan(self, across: int, down: int) -> None:
        view = self.stage.widgets.map
        columns, rows = max(2, view.size.width // PAN), max(1, view.size.height // PAN)
        view.look(view.viewport.pan(across * columns, down * rows))

    def do_pan_left(self) -> None:
        self._pan(-1, 0)

    def do_pan_right(self) -> None:
        self._pan(1, 0)

    def do_pan_up(self) -> None:
        self._pan(0, -1)

    def do_pan_down(self) -> None:
        self._pan(0, 1)

    def do_zoom_in(self) -> None:
        self._zoom(ZOOM)

    def do_zoom_out(self) -> None:
        self._zoom(1 / ZOOM)

    def _zoom(self, factor: float) -> None:
        view, stage = self.stage.widgets.map, self.stage
        place = stage.world.place(stage.row) if stage.row is not None else None
        seen = place is not None and view.viewport.cell_at(place) is not None
        view.look(view.viewport.zoom(factor, about=place if seen else None))
        self.session.describe()

    def do_fit(self) -> None:
        view = self.stage.widgets.map
        view.look(view.viewport.fit())
        self.session.describe()

    def do_colour_by(self) -> None:
        scenery = self.session.scenery
        before, chosen = scenery.colour_by, colouring.CHOICES
        scenery.colour(chosen[(chosen.index(before) + 1) % len(chosen)])
        self._pick_colours(before)

    def do_colours(self) -> None:
        self._pick_colours(self.session.scenery.colour_by)

    def _pick_colours(self, before: str) -> None:
        scenery, sieve = self.session.scenery, self.session.sieve
        hidden = sieve.state
        choices = [
            Choice(by, colouring.NAMES[by], "the colours before this list" if by == before else "")
            for by in colouring.CHOICES
        ]

        def back() -> None:
            sieve.set(hidden)
            scenery.colour(before)

        self.pick("Colour by", choices, now=scenery.colour_by, show=scenery.colour, back=back)

    def do_labels(self) -> None:
        on = not self.session.scenery.labelled
        self.session.scenery.set_labelled(on)
        self.say("labels on" if on else "labels off")

    def do_marks(self) -> None:
        shown = self.stage.widgets.map
        order = [None, Detail.NAMES, Detail.MARKS, Detail.DOTS]
        wanted = order[(order.index(shown.wanted) + 1) % len(order)]
        shown.show_detail(wanted)
        self.say(_DETAILS[wanted])

    def do_small_map(self) -> None:
        shown = self.stage.widgets.map
        shown.show_inset(not shown.inset.on)
        self.say("small map on: it shows when you zoom in" if shown.inset.on else "small map off")

    def do_switch(self) -> None:
        if self.panel.searching:
            self.panel.leave_search_line(on_list=True)
        else:
            self.panel.activate(not self.walker.listing.active)

    def do_details(self) -> None:
        inspector = self.session.inspector
        if inspector.facts is not None:
            self.panel.open(DetailsScreen(inspector.facts, inspector.row))

    def do_spectrum(self) -> None:
        inspector = self.session.inspector
        inspector.spectral = not inspector.spectral
        inspector.forget()
        self.stage.settle()

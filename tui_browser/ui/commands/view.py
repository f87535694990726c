"""The view of the map, its colours and labels; and the details of one sample."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import MAIN, SAMPLE, SAMPLES, Choice, Command, command
from tui_browser.ui.state import colouring
from tui_browser.ui.widgets.map_text import Detail

COMMANDS: tuple[Command, ...] = (
    command("pan_left", "shift+left H", "Pan left", "move the view to the left", "Look", needs=SAMPLES, repeats=True),
    command("pan_down", "shift+down J", "Pan down", "move the view down", "Look", needs=SAMPLES, repeats=True),
    command("pan_up", "shift+up K", "Pan up", "move the view up", "Look", needs=SAMPLES, repeats=True),
    command(
        "pan_right", "shift+right L", "Pan right", "move the view to the right", "Look", needs=SAMPLES, repeats=True
    ),
    command("zoom_in", "+ =", "Zoom in", "show less of the map, larger", "Look", needs=SAMPLES, hint=10, repeats=True),
    command("zoom_out", "-", "Zoom out", "show more of the map", "Look", needs=SAMPLES, repeats=True),
    command("fit", "0", "Fit", "show the whole map", "Look", needs=SAMPLES, hint=11),
    command(
        "colour_by",
        "c",
        "Colour",
        "colour the map by class, length, pitch, folder ...; again for the next",
        "Look",
        needs=SAMPLES,
        hint=12,
    ),
    command("colours", "C", "Colours", "the list of what the map can be coloured by", "Look", needs=SAMPLES),
    command(
        "small_map", "", "Small map", "the whole map in a corner while zoomed in, on or off", "Look", needs=SAMPLES
    ),
    command("labels", "", "Labels", "labels of regions on the map, on or off", "Look", needs=SAMPLES),
    command(
        "marks", "d", "Dots / names", "show samples as dots, with names or as marks; or by zoom", "Look", needs=SAMPLES
    ),
    command("switch", "tab", "Map / list", "move between the map and the list", "Look", needs=SAMPLES, hint=6),
    command("spectrum", "w", "Spectrum", "show the spectrogram, or the waveform again", "Look", needs=SAMPLE),
    command(
        "details", "enter", "Details", "all facts about the sample", "Look", needs=SAMPLE, hint=13, screens=(MAIN,)
    ),
    command("theme", "", "Theme", "choose a theme", "Look"),
)

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


class ViewCommands(CommandGroup):
    """The view moves; the cursor stays on its sample."""

    def _pan(self, across: int, down: int) -> None:
        view = self.presenter.widgets.map
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
        view, row = self.presenter.widgets.map, self.state.row
        place = self.state.map_model.place(row) if row is not None else None
        visible = place is not None and view.viewport.cell_at(place) is not None
        view.look(view.viewport.zoom(factor, about=place if visible else None))
        self.presenter.show_header()

    def do_fit(self) -> None:
        view = self.presenter.widgets.map
        view.look(view.viewport.fit())
        self.presenter.show_header()

    def do_colour_by(self) -> None:
        before, choices = self.state.colour_by, colouring.CHOICES
        self.controllers.map.colour(choices[(choices.index(before) + 1) % len(choices)])
        self._pick_colours(before)

    def do_colours(self) -> None:
        self._pick_colours(self.state.colour_by)

    def _pick_colours(self, before: str) -> None:
        visibility, colour = self.state.visibility, self.controllers.map.colour
        hidden = visibility.state
        choices = [
            Choice(by, colouring.NAMES[by], "the colours before this list" if by == before else "")
            for by in colouring.CHOICES
        ]

        def back() -> None:
            visibility.set(hidden)
            colour(before)

        self.panel.pick("Colour by", choices, now=self.state.colour_by, show=colour, back=back)

    def do_labels(self) -> None:
        on = not self.state.labelled
        self.controllers.map.set_labelled(on)
        self.say("labels on" if on else "labels off")

    def do_marks(self) -> None:
        shown = self.presenter.widgets.map
        order = [None, Detail.NAMES, Detail.MARKS, Detail.DOTS]
        detail = order[(order.index(shown.wanted) + 1) % len(order)]
        shown.show_detail(detail)
        self.say(_DETAILS[detail])

    def do_small_map(self) -> None:
        shown = self.presenter.widgets.map
        shown.show_inset(not shown.inset.on)
        self.say("small map on: it shows when you zoom in" if shown.inset.on else "small map off")

    def do_switch(self) -> None:
        if self.panel.searching:
            self.panel.leave_search_line(on_list=True)
        else:
            self.panel.switch()

    def do_details(self) -> None:
        details = self.controllers.details
        if details.facts is not None:
            self.panel.show_facts(details.facts, details.row)

    def do_spectrum(self) -> None:
        details = self.controllers.details
        details.with_spectrogram = not details.with_spectrogram
        details.mark_stale()
        self.presenter.show_details()

    def do_theme(self) -> None:
        self.panel.choose_theme()

"""The main screen's kit and beat: where pane and strip stand, and when the keys are theirs."""

from __future__ import annotations

from textual import events, on
from textual.geometry import Size

from tui_browser.ui import layout_mode
from tui_browser.ui.controllers.controllers import Controllers
from tui_browser.ui.controllers.kit_view import KitWidgets
from tui_browser.ui.keys.command import KIT, KIT_WALK
from tui_browser.ui.screens.map_panel import MapPanel
from tui_browser.ui.widgets.beat_strip import BeatStrip
from tui_browser.ui.widgets.kit_pane import KitPane

_KIT_WIDTH = 50
"""Columns that the kit takes from places, so that the map keeps some."""


class KitPanel(MapPanel):
    """Pane and strip have the keys together: rows are slots and tracks, columns are steps."""

    controllers: Controllers

    def __init__(self) -> None:
        super().__init__()
        self._pane_wanted = self._strip_wanted = False
        """Whether they are shown where there is room for them."""

    @property
    def kit_widgets(self) -> KitWidgets:
        return KitWidgets(self.query_one(KitPane), self.query_one(BeatStrip))

    @property
    def kit_parts(self) -> list[str]:
        """Whose commands the palette has beside those of the screen."""
        walking = [KIT_WALK] if self.controllers.state.beat.walk is not None else []
        return walking + ([KIT] if self.controllers.kit_view.visible else [])

    # --- room --------------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out_kit(event.size)

    def show_kit(self, *, pane: bool, strip: bool) -> None:
        """Show the kit, the beat or both; where there is room for one, the strip with its names."""
        if pane and strip and not layout_mode.room_for_kit_and_beat(*self.size):
            pane = False
        self._pane_wanted, self._strip_wanted = pane, strip
        self._lay_out_kit(self.size)
        if not (pane or strip) and self._part == KIT:
            self.enter_mode("")

    def fold_kit(self, part: str) -> None:
        """Show the `pane` or the `strip` and give it the keys; where it has them, hide it."""
        shown = {"pane": self._pane_wanted, "strip": self._strip_wanted}
        if shown[part] and self._part == KIT:
            shown[part] = False
            self.show_kit(pane=shown["pane"], strip=shown["strip"])
            return
        if not shown[part] and not layout_mode.room_for_kit_and_beat(*self.size):
            shown = {"pane": False, "strip": False}
        shown[part] = True
        self.show_kit(pane=shown["pane"], strip=shown["strip"])
        self.controllers.kit_view.draw()
        self.enter_mode(KIT)

    def show_steps(self) -> None:
        """Show the strip, in place of the pane where only one of them fits."""
        if not self._strip_wanted:
            self.show_kit(pane=self._pane_wanted and layout_mode.room_for_kit_and_beat(*self.size), strip=True)

    def _lay_out_kit(self, size: Size) -> None:
        pane, strip = self._pane_wanted, self._strip_wanted
        if pane and strip and not layout_mode.room_for_kit_and_beat(*size):
            pane = False
        place = layout_mode.place_of_kit(*size)
        self.set_class(pane, "-kit")
        self.set_class(pane and place != "beside", "-kit-instead")
        self.set_class(pane and place == "alone", "-kit-alone")
        self.set_class(strip, "-beat")
        self.set_class(strip and size.height < layout_mode.BOTH_FROM[1], "-beat-low")
        self._lay_out_places(size)

    def _lay_out_places(self, size: Size) -> str:
        """Where the kit stands beside the map, places need more room."""
        if not self._pane_wanted:
            return super()._lay_out_places(size)
        narrower = Size(max(0, size.width - _KIT_WIDTH), size.height)
        reason = super()._lay_out_places(narrower)
        least = layout_mode.PLACES_FROM + _KIT_WIDTH
        return f"places need {least} columns beside the kit: {self.keys.first('kit_pane')} hides it" if reason else ""

    # --- keys --------------------------------------------------------------------------------------------------------

    def enter_mode(self, mode: str) -> None:
        """As the map's; where a walk for the beat is under way, it goes on."""
        walking = self.controllers.state.beat.walk is not None
        super().enter_mode(mode or (KIT_WALK if walking else ""))
        for widget in (self.query_one(KitPane), self.query_one(BeatStrip)):
            widget.activate(self._part == KIT)

    def activate(self, on_list: bool) -> None:
        """Let the arrow keys act on the list, or on the map; a list that the kit hides comes back."""
        if self._part == KIT:
            self.enter_mode("")
        if on_list and self.has_class("-kit-instead"):
            self.show_kit(pane=False, strip=self._strip_wanted)
        super().activate(on_list)

    def switch(self) -> None:
        """From the map to the list, on to the kit where it is shown, and back to the map."""
        shown = self.query_one(KitPane).display or self.query_one(BeatStrip).display
        if shown and (self.on_list or self.has_class("-kit-instead")):
            super().activate(False)
            self.enter_mode(KIT)
        else:
            self.activate(not self.on_list)

    def quit(self) -> None:
        """End the app; a beat that was worked on is not lost without a question."""
        if not self.controllers.state.beat.worked_on:
            self.host.quit_now()
            return
        first = self.keys.first
        ways = f"in the kit, {first('kit_save')} saves it, {first('beat_export')} writes it and the pattern"
        self.confirm("Quit without the kit and beat that you changed?", ways, then=self.host.quit_now)

    # --- mouse -------------------------------------------------------------------------------------------------------

    @on(KitPane.Chosen)
    def _slot_clicked(self, event: KitPane.Chosen) -> None:
        self.enter_mode(KIT)
        self.controllers.state.beat.choose_row(event.row)
        self.controllers.kit_view.draw()
        if event.twice:
            self.perform("kit_hear")

    @on(BeatStrip.Chosen)
    def _step_clicked(self, event: BeatStrip.Chosen) -> None:
        self.enter_mode(KIT)
        state, edits = self.controllers.state.beat, self.controllers.beat_edits
        state.choose_row(event.row)
        if event.step is not None and state.at_hand is not None:
            state.choose_step(event.step)
            edits.make(state.at_hand.toggled(event.row, event.step), "step")
        self.controllers.kit_view.draw()

"""What the mouse does on the map, in the list and on the waveform."""

from __future__ import annotations

from tui_browser.config.settings import Settings
from tui_browser.ui.controllers.controllers import Controllers
from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.widgets.details import Details
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.sample_list import SampleList


class PointerActions:
    """Clicks go to samples and play them; an empty place of the map takes the free cursor."""

    def __init__(self, controllers: Controllers, settings: Settings, keys: Keys) -> None:
        self._controllers = controllers
        self._settings = settings
        self._keys = keys

    def click_map(self, event: MapView.Pointed) -> None:
        """Go to the sample at the pointer, or select it; at an empty place put the free cursor there."""
        controllers = self._controllers
        sample = controllers.cursor.sample_near(event.point, event.reach)
        if sample is None:
            controllers.free_cursor.put(event.point)
            if key := self._keys.first("make_here"):
                controllers.presenter.say(f"no sample here: {key} makes a sound for this place", brief=True)
            return
        controllers.free_cursor.leave()
        if event.shift:
            controllers.undoable_edits.toggle_selected(sample)
            return
        controllers.cursor.go(sample, silently=True)
        controllers.playback_settings.play_at_cursor()
        if self._settings.click_copies and controllers.state.path is not None:
            controllers.copies.copy_path(controllers.state.path)

    def hover_map(self, event: MapView.Hovered) -> None:
        """Show the sample at the pointer, where a person has asked for that."""
        if not self._settings.hover:
            return
        controllers, map_model = self._controllers, self._controllers.state.map_model
        row = map_model.row_of(controllers.cursor.sample_near(event.point, event.reach))
        if row is not None and controllers.presenter.show_hovered(row):
            controllers.playback.cursor_moved(map_model.snapshot.names[row])

    def click_list(self, event: SampleList.Chosen) -> None:
        """Go to a row of the list."""
        controllers = self._controllers
        controllers.cursor.go_in_list(controllers.state.map_model.id_at(event.row), silently=True)
        controllers.playback_settings.play_at_cursor()

    def click_waveform(self, event: Details.SeekRequested) -> None:
        """Play from the time that was clicked, in the made sound that is shown or in the sample under the cursor."""
        made = self._controllers.state.making.shown_sound
        if made is not None:
            self._controllers.playback.play(made.path, start_s=event.at_s, generated=True)
        else:
            self._controllers.playback_settings.play_at_cursor(start_s=event.at_s)

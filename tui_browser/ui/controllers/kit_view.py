"""Shows the kit and the beat in their pane and strip."""

from __future__ import annotations

from dataclasses import dataclass

from tui_browser.kits.kit import Slot
from tui_browser.kits.tracks import role_class
from tui_browser.records import CLASSES
from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.widgets.beat_strip import BeatStrip
from tui_browser.ui.widgets.kit_pane import KitPane


@dataclass(frozen=True, slots=True)
class KitWidgets:
    """Where the kit and the beat are shown."""

    pane: KitPane
    strip: BeatStrip


class KitView:
    """Draws what changed; controllers call it."""

    def __init__(self, state: BrowserState, widgets: KitWidgets, keys: Keys) -> None:
        self._state = state
        self._widgets = widgets
        self._empty = f"{keys.first('kit_here') or 'kit here'} makes one around the cursor"

    @property
    def visible(self) -> bool:
        """Whether pane or strip is on the screen."""
        return self._widgets.pane.display or self._widgets.strip.display

    def draw(self) -> None:
        """Both, after a change."""
        beat = self._state.beat
        hues = [] if beat.at_hand is None else [self._hue(slot) for slot in beat.at_hand.kit.slots]
        self._widgets.pane.tell(beat, hues, empty=self._empty)
        self._widgets.strip.tell(beat, hues, empty=self._empty)

    def show_heard(self, step: int | None) -> None:
        """The step that is heard now."""
        if step != self._state.beat.heard:
            self._state.beat.heard = step
            self._widgets.strip.draw()

    def _hue(self, slot: Slot) -> int:
        """The class of a slot's sample as the map colours it; of an unknown one that of the slot's name."""
        sound, map_model = self._state.beat.sound(slot), self._state.map_model
        row = map_model.row_of(sound.sample) if sound is not None else None
        if row is not None:
            return map_model.hue_of(row)
        name = role_class(slot.role)
        return CLASSES.index(name) if name in CLASSES else len(CLASSES)

"""Changes of the kit and the pattern at hand: each is heard at once where the beat plays, shown, and can be undone."""

from __future__ import annotations

from tui_browser.errors import BrowserError
from tui_browser.kits.kit import Slot
from tui_browser.records import SampleId
from tui_browser.ui.controllers.beat_player import BeatPlayer
from tui_browser.ui.controllers.kit_view import KitView
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.beat import SlotSound
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.kit_beat import KitBeat

_OUTLINE_S, _COLUMNS = 1.0, 32
"""The part of a sound whose waveform is shown, and its columns."""


class BeatEdits:
    """The only one who replaces the kit and the pattern."""

    def __init__(
        self,
        state: BrowserState,
        view: KitView,
        player: BeatPlayer,
        library: LibraryLike,
        worker: LatestWorker,
    ) -> None:
        """`worker` reads the waveforms of sounds."""
        self._state = state
        self._view = view
        self._player = player
        self._library = library
        self._worker = worker

    def make(self, beat: KitBeat, label: str) -> bool:
        """Make a change, named in two or three words; False where it changes nothing."""
        before = self._state.beat.at_hand
        if beat == before:
            return False
        self.show(beat)
        self._state.history.add(label, undo=lambda: self.show(before), redo=lambda: self.show(beat))
        return True

    def show(self, beat: KitBeat | None) -> None:
        """Take a kit and its pattern without a step of undo: a preview."""
        self._state.beat.set(beat)
        self._player.renew()
        self._view.draw()
        self._read_sounds()

    def _read_sounds(self) -> None:
        """Read the waveforms of the sounds that are new."""
        beat = self._state.beat
        if beat.at_hand is None:
            return
        wanted = [slot for slot in beat.at_hand.kit.slots if beat.sound(slot) is None]
        if not wanted:
            return
        library, refused = self._library, {slot.path for slot in wanted if self._player.refusal(slot.path)}

        def read() -> list[tuple[Slot, SlotSound]]:
            return [
                (slot, SlotSound(None, None) if slot.path in refused else _sound_of(library, slot)) for slot in wanted
            ]

        self._worker.submit(read, self._take_sounds)

    def _take_sounds(self, sounds: list[tuple[Slot, SlotSound]]) -> None:
        beat = self._state.beat
        own = {(slot.path, slot.onset_s) for slot in beat.at_hand.kit.slots} if beat.at_hand is not None else set()
        kept = {key: sound for key, sound in beat.sounds.items() if key in own}
        beat.sounds = kept | {(slot.path, slot.onset_s): sound for slot, sound in sounds}
        self._view.draw()
        if any(key not in beat.sounds for key in own):  # another kit came meanwhile
            self._read_sounds()


def _sound_of(library: LibraryLike, slot: Slot) -> SlotSound:
    from tui_browser.audio.waveform import window_outline  # the codecs: paid in the thread

    sample: SampleId | None = library.id_of(slot.path)
    try:
        peaks = window_outline(slot.path, start_s=slot.onset_s, seconds=_OUTLINE_S, columns=_COLUMNS)
    except BrowserError:
        return SlotSound(sample, None)
    return SlotSound(sample, peaks)

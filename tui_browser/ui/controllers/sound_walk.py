"""Walking while the beat plays: the sound under the cursor is heard in place of that of one track, in time."""

from __future__ import annotations

from tui_browser.kits.kit import Slot
from tui_browser.ui.controllers.beat_edits import BeatEdits
from tui_browser.ui.controllers.beat_player import BeatPlayer
from tui_browser.ui.controllers.kit import KitController, SoundHere
from tui_browser.ui.controllers.kit_view import KitView
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.beat import SlotWalk
from tui_browser.ui.state.browser_state import BrowserState


class SoundWalk:
    """Begins, follows the cursor, and ends by keeping the sound or bringing the old one back."""

    def __init__(
        self,
        state: BrowserState,
        kit: KitController,
        edits: BeatEdits,
        player: BeatPlayer,
        view: KitView,
        worker: LatestWorker,
    ) -> None:
        self._state = state
        self._kit = kit
        self._edits = edits
        self._player = player
        self._view = view
        self._worker = worker
        self._heard: SoundHere | None = None
        """The sound that was asked for last."""
        self._taken: SoundHere | None = None
        """The one that is heard; another one than was asked for is on its way."""

    def begin(self) -> None:
        """The chosen track follows the cursor from its next step on."""
        beat = self._state.beat
        if beat.slot is None:
            return
        beat.walk = SlotWalk(beat.row, beat.slot)
        self._heard = self._taken = self._kit.sound_here()
        self._player.start()
        self._view.draw()

    def follow(self) -> None:
        """The cursor may be on another sound."""
        walk, here = self._state.beat.walk, self._kit.sound_here()
        if walk is None or here is None or here == self._heard:
            return
        self._heard = here
        before = walk.before

        def take(slot: Slot) -> None:
            beat = self._state.beat
            if beat.walk is walk and beat.at_hand is not None and here == self._heard:
                self._taken = here
                self._edits.show(beat.at_hand.with_slot(walk.row, slot))

        self._worker.submit(lambda: self._kit.filled(before, here), take)

    def keep(self) -> bool:
        """End with the sound of the cursor; False where it is the old one."""
        beat, coming = self._state.beat, self._heard if self._heard != self._taken else None
        walk = self._end()
        if walk is None or beat.at_hand is None:
            return False
        if coming is not None:
            self._edits.show(beat.at_hand.with_slot(walk.row, walk.before))
            self._kit.put(walk.row, coming)
            return True
        kept, old = beat.at_hand, beat.at_hand.with_slot(walk.row, walk.before)
        beat.set(old)
        changed = self._edits.make(kept, "sound of a slot")
        self._edits.show(beat.at_hand)
        return changed

    def bring_back(self) -> None:
        """End with the sound that the track had before."""
        beat, walk = self._state.beat, self._end()
        if walk is not None and beat.at_hand is not None:
            self._edits.show(beat.at_hand.with_slot(walk.row, walk.before))

    def _end(self) -> SlotWalk | None:
        beat = self._state.beat
        walk, beat.walk, self._heard = beat.walk, None, None
        return walk

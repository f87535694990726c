"""Plays the beat at hand: changes it in place while it plays, and shows the step that is heard."""

from __future__ import annotations

import time
from collections.abc import Callable

from tui_browser.errors import PlayerError, printable
from tui_browser.folder.sample_path import refusal
from tui_browser.kits.live import live_parts
from tui_browser.playback.messages import FIRST_BEAT_TOKEN, BeatPart, BeatPosition, Failed, Finished, Lost
from tui_browser.ui.controllers.kit_view import KitView
from tui_browser.ui.latest_worker import After, Stoppable
from tui_browser.ui.ports import PlayerLike
from tui_browser.ui.state.beat_clock import BeatClock
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.kit_beat import KitBeat


class BeatPlayer:
    """A timer runs from step to step while a beat plays, and none at rest."""

    def __init__(
        self,
        state: BrowserState,
        player: PlayerLike,
        view: KitView,
        *,
        warn: Callable[[str], None],
        after: After,
    ) -> None:
        self._state = state
        self._player = player
        self._view = view
        self._warn = warn
        self._after = after
        self._tokens = FIRST_BEAT_TOKEN - 1
        self._timer: Stoppable | None = None
        self._sent: tuple[tuple[BeatPart, ...], float, float, int] | None = None
        self._refused: set[bytes] = set()
        """Files that are not played, of which that was said."""

    def start(self) -> None:
        """Play the beat from its beginning, unless it plays."""
        beat = self._state.beat
        if beat.playing or beat.at_hand is None:
            return
        self._tokens += 1
        beat.token, beat.clock, self._sent = self._tokens, None, None
        self.renew()
        self._view.draw()

    def stop(self) -> None:
        if self._state.beat.playing:
            self._player.stop()
            self._end()

    def toggle(self) -> None:
        if self._state.beat.playing:
            self.stop()
        else:
            self.start()

    def renew(self) -> None:
        """The kit or the pattern is another one: while it plays, it changes in time."""
        beat = self._state.beat
        if not beat.playing:
            return
        if beat.at_hand is None:
            self.stop()
            return
        pattern = beat.at_hand.pattern
        sent = (self._parts(beat.at_hand), pattern.step_s, pattern.swing, pattern.steps)
        if sent == self._sent:
            return
        self._sent = sent
        parts, step_s, swing, steps = sent
        try:
            self._player.play_beat(parts, token=beat.token, step_s=step_s, swing=swing, steps=steps)
        except PlayerError as error:
            self._warn(str(error))
            self._end()
            return
        if beat.clock is not None:
            beat.clock = beat.clock.playing(pattern, time.monotonic())
            self._follow()

    def _parts(self, at_hand: KitBeat) -> tuple[BeatPart, ...]:
        """What is played, without what is refused."""
        parts = []
        for part in live_parts(at_hand.kit, at_hand.pattern):
            reason = self.refusal(part.path)
            if not reason:
                parts.append(part)
            elif part.path not in self._refused:
                self._refused.add(part.path)
                self._warn(f"not played: {printable(part.path)}: {reason}")
        return tuple(parts)

    def refusal(self, path: bytes) -> str:
        """Why a file is not read: a library that a stranger made may name any; empty where nothing is wrong."""
        state = self._state
        made = any(sound.path == path for sound in state.making.sounds)
        if made or not state.map_model.roots or (state.guest is not None and state.guest.path == path):
            return ""
        return refusal(path, state.map_model.roots)

    def handle(self, event: object) -> None:
        """Take an event of the player."""
        beat = self._state.beat
        match event:
            case BeatPosition(token=token, at_s=at_s) if token == beat.token and beat.at_hand is not None:
                now = time.monotonic()
                if beat.clock is None:
                    beat.clock = BeatClock.of(beat.at_hand.pattern, at_s, now)
                else:
                    beat.clock = beat.clock.reported(at_s, now)
                self._follow()
            case Failed(token=token, reason=reason) if token == beat.token and beat.playing:
                self._warn(f"a sound of the beat cannot be played: {reason}")
            case Finished(token=token) if token == beat.token and beat.playing:
                self._end()  # it was given up, or another app plays on the listener
            case Lost() if beat.playing:
                self._end()
            case _:
                pass

    def _follow(self) -> None:
        """Show the step that is heard, and again when the next one is."""
        self._cancel()
        beat = self._state.beat
        if beat.clock is None:
            return
        step, left_s = beat.clock.step(time.monotonic() + self._state.playback.trip_s)
        self._view.show_heard(step)
        self._timer = self._after(max(0.001, left_s), self._follow)

    def _end(self) -> None:
        self._cancel()
        beat = self._state.beat
        beat.token, beat.clock, beat.heard, self._sent = 0, None, None, None
        self._view.draw()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

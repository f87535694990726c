"""Playback: play and stop on a key, auto-play where the cursor rests, one sound at a time, the newest wins.

In turn, one sound follows the other until a key is pressed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from tui_browser.config.project import Project
from tui_browser.errors import PlayerError
from tui_browser.folder.sample_path import refusal
from tui_browser.playback.messages import (
    AS_IT_IS,
    Failed,
    Finished,
    KnownLevel,
    Line,
    Lost,
    Position,
    Ready,
    Started,
    TimeStretch,
)
from tui_browser.records import HEARD
from tui_browser.ui.controllers.heard_log import HeardLog
from tui_browser.ui.latest_worker import After, Stoppable
from tui_browser.ui.ports import PlayerLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.playback import PlaybackOptions
from tui_browser.ui.state.project_fit import stretch_of
from tui_browser.visualiser.play_clock import PlayClock

_FAILURES = 20
"""Consecutive sounds that may fail before playing in turn ends."""


class PlaybackView(Protocol):
    """Where playback is shown; the `Presenter` in the app."""

    def show_play_head(self) -> None: ...
    def show_status(self) -> None: ...
    def show_header(self) -> None: ...
    def warn(self, text: str) -> None: ...


class LevelSource(Protocol):
    """Knows the level of the file under the cursor; the `DetailsLoader` in the app."""

    def level_of(self, path: bytes) -> KnownLevel | None: ...


class PlaybackController:
    """Asks the player for sounds and follows its events."""

    def __init__(
        self,
        state: BrowserState,
        player: PlayerLike,
        presenter: PlaybackView,
        levels: LevelSource,
        heard_log: HeardLog,
        *,
        after: After,
        rest_s: float,
    ) -> None:
        """`rest_s` is how long the cursor rests before auto-play begins."""
        self._state = state
        self._player = player
        self._presenter = presenter
        self._levels = levels
        self._heard_log = heard_log
        self._after = after
        self._rest_s = rest_s
        self._next_path: Callable[[], bytes | None] | None = None
        self._longest_s: float | None = None
        """So much of each sound is played while sounds play in turn."""
        self._failures = 0
        self._timer: Stoppable | None = None
        self._silence = ""
        """Why there is no sound, until that was said."""
        self._warned = False
        if state.playback.options.volume_db:
            player.set_volume(state.playback.options.volume_db)

    def toggle(self, path: bytes) -> None:
        """Play this file, or stop it while it sounds."""
        self._cancel_auto_play()
        if self._state.playback.path == path:
            self.stop()
        else:
            self.play(path)

    def play(
        self,
        path: bytes,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        generated: bool = False,
        loop: bool | None = None,
    ) -> None:
        """Play this file from `start_s` to `end_s`; by default the slice in the neighbour list, else the whole file.

        A file of the library has to be below one of its roots; a guest may be anywhere, and so may a `generated` sound,
        which is one that the program itself has made, or fetched to be listened to. `loop` is for this sound alone.
        """
        self._set_next(None)
        if not generated and (reason := self._refusal(path)):
            self._cancel_auto_play()
            self._presenter.warn(f"this file is not played: {reason}")
            return
        loop = self._state.playback.options.loop if loop is None else loop
        self._start(path, loop=loop, start_s=start_s, end_s=end_s)

    def _refusal(self, path: bytes) -> str:
        guest, roots = self._state.guest, self._state.map_model.roots
        if not roots or (guest is not None and path == guest.path):
            return ""
        return refusal(path, roots)

    def play_in_turn(self, next_path: Callable[[], bytes | None], *, longest_s: float | None = None) -> None:
        """Play what `next_path` returns, one file after the other, until that is None or `stop` is called.

        With `longest_s`, only so much of each.
        """
        self._set_next(next_path)
        self._longest_s = longest_s
        self._failures = 0
        self._advance()

    def skip(self) -> bool:
        """Go on to the next sound while sounds play in turn; False where none do."""
        if self._next_path is None:
            return False
        self._advance()
        return True

    def _set_next(self, next_path: Callable[[], bytes | None] | None) -> None:
        self._next_path = next_path
        self._state.playback.in_turn = next_path is not None

    def _advance(self) -> None:
        path = self._next_path() if self._next_path is not None and self._failures < _FAILURES else None
        if path is not None and (reason := self._refusal(path)):
            self._presenter.warn(f"this file is not played: {reason}")
            self._end()
        elif path is not None:
            self._start(path, loop=False, end_s=self._longest_s)
        else:
            self._end()

    def _start(self, path: bytes, *, loop: bool, start_s: float | None = None, end_s: float | None = None) -> None:
        self._cancel_auto_play()
        playback = self._state.playback
        if start_s is None:
            start_s, part = 0.0, self._state.neighbour_slice(path)
            if part is not None:
                start_s, end_s = part.onset_s, part.onset_s + part.length_s
        playback.token += 1
        playback.path, playback.at_s, playback.start_s, playback.started = path, None, start_s, False
        playback.clock = None
        row = self._state.row if path == self._state.path and not self._state.on_guest else None
        stretch = self._stretch_of(row)
        playback.tempo = stretch.tempo
        try:
            self._player.play(
                path,
                token=playback.token,
                start_s=start_s,
                end_s=end_s,
                loop=loop,
                speed=playback.options.speed,
                known=self._levels.level_of(path),
                stretch=stretch,
            )
        except PlayerError as error:
            playback.path = None
            self._warn_once(str(error))
        self._warn_of_silence()
        self._show()

    def cursor_moved(self, path: bytes) -> None:
        """With auto-play this file sounds once the cursor rests."""
        self._cancel_auto_play()
        if self._state.playback.auto and self._state.beat.walk is None:
            self._timer = self._after(self._rest_s, lambda: self.play(path))

    def _stretch_of(self, row: int | None) -> TimeStretch:
        """How the sample in this row is brought to the project; a listener gets all sounds as they are."""
        playback = self._state.playback
        if row is None or playback.line is not None:
            return AS_IT_IS
        return stretch_of(playback.project, self._state.map_model.snapshot, row)

    def prefetch(self, rows: Sequence[int]) -> None:
        """Let the player decode, and stretch, the samples that may be played next."""
        options, names = self._state.playback.options, self._state.map_model.snapshot.names
        self._player.prefetch(
            [names[row] for row in rows],
            loop=options.loop,
            speed=options.speed,
            stretches=[self._stretch_of(row) for row in rows],
        )

    def set_project(self, project: Project) -> None:
        """Bring sounds to this tempo and key, from the next one on; the one under the cursor is prepared."""
        self._state.playback.project = project
        if self._state.row is not None and not self._state.missing:
            self.prefetch([self._state.row])

    def set_options(self, options: PlaybackOptions) -> None:
        """Play everything in this way from now on, the present sound included."""
        playback = self._state.playback
        before, playback.options = playback.options, options
        if options.volume_db != before.volume_db:
            self._player.set_volume(options.volume_db)
        if (options.speed, options.loop) != (before.speed, before.loop) and playback.path is not None:
            self._player.tune(playback.token, loop=options.loop and not playback.in_turn, speed=options.speed)
            if playback.clock is not None:
                playback.clock = playback.clock.at_speed(playback.pace, time.monotonic())

    def seek(self, by_s: float) -> bool:
        """Move the play head of a long sound; False where none sounds."""
        playback = self._state.playback
        if playback.at_s is None:
            return False
        playback.at_s = max(0.0, playback.at_s + by_s)
        self._player.seek(playback.token, playback.at_s)
        playback.clock = PlayClock(playback.at_s, time.monotonic(), playback.pace)
        return True

    def stop(self) -> None:
        self._cancel_auto_play()
        self._set_next(None)
        playback = self._state.playback
        if playback.path is not None:
            playback.path = playback.at_s = playback.clock = None
            playback.token += 1
            self._player.stop(beat=False)
            self._show()

    def _end(self) -> None:
        self._state.playback.path = self._state.playback.at_s = self._state.playback.clock = None
        self._set_next(None)
        self._show()

    def handle(self, event: object) -> None:
        """Take an event of the player; events of sounds that were replaced are dropped."""
        playback = self._state.playback
        match event:
            case Ready():
                self._take_device(event)
            case Line():
                playback.line = event
                self._presenter.show_header()
                self._presenter.show_status()
            case Failed(token=token, reason=reason) if token == playback.token:
                self._presenter.warn(f"this file cannot be played: {reason}")
                self._failures += 1
                self._advance()
            case Finished(token=token) if token == playback.token:
                self._advance()
            case Position(token=token, at_s=at_s) if token == playback.token:
                playback.at_s = at_s
                if playback.clock is not None:
                    playback.clock = playback.clock.corrected(at_s, time.monotonic())
                self._presenter.show_play_head()
            case Lost(reason=reason):
                self._presenter.warn(f"playing stopped: {reason}")
                self._end()
            case Started(token=token) if token == playback.token:
                self._failures = 0
                playback.started = True
                since_s = playback.trip_s * playback.pace  # the news took so long from a listener
                playback.clock = PlayClock(playback.start_s + since_s, time.monotonic(), playback.pace)
                if playback.line is not None:
                    self._presenter.show_status()
                self._note_heard()
            case _:
                pass

    def _take_device(self, ready: Ready) -> None:
        """Show what became of the device; a loss is told once, and again after sound was back."""
        playback = self._state.playback
        playback.ready = ready
        self._silence = "" if ready.sounds else ready.note  # empty where silence, or a recording, was asked for
        if ready.sounds:
            self._warned = False
        elif playback.token:
            self._warn_of_silence()
        self._presenter.show_header()
        self._presenter.show_status()

    def _note_heard(self) -> None:
        state = self._state
        row, sample = state.row, state.cursor.sample
        if row is None or sample is None or state.on_guest or state.path != state.playback.path:
            return
        if not state.map_model.snapshot.flags[row] & HEARD:
            self._heard_log.note(sample)

    def _show(self) -> None:
        self._presenter.show_play_head()
        self._presenter.show_status()

    def _cancel_auto_play(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _warn_of_silence(self) -> None:
        if self._silence:
            self._warn_once(self._silence)

    def _warn_once(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            self._presenter.warn(text)

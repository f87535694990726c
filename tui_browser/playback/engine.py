"""The player's engine: answers requests on one output, sends events, and opens a lost device again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace

from tui_browser.errors import AudioError, PlayerError
from tui_browser.playback.backends.miniaudio_device import PERIODS_MS
from tui_browser.playback.backends.open_backend import open_backend
from tui_browser.playback.levels import LevelCache
from tui_browser.playback.local_output import LocalOutput
from tui_browser.playback.messages import (
    FIRST_BEAT_TOKEN,
    BeatPosition,
    Failed,
    Finished,
    Line,
    Play,
    PlayBeat,
    PlayerEvent,
    PlayerRequest,
    Position,
    Prefetch,
    Ready,
    Seek,
    Started,
    Stop,
    StopBeat,
    Tune,
    Volume,
)
from tui_browser.playback.output import TICK_S, ActiveSound, Output, SoundEvent
from tui_browser.playback.prefetcher import Prefetcher
from tui_browser.playback.remote.remote_output import open_remote
from tui_browser.playback.stretching import Stretchers
from tui_browser.playback.voice_factory import VoiceFactory

_CHECK_DEVICE_S = 1.0
_RETRY_S = 5.0
"""Time between two attempts to find a lost device when sounds are played."""
_RETRY_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""When a lost device is looked for without a request."""
_FIRST_RATE = 48_000
_BEAT_TICK_S = 0.05
"""How often the position of a beat is sent."""
_STATE_S = 0.1
"""How often the app is told at most of the output and its line, also where a listener changes its mind for ever."""


class PlaybackEngine:
    """One output and the sound that plays on it. Used by one thread, which calls `tend` whenever it wakes."""

    def __init__(self, send: Callable[[PlayerEvent], None], choice: str, notify: Callable[[], None]) -> None:
        """`notify` wakes the thread that calls `tend`; it is called from other threads."""
        self._send = send
        self._choice = choice
        self._notify = notify
        self._sound: ActiveSound | None = None
        self._beat: PlayBeat | None = None
        """The beat that plays, or is about to, as it was requested last."""
        self._beat_begun = False
        self._beat_at_s: float | None = None
        self._beat_sent_at = 0.0
        self._restart_number = 0
        self._volume_db = 0.0
        self._ready: Ready | None = None
        self._line: Line | None = None
        self._state_sent_at = 0.0
        self._state_unsent = False
        self._period_ms = PERIODS_MS[0]
        self._retry_times: list[float] = []
        self._prefetcher = Prefetcher()
        self._levels = LevelCache()
        self._stretchers = Stretchers()
        self._voices = VoiceFactory(_FIRST_RATE, self._levels, self._stretchers)
        self._use(self._open_output())

    def _open_output(self) -> Output:
        """A listener on the person's own machine if there is one to use, else a back end of this machine."""
        remote, no_listener_note = open_remote(
            self._choice, self._notify, self._levels, self._prefetcher, env=os.environ
        )
        if remote is not None:
            return remote
        backend, note = open_backend(self._choice, self._notify, period_ms=self._period_ms)
        if backend.rate != self._voices.rate:
            self._voices = VoiceFactory(backend.rate, self._levels, self._stretchers)
        return LocalOutput(
            backend,
            self._voices,
            self._prefetcher,
            self._notify,
            note=no_listener_note if note and no_listener_note else note,
        )

    def _use(self, output: Output) -> None:
        self._output = output
        self._fallback_since = time.monotonic() if output.is_fallback else None
        output.set_volume(self._volume_db)
        self._ready, self._state_sent_at = None, 0.0
        self._send_state()

    def _send_state(self) -> None:
        """Send what is new of the output and its line, unless something was sent just now."""
        ready, line = self._output_state(), self._output.line
        is_news = (ready, line) != (self._ready, self._line)
        self._state_unsent = is_news and time.monotonic() - self._state_sent_at < _STATE_S
        if not is_news or self._state_unsent:
            return
        if ready != self._ready:
            self._send(ready)
        if line is not None and line != self._line:
            self._send(line)
        self._ready, self._line, self._state_sent_at = ready, line, time.monotonic()

    def _output_state(self) -> Ready:
        return Ready(self._output.name, self._output.sounds, self._output.note)

    def patience_s(self) -> float:
        """How long the caller may sleep before the next `tend` when nobody wakes it."""
        patience_s = self._sound.patience_s if self._sound is not None else None
        if self._beat is not None:
            patience_s = _BEAT_TICK_S if patience_s is None else min(patience_s, _BEAT_TICK_S)
        if self._state_unsent:
            return _STATE_S if patience_s is None else min(patience_s, _STATE_S)
        if patience_s is not None:
            return patience_s
        return self._output.poll_s if self._output.poll_s is not None else _CHECK_DEVICE_S

    # --- requests ----------------------------------------------------------------------------------------------------

    def handle(self, request: PlayerRequest) -> None:
        sound = self._sound
        match request:
            case Play():
                if self._fallback_since is not None and time.monotonic() - self._fallback_since > _RETRY_S:
                    self._try_lost_device()
                self._play(request, request.token)
            case Stop():
                self._sound = None
                self._output.stop()
            case PlayBeat():
                self._beat_begun = self._beat_begun and self._beat is not None and self._beat.token == request.token
                self._beat = request
                self._output.play_beat(request)
            case StopBeat():
                self._beat, self._beat_at_s = None, None
                self._output.stop_beat()
            case Seek(token=token, at_s=at_s) if sound is not None and sound.request.token == token:
                self._restart(sound, replace(sound.request, start_s=at_s, end_s=None))
            case Tune(token=token, loop=loop, speed=speed) if sound is not None and sound.request.token == token:
                if speed == sound.request.speed and sound.set_loop(loop):
                    sound.request = replace(sound.request, loop=loop)
                else:
                    self._restart(sound, replace(sound.request, start_s=sound.position_s, loop=loop, speed=speed))
            case Volume(gain_db=gain_db):
                self._volume_db = gain_db
                self._output.set_volume(gain_db)
            case Prefetch():
                self._output.prefetch(request)
            case Seek() | Tune():
                pass  # that sound is over

    def _play(self, request: Play, number: int) -> None:
        self._sound = None
        try:
            with self._prefetcher.paused():
                self._sound = self._output.play(request, number)
        except (AudioError, PlayerError) as error:
            self._send(Failed(request.token, error.what))

    def _restart(self, sound: ActiveSound, request: Play) -> None:
        """Play the same sound from another position, at another speed or on another output."""
        self._restart_number -= 1
        self._play(replace(request, requested_at=time.monotonic(), ring=False), self._restart_number)
        if self._sound is not None:
            self._sound.announced = sound.announced

    # --- what happens between requests -------------------------------------------------------------------------------

    def tend(self) -> None:
        """Read ahead, send events, and open the device again after it died."""
        self._tend_beat()
        for event in self._output.events():
            if self._beat is not None and event.token == self._beat.token:
                self._handle_beat_event(self._beat, event)
            elif event.token < FIRST_BEAT_TOKEN:
                self._handle_event(event)
        if self._sound is not None and self._sound.started is not None:  # earlier, it would delay the first frame
            self._sound.read_ahead()
            self._send_position(self._sound)
            if self._sound.remaining_s is not None and self._sound.remaining_s <= 0:
                self._output.stop()
                self._send(Finished(self._sound.request.token))
                self._sound = None
        self._send_state()
        if not self._output.alive():
            self._reopen()
            if self._fallback_since is not None:
                self._retry_times = [time.monotonic() + delay_s for delay_s in _RETRY_DELAYS_S]
        elif self._sound is None and self._output.strained() and self._period_ms < PERIODS_MS[-1]:
            self._period_ms = PERIODS_MS[PERIODS_MS.index(self._period_ms) + 1]
            self._reopen()
        elif self._retry_times and time.monotonic() > self._retry_times[0]:
            del self._retry_times[0]
            self._try_lost_device()

    def _handle_event(self, event: SoundEvent) -> None:
        sound = self._sound
        is_current = sound is not None and sound.number == event.token
        token = sound.request.token if sound is not None and is_current else event.token
        if token < 0 or (sound is not None and sound.request.token == token and not is_current):
            return  # of a sound that was restarted since
        announced = False
        if sound is not None and is_current:
            announced, sound.announced = sound.announced, True
            sound.started = time.monotonic()
            if event.ended:
                self._sound = None
        if event.failed:
            self._send(Failed(token, event.failed))
        elif event.ended:
            self._send(Finished(token))
        elif not announced:
            self._send(Started(token, event.after_s))

    def _tend_beat(self) -> None:
        beat = self._beat
        if beat is None:
            return
        self._beat_at_s = self._output.tend_beat()
        now = time.monotonic()
        if self._beat_begun and self._beat_at_s is not None and now - self._beat_sent_at >= 0.9 * _BEAT_TICK_S:
            self._beat_sent_at = now
            self._send(BeatPosition(beat.token, self._beat_at_s))

    def _handle_beat_event(self, beat: PlayBeat, event: SoundEvent) -> None:
        if event.failed:
            self._send(Failed(beat.token, event.failed))
        elif event.ended:
            self._send(Finished(beat.token))
        elif not self._beat_begun:
            self._beat_begun = True
            self._send(Started(beat.token, event.after_s))
        if event.ended:
            self._beat, self._beat_at_s = None, None

    def _send_position(self, sound: ActiveSound) -> None:
        if sound.is_long and time.monotonic() - sound.position_sent >= TICK_S:
            sound.position_sent = time.monotonic()
            self._send(Position(sound.request.token, sound.position_s))

    def _try_lost_device(self) -> None:
        """Move back to the chosen device if it can be opened again."""
        output = self._open_output()
        self._fallback_since = time.monotonic()
        if output.is_fallback:
            output.close()
            return
        self._retry_times = []
        self._output.close()
        self._move(output)

    def _reopen(self) -> None:
        self._output.close()
        self._move(self._open_output())

    def _move(self, output: Output) -> None:
        """Use another output; the current sound and the beat go on there."""
        sound = self._sound
        self._use(output)
        if self._beat is not None:
            at_s = self._beat.at_s if self._beat_at_s is None else self._beat_at_s
            output.play_beat(replace(self._beat, at_s=at_s))
        if sound is not None:
            self._restart(sound, replace(sound.request, start_s=sound.position_s))

    def close(self) -> None:
        self._stretchers.close()
        self._prefetcher.close()
        self._output.close()

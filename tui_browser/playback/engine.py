"""An output and what it plays: answers requests, tells what was heard, takes the device up again when it is lost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tui_browser.errors import AudioError, PlayerError
from tui_browser.playback.active_sound import ActiveSound
from tui_browser.playback.backends.backend import Backend
from tui_browser.playback.backends.miniaudio_device import PERIODS_MS
from tui_browser.playback.backends.open_backend import open_backend
from tui_browser.playback.messages import (
    Failed,
    Finished,
    Play,
    PlayerEvent,
    PlayerRequest,
    Position,
    Prefetch,
    Ready,
    Seek,
    Started,
    Stop,
    Tune,
    Volume,
)
from tui_browser.playback.mixer import SoundEvent
from tui_browser.playback.prefetcher import Prefetcher
from tui_browser.playback.remote.choose import open_remote
from tui_browser.playback.remote.remote_output import RemoteOutput
from tui_browser.playback.stream_voice import StreamVoice
from tui_browser.playback.voice_factory import VoiceFactory, VoiceOptions

_TICK_S = 0.1
_WATCH_S = 1.0
_RETRY_S = 5.0
_COMEBACKS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""When a lost device is looked for by itself; after that with each sound."""
_RATE = 48_000


class PlaybackEngine:
    """An output, what it plays, and whom to tell."""

    def __init__(self, tell: Callable[[PlayerEvent], None], choice: str, notify: Callable[[], None]) -> None:
        self._tell = tell
        self._choice = choice
        self._notify = notify
        self._now: ActiveSound | None = None
        self._number = 0
        self._volume_db = 0.0
        self._period_ms = PERIODS_MS[0]
        self._comebacks: list[float] = []
        """When a lost device is to be looked for."""
        self._ahead = Prefetcher()
        self._voices = VoiceFactory(_RATE)
        self._use(*self._output_and_note())

    def _output_and_note(self) -> tuple[Backend | RemoteOutput, str]:
        """The listener on the person's laptop where there is one to be used, else a way out on this machine."""
        remote, missed = open_remote(self._choice, self._notify, env=os.environ)
        if remote is not None:
            return remote, ""
        output, note = open_backend(self._choice, self._notify, period_ms=self._period_ms)
        return output, missed if note and missed else note

    def _use(self, output: Backend | RemoteOutput, note: str) -> None:
        self._output, self._note = output, note
        self._fell_silent = time.monotonic() if note else None
        rate = _RATE if isinstance(output, RemoteOutput) else output.rate
        if rate != self._voices.rate:
            self._voices = VoiceFactory(rate)
        self._set_gain()
        self._ready = self._state()
        self._tell(self._ready)

    def _state(self) -> Ready:
        if isinstance(self._output, RemoteOutput):
            return Ready(self._output.name, *self._output.state)
        return Ready(self._output.name, self._output.sounds, self._note)

    def patience_s(self) -> float | None:
        """How long the loop may sleep when nobody calls."""
        if self._now is not None and (self._now.voice is None or self._now.is_long):
            left_s = self._now.left_s
            return _TICK_S if left_s is None else min(_TICK_S, max(0.0, left_s))
        return self._output.poll_s if self._output.poll_s is not None else _WATCH_S

    # --- requests ----------------------------------------------------------------------------------------------------

    def take(self, request: PlayerRequest) -> None:
        """Do what was asked."""
        now = self._now
        match request:
            case Play():
                if self._fell_silent is not None and time.monotonic() - self._fell_silent > _RETRY_S:
                    self._look_again()
                self._begin(request, request.token)
            case Stop():
                self._now = None
                self._output.stop()
            case Seek(token=token, at_s=at_s) if now is not None and now.request.token == token:
                now.request = replace(now.request, end_s=None)  # the person goes beyond what was asked for
                self._go_on(now, start_s=at_s)
            case Tune(token=token, loop=loop, speed=speed) if now is not None and now.request.token == token:
                if now.voice is None or speed != now.request.speed:
                    self._go_on(now, start_s=now.at_s, loop=loop, speed=speed)
                else:
                    now.feed()
                    now.request = replace(now.request, loop=loop)
                    now.voice.loop = loop
            case Volume(gain_db=gain_db):
                self._volume_db = gain_db
                self._set_gain()
            case Prefetch():
                self._prepare(request)
            case Seek() | Tune():
                pass  # that sound is over

    def _set_gain(self) -> None:
        if not isinstance(self._output, RemoteOutput):
            self._output.set_gain(10 ** (self._volume_db / 20))

    def _prepare(self, request: Prefetch) -> None:
        if isinstance(self._output, RemoteOutput):
            self._output.prefetch(request.paths)
            self._ahead.ask(request.paths if request.level else (), self._voices.gain_db)
        else:
            way = VoiceOptions(request.speed, request.loop, request.level)
            self._ahead.ask(request.paths, partial(self._voices.prepare, way=way))

    def _go_on(self, now: ActiveSound, *, start_s: float, loop: bool | None = None, speed: float | None = None) -> None:
        """What sounds, from another place or in another way."""
        request = replace(
            now.request,
            start_s=start_s,
            asked=time.monotonic(),
            loop=now.request.loop if loop is None else loop,
            speed=now.request.speed if speed is None else speed,
            ring=False,
        )
        self._number -= 1
        self._begin(request, self._number)
        if self._now is not None:
            self._now.announced = now.announced

    def _begin(self, request: Play, number: int) -> None:
        before, self._now = self._now, None
        with self._ahead.held():
            if isinstance(self._output, RemoteOutput):
                level_db = self._voices.gain_db(request.path, request.known) if request.level else 0.0
                self._output.play(
                    request.path,
                    number,
                    start_s=request.start_s,
                    gain_db=request.gain_db + level_db + self._volume_db,
                    speed=request.speed,
                    loop=request.loop,
                    asked=request.asked,
                )
                self._now = ActiveSound(request, number, None)
                return
            way = VoiceOptions(request.speed, request.loop, request.level, request.gain_db)
            ring = request.ring and before is not None and before.may_ring
            if ring and before is not None:
                before.feed()  # it has to end by itself
            try:
                voice = self._voices.open(
                    request.path, way, start_s=request.start_s, end_s=request.end_s, known=request.known
                )
                self._now = ActiveSound(request, number, voice)
                self._output.play(voice, number, asked=request.asked, ring=ring)
                if isinstance(voice, StreamVoice) and way.level:
                    self._now.refine = partial(self._voices.refine, voice, request.path, way)
            except (AudioError, PlayerError) as error:
                self._output.stop()
                if self._now is not None and self._now.voice is not None:
                    self._now.voice.close()
                self._now = None
                self._tell(Failed(request.token, error.what))

    # --- what happens by itself --------------------------------------------------------------------------------------

    def tend(self) -> None:
        """Feed a long sound, tell what was heard, and open the device anew when it has died."""
        for heard in self._output.events():
            self._hear(heard)
        if self._now is not None and self._now.begun is not None:  # before, it would hold up its first frame
            self._now.feed()
        self._tell_position()
        if self._now is not None and self._now.left_s is not None and self._now.left_s <= 0:
            self._output.stop()
            self._tell(Finished(self._now.request.token))
            self._now = None
        if self._ready != self._state():
            self._ready = self._state()
            self._tell(self._ready)
        if isinstance(self._output, RemoteOutput):
            return
        if not self._output.alive():
            self._reopen()
            if self._fell_silent is not None:
                self._comebacks = [time.monotonic() + delay_s for delay_s in _COMEBACKS_S]
        elif self._now is None and self._output.strained() and self._period_ms < PERIODS_MS[-1]:
            self._period_ms = PERIODS_MS[PERIODS_MS.index(self._period_ms) + 1]
            self._reopen()
        elif self._comebacks and time.monotonic() > self._comebacks[0]:
            del self._comebacks[0]
            self._look_again()

    def _hear(self, heard: SoundEvent) -> None:
        now = self._now
        is_now = now is not None and now.number == heard.token
        token = now.request.token if now is not None and is_now else heard.token
        if token < 0 or (now is not None and now.request.token == token and not is_now):
            return  # of a sound that was begun anew since
        known = False
        if now is not None and is_now:
            known, now.announced = now.announced, True
            now.begun = time.monotonic()
            if now.refine is not None:
                self._ahead.ask_first(now.refine)
                now.refine = None
            if heard.ended:
                self._now = None
        if heard.failed:
            self._tell(Failed(token, heard.failed))
        elif heard.ended:
            self._tell(Finished(token))
        elif not known:
            self._tell(Started(token, heard.after_s))

    def _tell_position(self) -> None:
        now = self._now
        if now is None or now.begun is None or not now.is_long or time.monotonic() - now.told < _TICK_S:
            return
        now.told = time.monotonic()
        self._tell(Position(now.request.token, now.at_s))

    def _look_again(self) -> None:
        """Take the device that was asked for, should it have come back."""
        output, note = self._output_and_note()
        self._fell_silent = time.monotonic()
        if note:
            output.close()
            return
        self._comebacks = []
        self._output.close()
        self._move(output, note)

    def _reopen(self) -> None:
        self._output.close()
        self._move(*self._output_and_note())

    def _move(self, output: Backend | RemoteOutput, note: str) -> None:
        """Use another output; what sounds goes on there."""
        now = self._now
        self._use(output, note)
        if now is not None:
            self._go_on(now, start_s=now.at_s)

    def close(self) -> None:
        self._ahead.close()
        self._output.close()
